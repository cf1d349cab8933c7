import { createFifo } from '../core/fifo.ts'
import { isThenable } from '../core/thenable.ts'

/** Where a job runs. There are few, for jobs hold bodies in several forms while they are at work. */
export interface Place {
  /** From here on the job only waits, for what others do: its place is another job's. */
  leave(): void
  /** What the job holds by now: small bodies may have become large ones. */
  hold(bytes: number): void
}

/** A piece of work that was accepted and waits to be turned into an event. */
export interface Job {
  /** Memory it holds until it has run, or says that it holds more or less. */
  readonly bytes: number
  /** Has no bodies to decode and parse: with `immediate` it starts at once, however many are under way. */
  readonly isSmall: boolean
}

/** A promise only while it waits for something. Must not throw or reject. */
export type RunJob<Work extends Job> = (job: Work, place: Place) => void | PromiseLike<void>

export interface WorkQueue<Work extends Job> {
  /**
   * False when the queue is full by count or bytes: the job is not taken. For large jobs it is full sooner. An empty queue
   * takes a job of any size.
   */
  push(job: Work): boolean
  /** Resolves when everything pushed so far has run; what comes later is not waited for. */
  idle(): Promise<void>
  /** Runs what waits before it returns, but for what then waits for something else. */
  runSync(): void
  /** Jobs that have not run to their end. */
  readonly depth: number
  /** More than half full. */
  readonly isUnderPressure: boolean
}

export interface WorkQueueOptions {
  readonly maxJobs: number
  readonly maxBytes: number
  /** True starts a job at once instead of in a later turn of the event loop, unless too many are under way. */
  readonly immediate: boolean
}

/** Jobs that are at work at once, because zlib or slices of a large body interrupt them: a slow one must not stop the rest. */
const CONCURRENCY = 16
/** Spent on jobs in one turn of the event loop, then requests have theirs. */
const SLICE_MS = 2
/** The same under pressure: a server under more load than it can bear slows down rather than lose events. */
const LONG_SLICE_MS = 20
/**
 * Jobs run in groups: behind each other they find the processor's caches warm, which a server with much else to do cools
 * down between two of them. Large bodies do not wait for company, for those outlive young-generation collections.
 */
const GROUP_SIZE = 16
const GROUP_BYTES = 64 * 1024
/** A job that takes more of the queue's bytes than this is large; the last part of them is for those that are not. */
const LARGE_SHARE = 1 / 1024
const SHARE_FOR_LARGE = 7 / 8
/** A group that does not fill up waits no longer. */
const GROUP_MS = 10

interface Waiter {
  /** Jobs that were not done when it asked, of those up to this number. */
  left: number
  readonly upTo: number
  resolve(): void
}

/** What runs tell of themselves. */
interface RunListener {
  onLeave(): void
  onHold(more: number): void
}

/** A job from its arrival to its end. */
class Run<Work extends Job> implements Place {
  hasPlace = true
  readonly number: number
  bytes: number
  #job: Work | null
  readonly #listener: RunListener

  constructor(number: number, job: Work, listener: RunListener) {
    this.number = number
    this.bytes = job.bytes
    this.#job = job
    this.#listener = listener
  }

  /** Of a job that has started only numbers are kept: a body that was read must not outlive its use. */
  takeJob(): Work {
    const job = this.#job!
    this.#job = null
    return job
  }

  leave(): void {
    if (!this.hasPlace) return
    this.hasPlace = false
    this.#listener.onLeave()
  }

  hold(bytes: number): void {
    const more = bytes - this.bytes
    this.bytes = bytes
    this.#listener.onHold(more)
  }
}

/** Runs jobs in order of arrival, off the request path, a slice of a turn of the event loop at a time. */
export function createWorkQueue<Work extends Job>(
  { maxJobs, maxBytes, immediate }: WorkQueueOptions,
  runJob: RunJob<Work>,
): WorkQueue<Work> {
  const waiting = createFifo<Run<Work>>()
  let waiters: Waiter[] = []
  let pushed = 0
  let depth = 0
  let running = 0
  let bytes = 0
  let turn: NodeJS.Immediate | null = null
  let timer: NodeJS.Timeout | null = null

  function schedule(atOnce: boolean): void {
    if (running >= CONCURRENCY || waiting.length === 0 || isOverfull()) return
    if (atOnce || waiting.length >= GROUP_SIZE || bytes >= GROUP_BYTES || isHalfFull()) turn ??= setImmediate(runSlice)
    else timer ??= setTimeout(runSlice, GROUP_MS)
  }

  function runSlice(): void {
    if (turn) clearImmediate(turn)
    if (timer) clearTimeout(timer)
    turn = null
    timer = null
    const until = performance.now() + (isHalfFull() ? LONG_SLICE_MS : SLICE_MS)
    do if (running >= CONCURRENCY || isOverfull() || !runNext()) break
    while (performance.now() < until)
    schedule(true)
  }

  /** Where jobs hold more than they said, the rest waits until they let go of it. Some may always be at work. */
  function isOverfull(): boolean {
    return bytes > maxBytes && depth > waiting.length
  }

  function runNext(): boolean {
    const next = waiting.shift()
    if (next) start(next)
    return next !== undefined
  }

  /** Who sends large bodies must not make the events of others vanish. */
  function fits(more: number): boolean {
    return bytes + more <= (more > LARGE_SHARE * maxBytes ? SHARE_FOR_LARGE : 1) * maxBytes
  }

  function isHalfFull(): boolean {
    return 2 * depth > maxJobs || 2 * bytes > maxBytes
  }

  const listener: RunListener = {
    onLeave() {
      running--
      schedule(true)
    },
    onHold(more) {
      bytes += more
      if (more < 0) schedule(true)
    },
  }

  function start(run: Run<Work>): void {
    running++
    const rest = runJob(run.takeJob(), run)
    if (isThenable<void>(rest)) void finishAfter(rest, run)
    else finish(run)
  }

  async function finishAfter(rest: PromiseLike<void>, run: Run<Work>): Promise<void> {
    await rest
    finish(run)
    schedule(true)
  }

  function finish(run: Run<Work>): void {
    const { hasPlace, number } = run
    if (hasPlace) running--
    depth--
    bytes -= run.bytes
    if (waiters.length === 0) return
    const done = waiters.filter((waiter) => number <= waiter.upTo && --waiter.left === 0)
    waiters = waiters.filter((waiter) => !done.includes(waiter))
    for (const waiter of done) waiter.resolve()
  }

  return {
    push(job) {
      if (depth >= maxJobs || (depth > 0 && !fits(job.bytes))) return false
      bytes += job.bytes
      depth++
      const run = new Run(++pushed, job, listener)
      if (immediate && (job.isSmall || (running < CONCURRENCY && waiting.length === 0))) start(run)
      else {
        waiting.push(run)
        schedule(immediate)
      }
      return true
    },
    idle() {
      if (depth === 0) return Promise.resolve()
      schedule(true)
      return new Promise((resolve) => waiters.push({ left: depth, upTo: pushed, resolve }))
    },
    runSync() {
      while (runNext());
    },
    get depth() {
      return depth
    },
    get isUnderPressure() {
      return isHalfFull()
    },
  }
}
