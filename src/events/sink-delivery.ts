import type { SanitisedEvent } from '../core/event.ts'
import type { Guard } from '../core/guard.ts'
import { estimateEventBytes } from './event-size.ts'
import type { Sink } from './sink.ts'

export interface SinkDeliveryOptions {
  readonly maxEvents: number
  readonly maxBytes: number
  readonly guard: Guard
}

export interface SinkStats {
  readonly delivered: number
  /** Events this sink will never get: its queue was full, or the process ended before it took them. */
  readonly dropped: number
  readonly waiting: number
  readonly failures: number
}

/** Hands events to one sink in batches, and again when it fails. Each sink has its own, so that none waits for another. */
export interface SinkDelivery {
  offer(event: SanitisedEvent): void
  /** Starts a delivery unless one is under way or the sink is resting after a failure. */
  deliver(): void
  /** Delivers what waits, without resting; resolves after success or the first failure. */
  flush(): Promise<void>
  shutdown(): Promise<void>
  readonly stats: SinkStats
}

export const MAX_BATCH_EVENTS = 500
const FIRST_REST_MS = 500
const LONGEST_REST_MS = 30_000

export function createSinkDelivery(sink: Sink, { maxEvents, maxBytes, guard }: SinkDeliveryOptions): SinkDelivery {
  const outbox: SanitisedEvent[] = []
  let bytes = 0
  let delivered = 0
  let dropped = 0
  let failures = 0
  let consecutiveFailures = 0
  let underWay: Promise<boolean> | null = null
  let rest: NodeJS.Timeout | null = null

  /** One batch; true when the sink took it. The batch leaves the outbox only then. */
  async function deliverBatch(): Promise<boolean> {
    const batch = outbox.slice(0, MAX_BATCH_EVENTS)
    try {
      await sink.write(batch)
    } catch (error) {
      failures++
      consecutiveFailures++
      guard.report(`sink ${sink.name}`, error)
      return false
    }
    outbox.splice(0, batch.length)
    for (const event of batch) bytes -= estimateEventBytes(event)
    delivered += batch.length
    consecutiveFailures = 0
    return true
  }

  async function deliverAll(): Promise<boolean> {
    // One batch after the other on purpose: a sink sees events in order and has one write at a time.
    while (outbox.length > 0) if (!(await deliverBatch())) return false
    return true
  }

  function start(): Promise<boolean> {
    underWay ??= deliverAll().finally(() => {
      underWay = null
    })
    return underWay
  }

  async function deliverThenRest(): Promise<void> {
    const done = await start()
    if (!done && !rest) restThenRetry()
  }

  function restThenRetry(): void {
    const longest = Math.min(FIRST_REST_MS * 2 ** (consecutiveFailures - 1), LONGEST_REST_MS)
    // Jitter keeps the processes of a cluster from asking a recovering sink all at once.
    rest = setTimeout(
      () => {
        rest = null
        deliver()
      },
      longest * (0.5 + Math.random() / 2),
    )
    rest.unref()
  }

  function deliver(): void {
    if (underWay || rest || outbox.length === 0) return
    void deliverThenRest()
  }

  function endRest(): void {
    if (rest) clearTimeout(rest)
    rest = null
  }

  return {
    offer(event) {
      const size = estimateEventBytes(event)
      if (outbox.length >= maxEvents || bytes + size > maxBytes) {
        dropped++
        guard.report(`sink ${sink.name} overflow`, `events are dropped: ${outbox.length} already wait for this sink`)
        return
      }
      outbox.push(event)
      bytes += size
    },
    deliver,
    async flush() {
      endRest()
      const done = await start()
      // What arrived while an earlier delivery was under way.
      if (done && outbox.length > 0) await start()
      if (outbox.length > 0) deliver()
      await guardAsync(sink.flush?.bind(sink))
    },
    async shutdown() {
      endRest()
      await guardAsync(sink.shutdown?.bind(sink))
      endRest()
      dropped += outbox.length
      if (outbox.length > 0) guard.report(`sink ${sink.name} shutdown`, `${outbox.length} events were not delivered`)
      outbox.length = 0
    },
    get stats() {
      return { delivered, dropped, waiting: outbox.length, failures }
    },
  }

  async function guardAsync(action: (() => Promise<void>) | undefined): Promise<void> {
    try {
      await action?.()
    } catch (error) {
      guard.report(`sink ${sink.name}`, error)
    }
  }
}
