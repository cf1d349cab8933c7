import { parentPort } from 'node:worker_threads'
import { toErrorMessage } from '../../core/errors.ts'
import { countAll, createBpeCounter, type WindowCounter } from '../kernel/bpe-counter.ts'
import { loadEncoding, type EncodingName } from '../kernel/encodings.ts'
import type { WorkerAnswer, WorkerRequest } from './thread-runner.ts'

const counters = new Map<EncodingName, WindowCounter>()

parentPort?.on('message', (request: WorkerRequest) => void answer(request))

async function answer({ encoding, text, lengths }: WorkerRequest): Promise<void> {
  try {
    const counter = counters.get(encoding) ?? createBpeCounter(await loadEncoding(encoding))
    counters.set(encoding, counter)
    let tokens = 0
    let start = 0
    for (const length of lengths) {
      tokens += countAll(counter, text.slice(start, start + length))
      start += length
    }
    reply({ tokens })
  } catch (error) {
    reply({ error: toErrorMessage(error) })
  }
}

function reply(message: WorkerAnswer): void {
  parentPort?.postMessage(message, [])
}
