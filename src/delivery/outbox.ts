import type { SanitisedEvent } from '../core/records/event.ts'
import type { SpoolPosition } from './spool/segment-writer.ts'

/** An event on its way, the same object for all sinks. */
export interface QueuedEvent {
  readonly event: SanitisedEvent
  /** Where it lies on disk, `null` when it is in memory only. */
  readonly spooled: SpoolPosition | null
  /** Memory it takes. Measured once: whoever gets the event may do with it what it likes. */
  readonly bytes: number
}

/** What one sink gets of an event. */
export interface OutboxEntry extends Pick<QueuedEvent, 'spooled' | 'bytes'> {
  /** The event, or what the sink made of it. */
  readonly payload: unknown
}

/** What one sink has yet to take, oldest first. */
export interface Outbox {
  /** An empty outbox has room for an event of any size. */
  hasRoomFor(bytes: number): boolean
  add(entry: OutboxEntry): void
  /** The oldest; they stay. */
  first(count: number): readonly OutboxEntry[]
  take(count: number): void
  readonly length: number
  /** Events ever added, and taken: what was there at one time is gone when `taken` has come to the `added` of that time. */
  readonly added: number
  readonly taken: number
}

export function createOutbox(maxEvents: number, maxBytes: number): Outbox {
  const entries: OutboxEntry[] = []
  let bytes = 0
  let taken = 0
  return {
    hasRoomFor: (more) => entries.length === 0 || (entries.length < maxEvents && bytes + more <= maxBytes),
    add(entry) {
      entries.push(entry)
      bytes += entry.bytes
    },
    first: (count) => entries.slice(0, count),
    take(count) {
      for (const entry of entries.splice(0, count)) bytes -= entry.bytes
      taken += count
    },
    get length() {
      return entries.length
    },
    get added() {
      return taken + entries.length
    },
    get taken() {
      return taken
    },
  }
}
