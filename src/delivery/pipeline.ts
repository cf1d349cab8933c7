import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { withDeadline } from '../core/deadline.ts'
import type { SanitisedEvent } from '../core/records/event.ts'
import { isThenable } from '../core/thenable.ts'
import { createDeliveries, type DeliveriesOptions } from './deliveries.ts'
import { InterimKeeper, type EventJob } from './event-job.ts'
import type { AddSink } from './sink.ts'
import type { SinkStats } from './sink-delivery.ts'
import type { SpoolStats } from './spool/spool.ts'
import { createWorkQueue, type Place } from './work-queue.ts'

export interface PipelineOptions extends DeliveriesOptions {
  /** Completes an event of which another process had kept what it knew when it ended. */
  complete(interim: SanitisedEvent): Promise<SanitisedEvent>
  /** Told of each event that is made. */
  onEvent(event: SanitisedEvent): void
}

export interface PipelineStats {
  /** Exchanges and manual entries taken in. */
  readonly accepted: number
  /** Of those, answers that consumed nothing and yield no event. */
  readonly ignored: number
  /** Events made. */
  readonly events: number
  /** Not taken because the queue was full or shut down. */
  readonly rejected: number
  /** Taken in, but lost to a fault of ours, or because the process ended first. */
  readonly failed: number
  readonly queueDepth: number
  readonly sinks: Readonly<Record<string, SinkStats>>
  /** `null` without a spool. */
  readonly spool: SpoolStats | null
}

/** From work that was accepted to the sinks: bounded, off the request path. */
export interface Pipeline {
  accept(job: EventJob): boolean
  readonly addSink: AddSink
  /** Resolves when everything accepted so far was offered to every sink, delivered or failed once. Never rejects. */
  flush(): Promise<void>
  /**
   * Delivers what waits and what comes meanwhile, until at one moment nothing waits any more, asking sinks again that fail
   * for now, for `timeoutMs` at most. Never rejects.
   */
  drain(timeoutMs: number): Promise<void>
  /** The last moment of the process: hands over what can be handed over before this returns. Never throws. */
  release(): void
  /** Drains, closes the sinks, and takes nothing any more. Never rejects. */
  shutdown(timeoutMs: number): Promise<void>
  /** `high`: events will soon be dropped unless less is spent on each. */
  readonly pressure: 'normal' | 'high'
  readonly stats: PipelineStats
}

/** Between two attempts to deliver to a sink that fails while the pipeline drains. */
const DRAIN_PAUSE_MS = 200
/** A sink that was asked until the very end still gets this long to let go of its files and sockets. */
const LEAST_CLOSING_MS = 500
const RECOVERY_INTERVAL_MS = 60_000

export function createPipeline(options: PipelineOptions): Pipeline {
  const { guard, spool, queueSize, queueMaxBytes } = options
  const deliveries = createDeliveries(options)
  // With a spool the way from the end of an exchange to the disk is kept short: what is in memory dies with the process.
  const immediate = !options.batched || spool !== null
  const queue = createWorkQueue({ maxJobs: queueSize, maxBytes: queueMaxBytes, immediate }, process)
  const counts = { accepted: 0, ignored: 0, events: 0, rejected: 0, failed: 0 }
  let isOpen = true
  let ending: Promise<void> | null = null

  /** Most jobs take this way without a promise: all that an event is made of is there when its response ends. */
  function process(job: EventJob, place: Place): void | PromiseLike<void> {
    const keeper = new InterimKeeper(place, spool, guard)
    try {
      const event = job.run(keeper)
      if (!isThenable(event)) return offer(event)
      return event.then(
        (whole) => replace(keeper, whole),
        (error: unknown) => offerInterim(keeper, error),
      )
    } catch (error) {
      fail(error)
    }
  }

  function replace(keeper: InterimKeeper, whole: SanitisedEvent | null): void | Promise<void> {
    keeper.end()
    const before = spool?.appended
    const offered = offer(whole)
    // What could not be written stays on disk as far as it is known.
    if (whole === null || spool?.appended !== before) keeper.letGo()
    return offered
  }

  /** What was known is better than nothing. */
  function offerInterim(keeper: InterimKeeper, error: unknown): void | Promise<void> {
    keeper.end()
    if (!keeper.interim) return fail(error)
    guard.report('interpretation', error)
    return replace(keeper, keeper.interim)
  }

  /**
   * What was accepted must find room behind every sink that works: while one is full, events stay in the queue in front,
   * which in turn says no. A sink that fails or hangs is not waited for: its own outbox overflows.
   */
  function offer(event: SanitisedEvent | null): void | Promise<void> {
    if (!event) {
      counts.ignored++
      return
    }
    counts.events++
    options.onEvent(event)
    return pass(event)
  }

  function pass(event: SanitisedEvent): void | Promise<void> {
    // Shared between sinks: none may change what the others get.
    Object.freeze(event)
    Object.freeze(event.metadata)
    Object.freeze(event.tags)
    return deliveries.offer(event)
  }

  function fail(error: unknown): void {
    counts.failed++
    guard.report('interpretation', error)
  }

  /** In a later turn, so that sinks which are added at once get what an earlier process has left, too. */
  async function recover(): Promise<void> {
    await nextTurn()
    if (!spool || !isOpen) return
    if ((await spool.recover()) > 0) deliveries.catchUp()
    for (const { event, spooled } of spool.takeKept()) {
      const whole = await options.complete(event).catch(() => event)
      // The next process gets what is left.
      if (!isOpen) return
      const before = spool.appended
      await pass(whole)
      if (spooled && spool.appended !== before) spool.replace(spooled)
    }
  }

  async function flush(): Promise<void> {
    await recovered
    await queue.idle()
    await deliveries.flush()
  }

  async function drainUntil(deadline: number): Promise<void> {
    for (;;) {
      await flush()
      if (!isOpen) return
      // What came meanwhile is not waited for where that can be avoided, or a busy server would never come to an end.
      queue.runSync()
      deliveries.deliverSync(false)
      if (queue.depth === 0 && !deliveries.isDue) return
      if (deliveries.isFailing) await sleep(DRAIN_PAUSE_MS)
      if (performance.now() >= deadline) return
    }
  }

  async function drain(timeoutMs: number): Promise<void> {
    await withDeadline(drainUntil(performance.now() + timeoutMs), timeoutMs)
  }

  async function end(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs
    await drain(timeoutMs)
    close()
    countUnfinished(queue.depth)
    deliveries.close()
    await withDeadline(deliveries.shutdown(), Math.max(deadline - performance.now(), LEAST_CLOSING_MS))
    spool?.close()
  }

  function close(): void {
    isOpen = false
    clearInterval(recovery)
  }

  function countUnfinished(unfinished: number): void {
    counts.failed += unfinished
    if (unfinished > 0) guard.report('interpretation', `${unfinished} exchanges were not read before the process ended`)
  }

  // Workers let nothing be waited for that began before the first request, so it does not begin without need.
  const recovered = spool ? recover() : Promise.resolve()
  // Whether a process on another host still lives shows only with time.
  const recovery = spool ? setInterval(() => void recover(), RECOVERY_INTERVAL_MS).unref() : undefined

  return {
    accept(job) {
      if (isOpen && queue.push(job)) {
        counts.accepted++
        return true
      }
      counts.rejected++
      const reason = isOpen ? `events are dropped: ${queue.depth} wait already` : 'the tracker is shut down'
      guard.report('queue overflow', reason)
      return false
    },
    addSink: deliveries.add,
    flush,
    drain,
    release() {
      if (!isOpen) return
      guard.run('the end of the process', queue.runSync, undefined)
      const { admitted } = deliveries
      guard.run('the end of the process', () => deliveries.deliverSync(true), undefined)
      close()
      // Of those that found room now nobody hears any more that they are done.
      countUnfinished(queue.depth - (deliveries.admitted - admitted))
      deliveries.close()
      spool?.close()
    },
    shutdown: (timeoutMs) => (ending ??= end(timeoutMs)),
    get pressure() {
      return queue.isUnderPressure ? 'high' : 'normal'
    },
    get stats() {
      return { ...counts, queueDepth: queue.depth, sinks: deliveries.stats, spool: spool?.stats ?? null }
    },
  }
}
