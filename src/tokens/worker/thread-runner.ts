import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { EncodingName } from '../kernel/encodings.ts'
import type { CountJob, CountRunner } from './count-queue.ts'

/** One long string and the places to cut it are cheaper to hand over than many short strings. */
export interface WorkerRequest {
  readonly encoding: EncodingName
  readonly text: string
  readonly lengths: Uint32Array
}

export type WorkerAnswer = { readonly tokens: number } | { readonly error: string }

/** Three times what vocabularies and the longest text take. */
const MAX_HEAP_MB = 96
/** Counting makes little garbage: Node's default would only cost 20 MB more. */
const MAX_YOUNG_HEAP_MB = 8

/**
 * Counts in one worker thread, started by the first job and anew after a job was given up. `url` names the built worker
 * file where it is not beside this one.
 */
export function createThreadRunner(url: URL = new URL('./counter-worker.js', import.meta.url)): CountRunner {
  let worker: Worker | null = null

  function start(): Worker {
    const started = new Worker(url, {
      name: 'token-counter',
      // Nothing of the host's own set-up (loaders, preloaded agents) belongs into this thread.
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: MAX_YOUNG_HEAP_MB },
    })
    // An idle thread must not keep the process alive.
    started.unref()
    started.on('error', ignore)
    started.once('exit', () => {
      if (worker === started) worker = null
    })
    return started
  }

  async function stop(): Promise<void> {
    const stopped = worker
    worker = null
    await stopped?.terminate()
  }

  async function run({ encoding, texts }: CountJob, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted()
    worker ??= start()
    const answer = receive(worker, signal)
    const lengths = Uint32Array.from(texts, (text) => text.length)
    worker.postMessage({ encoding, text: texts.join(''), lengths } satisfies WorkerRequest, [lengths.buffer])
    try {
      return await answer
    } catch (error) {
      if (!signal.aborted) throw error
      await stop()
      throw signal.reason
    }
  }

  return {
    async prepare(encoding, signal) {
      await run({ encoding, texts: [] }, signal)
    },
    run,
    stop,
  }
}

/** The next answer of the worker; rejects when it breaks, ends, or `signal` aborts. */
async function receive(worker: Worker, signal: AbortSignal): Promise<number> {
  const listening = new AbortController()
  const options = { signal: listening.signal }
  const onAbort = () => listening.abort()
  signal.addEventListener('abort', onAbort, { once: true })
  worker.ref()
  try {
    // `once` rejects on the worker's `error` event, too.
    const [answer] = (await Promise.race([
      once(worker, 'message', options),
      once(worker, 'exit', options).then(refuseExit),
    ])) as [WorkerAnswer]
    if ('error' in answer) throw new Error(answer.error)
    return answer.tokens
  } finally {
    listening.abort()
    worker.unref()
    signal.removeEventListener('abort', onAbort)
  }
}

function refuseExit([code]: unknown[]): never {
  throw new Error(`the counting thread ended with code ${String(code)}`)
}

/** `error` without a listener would end the process; whoever waits for an answer hears of it. */
function ignore(): void {}
