import { createFifo } from '../core/fifo.ts'

/** A piece of work that was accepted and waits to be turned into an event. */
export interface Job {
  /** Memory it holds while it waits. */
  readonly bytes: number
  /** Must not throw or reject. */
  run(): Promise<void>
}

export interface WorkQueue {
  /** False when the queue is full by count or bytes: the job is not taken. */
  push(job: Job): boolean
  /** Resolves when everything pushed so far has run. */
  idle(): Promise<void>
  readonly depth: number
  readonly bytes: number
}

export interface WorkQueueOptions {
  readonly maxJobs: number
  readonly maxBytes: number
  /** True starts a job at once instead of in a later turn of the event loop. */
  readonly immediate: boolean
}

/** Jobs under way at once. Most of a job is waiting (for a tokeniser, for zlib), so a slow one must not stop the rest. */
const CONCURRENCY = 16

/** Runs jobs in order of arrival, off the request path: one start a turn of the event loop, so that requests go first. */
export function createWorkQueue({ maxJobs, maxBytes, immediate }: WorkQueueOptions): WorkQueue {
  const waiting = createFifo<Job>()
  let running = 0
  let bytes = 0
  let scheduled = false
  let idleWaiters: (() => void)[] = []

  function schedule(): void {
    if (scheduled || running >= CONCURRENCY || waiting.length === 0) return
    scheduled = true
    setImmediate(startNext)
  }

  function startNext(): void {
    scheduled = false
    const job = waiting.shift()
    if (job) void run(job)
    schedule()
  }

  async function run(job: Job): Promise<void> {
    running++
    await job.run()
    running--
    bytes -= job.bytes
    if (running === 0 && waiting.length === 0) {
      const waiters = idleWaiters
      idleWaiters = []
      for (const resolve of waiters) resolve()
    } else schedule()
  }

  return {
    push(job) {
      if (waiting.length + running >= maxJobs || bytes + job.bytes > maxBytes) return false
      bytes += job.bytes
      if (immediate) void run(job)
      else {
        waiting.push(job)
        schedule()
      }
      return true
    },
    idle() {
      if (running === 0 && waiting.length === 0) return Promise.resolve()
      return new Promise((resolve) => idleWaiters.push(resolve))
    },
    get depth() {
      return waiting.length + running
    },
    get bytes() {
      return bytes
    },
  }
}
