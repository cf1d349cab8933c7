import { once } from 'node:events'
// As a namespace: where webpack sees the class by its name, it mangles the call and builds the file anew.
import * as threads from 'node:worker_threads'
import { toErrorMessage } from '../../core/errors.ts'
import { readVocabulary, type EncodingName, type Vocabulary } from '../vocabularies/vocabulary.ts'
import type { CountJob, CountRunner } from './count-queue.ts'

/** One long string and the places to cut it are cheaper to hand over than many short strings. */
export interface WorkerRequest {
  readonly encoding: EncodingName
  /** With the first request for an encoding. */
  readonly vocabulary: Vocabulary | null
  readonly text: string
  readonly lengths: Uint32Array
}

export type WorkerAnswer = { readonly tokens: number } | { readonly error: string }

/** Three times what vocabularies and the longest text take. */
const MAX_HEAP_MB = 96
/** Counting makes little garbage: Node's default would only cost 20 MB more. */
const MAX_YOUNG_HEAP_MB = 8

const OPTIONS: threads.WorkerOptions = {
  name: 'token-counter',
  // Nothing of the host's own set-up (loaders, preloaded agents) belongs into this thread.
  execArgv: [],
  env: {},
  resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: MAX_YOUNG_HEAP_MB },
}

interface Thread {
  readonly worker: threads.Worker
  /** Encodings whose vocabulary it has. None before its first answer. */
  readonly known: Set<EncodingName>
}

/**
 * Counts in one worker thread, started by the first job and anew after a job was given up. `url` names the built worker
 * file where it is not beside this one.
 */
export function createThreadRunner(url?: URL): CountRunner {
  let thread: Thread | null = null

  function start(): Thread {
    const started = { worker: startWorker(url), known: new Set<EncodingName>() }
    // An idle thread must not keep the process alive.
    started.worker.unref()
    started.worker.on('error', ignore)
    started.worker.once('exit', () => {
      if (thread === started) thread = null
    })
    return started
  }

  async function stop(): Promise<void> {
    const stopped = thread
    thread = null
    await stopped?.worker.terminate()
  }

  async function run(job: CountJob, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted()
    const isKnown = thread?.known.has(job.encoding) === true
    const vocabulary = isKnown ? null : await readVocabulary(job.encoding)
    signal.throwIfAborted()
    thread ??= start()
    try {
      return await send(thread, job, vocabulary, signal)
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

/** Written out, so that a bundler sees the file and takes it along. */
function startWorker(url: URL | undefined): threads.Worker {
  try {
    if (url) return new threads.Worker(url, OPTIONS)
    return new threads.Worker(new URL('./counter-worker.cjs', import.meta.url), OPTIONS)
  } catch (error) {
    throw toStartError(error)
  }
}

async function send(
  { worker, known }: Thread,
  { encoding, texts }: CountJob,
  vocabulary: Vocabulary | null,
  signal: AbortSignal,
): Promise<number> {
  const answer = receive(worker, signal)
  const lengths = Uint32Array.from(texts, (text) => text.length)
  const request: WorkerRequest = { encoding, vocabulary, text: texts.join(''), lengths }
  const moved = vocabulary === null ? [] : [vocabulary.lengths.buffer, vocabulary.bytes.buffer]
  worker.postMessage(request, [lengths.buffer, ...moved])
  try {
    const tokens = await answer
    known.add(encoding)
    return tokens
  } catch (error) {
    throw known.size > 0 || signal.aborted ? error : toStartError(error)
  }
}

function toStartError(cause: unknown): Error {
  return new Error(
    `the counting thread did not start: ${toErrorMessage(cause)}. A bundle must bring its file along: build the entry ` +
      'token-usage-tracker/counter-worker, or copy dist/counter-worker.cjs, and say where it is by createTokenTracker(settings, ' +
      '{ counterWorker: new URL(...) }); { counterWorker: false } counts in slices on the event loop, as is done now',
    { cause },
  )
}

/** The next answer of the worker; rejects when it breaks, ends, or `signal` aborts. */
async function receive(worker: threads.Worker, signal: AbortSignal): Promise<number> {
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
