import type { Guard } from '../core/guard.ts'
import { createFlushes } from './flushes.ts'
import { createOutbox, type OutboxEntry, type QueuedEvent } from './outbox.ts'
import { createRetryPause } from './retry-pause.ts'
import type { Sink } from './sink.ts'
import { createSinkWriter } from './sink-writer.ts'
import { createSpoolReader } from './spool-reader.ts'
import type { Spool } from './spool/spool.ts'

export interface SinkDeliveryOptions {
  readonly maxEvents: number
  readonly maxBytes: number
  readonly guard: Guard
  /** Events that are worth a write of their own before the timer asks for all. */
  readonly fullBatch: number
  /** Where events lie until this sink has them; without one they live in memory only. */
  readonly spool: Spool | null
  /** There may be room now where there was none. */
  onRoom(): void
}

export interface SinkStats {
  /** Events that are safe, as far as the sink can tell. */
  readonly delivered: number
  /** Events this sink will never get: its queue was full, it lost them, or the process ended before it took them. */
  readonly dropped: number
  /** Those that the sink has, but does not know to be safe, wait as well. */
  readonly waiting: number
  readonly failures: number
}

/** Hands events to one sink in batches, and again when it fails. Each sink has its own, so that none waits for another. */
export interface SinkDelivery {
  /** False for a sink that works and is full. One that fails or hangs holds nobody back: what it cannot hold is dropped. */
  hasRoomFor(bytes: number): boolean
  offer(entry: QueuedEvent): void
  /** Looks for events in the spool that are not in memory. */
  catchUp(): void
  /** Asks for all that waits now, less than a full batch too, unless the sink is left in peace after a failure. */
  deliver(): void
  /** Delivers what waits now, without a pause; resolves after success or the first failure. Never rejects. */
  flush(): Promise<void>
  /**
   * Hands over what waits before it returns, where the sink can take it so. `isExit`: even what is under way, for nothing
   * that is awaited ends any more. Never throws.
   */
  deliverSync(isExit: boolean): void
  /** For good; what was not delivered is counted. */
  close(): void
  shutdown(): Promise<void>
  /** Something waits that another attempt could deliver. */
  readonly isDue: boolean
  readonly isFailing: boolean
  readonly stats: SinkStats
}

/**
 * idle: what is due is written at once. writing: one batch is with the sink. pausing: after a failure, until the pause ends
 * or a flush ends it.
 */
type State = 'idle' | 'writing' | 'pausing' | 'closed'

export const MAX_BATCH_EVENTS = 500

export function createSinkDelivery(sink: Sink<unknown>, options: SinkDeliveryOptions): SinkDelivery {
  const { guard, spool, fullBatch, onRoom } = options
  const outbox = createOutbox(options.maxEvents, options.maxBytes)
  const reader = createSpoolReader(sink.name, spool)
  const writer = createSinkWriter(sink, guard, onRoom)
  const flushes = createFlushes()
  const pause = createRetryPause(endPause)
  let state: State = 'idle'
  /** As far as this the outbox is asked for, even where that is less than a full batch. */
  let asked = 0
  let delivered = 0
  let dropped = 0

  function hasTarget(): boolean {
    return !sink.hasTarget || guard.run(`sink ${sink.name}`, () => sink.hasTarget?.() ?? true, true)
  }

  /** What comes of whatever may have made something due. */
  function goOn(): void {
    if (state !== 'idle') return
    refill()
    flushes.onTaken(outbox.taken)
    if (isAsked()) void write()
  }

  /**
   * Not simply until nothing is left: under load that would be a small write for whatever came during the last one. But
   * what the spool holds is read only when nothing is left.
   */
  function isAsked(): boolean {
    return outbox.length > 0 && (outbox.length >= fullBatch || asked > outbox.taken || reader.isBehind)
  }

  /** Only with an empty outbox: then no event of the spool is on its way already. */
  function refill(): void {
    if (outbox.length > 0 || !reader.isBehind) return
    const entries = guard.run('spool', reader.read, [])
    for (const entry of entries) add(entry)
    asked = outbox.added
    flushes.onRead(outbox.taken, entries, reader.isBehind)
  }

  function add({ event, spooled, bytes }: QueuedEvent): void {
    try {
      outbox.add({ payload: sink.encode ? sink.encode(event) : event, spooled, bytes })
    } catch (error) {
      // It would fail every time.
      drop(error)
      if (spooled) spool?.acknowledge(sink.name, spooled)
    }
  }

  function drop(reason: unknown): void {
    dropped++
    guard.report(`sink ${sink.name}`, reason)
  }

  /** One batch; it leaves the outbox only when the sink has it. */
  async function write(): Promise<void> {
    state = 'writing'
    const batch = outbox.first(MAX_BATCH_EVENTS)
    await settle(batch, writer.write(batch))
  }

  async function settle(batch: readonly OutboxEntry[], taken: Promise<boolean>): Promise<void> {
    const isTaken = await taken
    // A write that outlives the end has been counted as dropped.
    if (isClosed()) return
    if (isTaken) take(batch)
    else beginPause()
    onRoom()
    goOn()
  }

  function take(batch: readonly OutboxEntry[]): void {
    state = 'idle'
    outbox.take(batch.length)
    for (const { spooled } of batch) if (spooled) spool?.acknowledge(sink.name, spooled)
    if (hasTarget()) delivered += batch.length
  }

  function beginPause(): void {
    state = 'pausing'
    pause.begin(writer.failuresInARow)
    flushes.endAll()
  }

  function endPause(): void {
    state = 'idle'
    deliver()
  }

  function isClosed(): boolean {
    return state === 'closed'
  }

  function deliver(): void {
    asked = outbox.added
    goOn()
  }

  function close(): void {
    if (isClosed()) return
    state = 'closed'
    pause.end()
    const lost = outbox.first(outbox.length).filter(({ spooled }) => spooled === null).length
    dropped += lost
    if (lost > 0) guard.report(`sink ${sink.name} shutdown`, `${lost} events were not delivered`)
    outbox.take(outbox.length)
    flushes.endAll()
  }

  return {
    hasRoomFor: (bytes) => outbox.hasRoomFor(bytes) || writer.failuresInARow > 0 || writer.isHanging || isClosed(),
    offer(entry) {
      if (!hasTarget()) {
        if (entry.spooled) spool?.acknowledge(sink.name, entry.spooled)
        return
      }
      // What comes meanwhile is read with the rest.
      if (entry.spooled && (reader.isBehind || isClosed())) return
      if (outbox.hasRoomFor(entry.bytes) && !isClosed()) add(entry)
      else if (entry.spooled) reader.fallBehind()
      else {
        dropped++
        guard.report(`sink ${sink.name} overflow`, `events are dropped: ${outbox.length} already wait for this sink`)
      }
      goOn()
    },
    catchUp() {
      reader.fallBehind()
      goOn()
    },
    deliver,
    async flush() {
      if (state === 'pausing') {
        pause.end()
        state = 'idle'
      }
      const delivery = flushes.wait(outbox.added, reader.isBehind ? reader.mark : null)
      deliver()
      if (isClosed()) flushes.endAll()
      await delivery
      await writer.flush()
    },
    deliverSync(isExit) {
      if (isClosed() || (state !== 'idle' && !isExit)) return
      refill()
      let isTaken = true
      while (isTaken && outbox.length > 0) {
        // Nothing that the sink or who waits for room does in between begins a write of the same events.
        state = 'writing'
        const batch = outbox.first(MAX_BATCH_EVENTS)
        const taken = writer.writeSync(batch, isExit)
        if (typeof taken !== 'boolean') {
          void settle(batch, taken)
          return
        }
        isTaken = taken
        if (!isTaken) break
        take(batch)
        state = 'writing'
        onRoom()
      }
      if (!isTaken && writer.failuresInARow > 0) beginPause()
      else state = 'idle'
    },
    close,
    async shutdown() {
      close()
      await writer.shutdown()
    },
    get isDue() {
      return (outbox.length > 0 || reader.isBehind) && !(state === 'pausing' && writer.isBroken)
    },
    get isFailing() {
      return state === 'pausing'
    },
    get stats() {
      const lost = sink.dropped ?? 0
      const pending = Math.min(sink.pending ?? 0, Math.max(0, delivered - lost))
      return {
        delivered: delivered - lost - pending,
        dropped: dropped + lost,
        waiting: outbox.length + pending,
        failures: writer.failures,
      }
    },
  }
}
