import { parentPort } from 'node:worker_threads'
import { toErrorMessage } from '../../core/errors.ts'
import { countAll, createBpeCounter, type WindowCounter } from '../kernel/bpe-counter.ts'
import { createEncoding } from '../kernel/encoding.ts'
import type { EncodingName } from '../vocabularies/vocabulary.ts'
import type { WorkerAnswer, WorkerRequest } from './thread-runner.ts'

// Whatever this file needs is sent to it: it is built into one file, which works wherever it is copied to.
const counters = new Map<EncodingName, WindowCounter>()

parentPort?.on('message', (request: WorkerRequest) => void answer(request))

async function answer({ encoding, vocabulary, text, lengths }: WorkerRequest): Promise<void> {
  try {
    if (vocabulary !== null) counters.set(encoding, createBpeCounter(await createEncoding(vocabulary)))
    const counter = counters.get(encoding)
    if (!counter) throw new Error(`expected a vocabulary for ${encoding}`)
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
