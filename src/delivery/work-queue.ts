import { createFifo } from '../core/fifo.ts'
import { isPromise, type MaybePromise } from '../core/maybe-promise.ts'

/** A piece of work that was accepted and waits to be turned into an event. */
export interface Job {
  /** Memory it holds while it waits. */
  readonly bytes: number
  /** Has no bodies to decode and parse: with `immediate` it starts at once, however many are under way. */
  readonly isSmall: boolean
  /** A promise only while it waits for something. Must not throw or reject. */
  run(): MaybePromise<void>
}

export interface WorkQueue {
  /** False when the queue is full by count or bytes: the job is not taken. An empty queue takes a job of any size. */
  push(job: Job): boolean
  /** Resolves when everything pushed so far has run; what comes later is not waited for. */
  idle(): Promise<void>
  readonly depth: number
}

export interface WorkQueueOptions {
  readonly maxJobs: number
  readonly maxBytes: number
  /** True starts a job at once instead of in a later turn of the event loop, unless too many are under way. */
  readonly immediate: boolean
}

/** Jobs that wait at once (for a tokeniser, for zlib): a slow one must not stop the rest. */
const CONCURRENCY = 16
/** Spent on jobs in one turn of the event loop, then requests have theirs. */
const SLICE_MS = 2
/** The same past half of the limits: a server under more load than it can bear slows down rather than lose events. */
const LONG_SLICE_MS = 20
/**
 * Jobs run in groups: behind each other they find the processor's caches warm, which a server with much else to do cools
 * down between two of them. Large bodies do not wait for company, for those outlive young-generation collections.
 */
const GROUP_SIZE = 16
const GROUP_BYTES = 64 * 1024
/** A group that does not fill up waits no longer. */
const GROUP_MS = 10

interface Waiter {
  readonly jobs: Set<Job>
  resolve(): void
}

/** Runs jobs in order of arrival, off the request path, a slice of a turn of the event loop at a time. */
export function createWorkQueue({ maxJobs, maxBytes, immediate }: WorkQueueOptions): WorkQueue {
  const waiting = createFifo<Job>()
  const pending = new Set<Job>()
  let waiters: Waiter[] = []
  let running = 0
  let bytes = 0
  let turn: NodeJS.Immediate | null = null
  let timer: NodeJS.Timeout | null = null

  function schedule(atOnce: boolean): void {
    if (running >= CONCURRENCY || waiting.length === 0) return
    if (atOnce || waiting.length >= GROUP_SIZE || bytes >= GROUP_BYTES || isHalfFull()) turn ??= setImmediate(runSlice)
    else timer ??= setTimeout(runSlice, GROUP_MS)
  }

  function runSlice(): void {
    if (turn) clearImmediate(turn)
    if (timer) clearTimeout(timer)
    turn = null
    timer = null
    const until = performance.now() + (isHalfFull() ? LONG_SLICE_MS : SLICE_MS)
    while (running < CONCURRENCY) {
      const job = waiting.shift()
      if (!job) break
      run(job)
      if (performance.now() >= until) break
    }
    schedule(true)
  }

  function isHalfFull(): boolean {
    return 2 * pending.size > maxJobs || 2 * bytes > maxBytes
  }

  function run(job: Job): void {
    running++
    const rest = job.run()
    if (isPromise(rest)) void finishAfter(rest, job)
    else finish(job)
  }

  async function finishAfter(rest: Promise<void>, job: Job): Promise<void> {
    await rest
    finish(job)
    schedule(true)
  }

  function finish(job: Job): void {
    running--
    bytes -= job.bytes
    pending.delete(job)
    for (const waiter of waiters) settle(waiter, job)
  }

  function settle(waiter: Waiter, job: Job): void {
    if (!waiter.jobs.delete(job) || waiter.jobs.size > 0) return
    waiters = waiters.filter((one) => one !== waiter)
    waiter.resolve()
  }

  return {
    push(job) {
      if (pending.size >= maxJobs || (pending.size > 0 && bytes + job.bytes > maxBytes)) return false
      bytes += job.bytes
      pending.add(job)
      if (immediate && (job.isSmall || (running < CONCURRENCY && waiting.length === 0))) run(job)
      else {
        waiting.push(job)
        schedule(immediate)
      }
      return true
    },
    idle() {
      if (pending.size === 0) return Promise.resolve()
      schedule(true)
      return new Promise((resolve) => waiters.push({ jobs: new Set(pending), resolve }))
    },
    get depth() {
      return pending.size
    },
  }
}
