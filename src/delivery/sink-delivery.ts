import type { Guard } from '../core/guard.ts'
import { estimateEventBytes } from './event-size.ts'
import type { QueuedEvent } from './queued-event.ts'
import { createRetryPause } from './retry-pause.ts'
import type { Sink } from './sink.ts'
import type { Spool } from './spool/spool.ts'

export interface SinkDeliveryOptions {
  readonly maxEvents: number
  readonly maxBytes: number
  readonly guard: Guard
  /** Events that are worth a write of their own before the timer asks for all. */
  readonly fullBatch: number
  /** Where events lie until this sink has them; without one they live in memory only. */
  readonly spool: Spool | null
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
  offer(entry: QueuedEvent): void
  /** Looks for events in the spool that are not in memory, at the next delivery. */
  catchUp(): void
  /** Starts a delivery, of full batches only or of all that waits now, unless the sink is left in peace after a failure. */
  deliver(everything: boolean): void
  /** Delivers what waits, without a pause; resolves after success or the first failure. Never rejects. */
  flush(): Promise<void>
  shutdown(): Promise<void>
  /** Events in memory that a sink which works has yet to take; 0 for one that fails or hangs, which holds nobody back. */
  readonly backlog: number
  /** Events in memory that the sink has not taken. */
  readonly waiting: number
  readonly stats: SinkStats
}

export const MAX_BATCH_EVENTS = 500
/** A write that takes longer makes its sink one that hangs. */
const HANGING_AFTER_MS = 1_000

export function createSinkDelivery(sink: Sink, options: SinkDeliveryOptions): SinkDelivery {
  const { maxEvents, maxBytes, fullBatch, guard, spool } = options
  const outbox: QueuedEvent[] = []
  let bytes = 0
  let delivered = 0
  let dropped = 0
  let failures = 0
  let consecutiveFailures = 0
  let writingSince: number | null = null
  /** The spool holds events for this sink that are not in the outbox. */
  let isBehind = false
  /** Events at the front of the outbox that are asked for, even where they are less than a full batch. */
  let asked = 0
  let isClosed = false
  let isFlushing = false
  let underWay: Promise<boolean> | null = null
  const pause = createRetryPause(() => deliver(true))

  function put(entry: QueuedEvent): void {
    outbox.push(entry)
    bytes += entry.bytes
  }

  /** One batch; true when the sink took it. The batch leaves the outbox only then. */
  async function deliverBatch(): Promise<boolean> {
    const batch = outbox.slice(0, MAX_BATCH_EVENTS)
    writingSince = performance.now()
    try {
      await sink.write(batch.map(({ event }) => event))
    } catch (error) {
      failures++
      consecutiveFailures++
      guard.report(`sink ${sink.name}`, error)
      return false
    } finally {
      writingSince = null
    }
    // A write that outlives the shutdown has been counted as dropped.
    if (isClosed) return false
    outbox.splice(0, batch.length)
    asked = Math.max(0, asked - batch.length)
    for (const entry of batch) {
      bytes -= entry.bytes
      if (entry.spooled) spool?.acknowledge(sink.name, entry.spooled)
    }
    delivered += batch.length
    consecutiveFailures = 0
    return true
  }

  async function deliverAll(): Promise<boolean> {
    // One batch after the other on purpose: a sink sees events in order and has one write at a time.
    while (isDue() || readMissing()) if (!(await deliverBatch())) return false
    return true
  }

  /**
   * Not simply until nothing is left: under load that would be a small write for whatever came during the last one. But
   * what the spool holds is read only when nothing is left.
   */
  function isDue(): boolean {
    return outbox.length >= fullBatch || asked > 0 || (isBehind && outbox.length > 0)
  }

  /** Only with an empty outbox: then no event of the spool is on its way already. */
  function readMissing(): boolean {
    if (!isBehind || !spool || outbox.length > 0) return false
    const missing = spool.readMissing(sink.name)
    isBehind = missing.length > 0
    for (const entry of missing) put({ ...entry, bytes: estimateEventBytes(entry.event) })
    asked = outbox.length
    return isBehind
  }

  /** Never rejects: a fault of ours counts as one of the sink. */
  function start(): Promise<boolean> {
    // Not in the caller's turn: a sink that logs something itself would begin a second delivery of the same events.
    underWay ??= Promise.resolve()
      .then(deliverAll)
      .catch((error: unknown) => {
        guard.report(`delivery to sink ${sink.name}`, error)
        return false
      })
      .finally(() => {
        underWay = null
      })
    return underWay
  }

  async function deliverThenPause(): Promise<void> {
    const done = await start()
    if (!done && !pause.isOn && !isClosed) pause.begin(consecutiveFailures)
  }

  function deliver(everything: boolean): void {
    if (everything) asked = outbox.length
    if (underWay || pause.isOn || isClosed || (outbox.length === 0 && !isBehind)) return
    void deliverThenPause()
  }

  async function callGuarded(action: (() => Promise<void>) | undefined): Promise<void> {
    try {
      await action?.()
    } catch (error) {
      guard.report(`sink ${sink.name}`, error)
    }
  }

  function close(): void {
    isClosed = true
    pause.end()
    const lost = outbox.filter(({ spooled }) => spooled === null).length
    dropped += lost
    if (lost > 0) guard.report(`sink ${sink.name} shutdown`, `${lost} events were not delivered`)
    outbox.length = 0
  }

  return {
    offer(entry) {
      // What comes meanwhile is read with the rest, so that traffic cannot keep a sink behind; a flush would never end.
      if (isBehind && entry.spooled && !isFlushing) return
      if (outbox.length < maxEvents && (bytes + entry.bytes <= maxBytes || outbox.length === 0)) put(entry)
      else if (entry.spooled) isBehind = true
      else {
        dropped++
        guard.report(`sink ${sink.name} overflow`, `events are dropped: ${outbox.length} already wait for this sink`)
      }
    },
    catchUp() {
      isBehind = spool !== null
    },
    deliver,
    async flush() {
      pause.end()
      isFlushing = true
      asked = outbox.length
      const done = await start()
      asked = outbox.length
      // What arrived while an earlier delivery was under way.
      if (done && (outbox.length > 0 || isBehind)) await start()
      isFlushing = false
      if (outbox.length > 0) deliver(true)
      await callGuarded(sink.flush?.bind(sink))
    },
    async shutdown() {
      close()
      await callGuarded(sink.shutdown?.bind(sink))
    },
    get backlog() {
      const isHanging = writingSince !== null && performance.now() - writingSince > HANGING_AFTER_MS
      return consecutiveFailures > 0 || isHanging ? 0 : outbox.length
    },
    get waiting() {
      return outbox.length
    },
    get stats() {
      return { delivered, dropped, waiting: outbox.length, failures }
    },
  }
}
