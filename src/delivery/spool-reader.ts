import { estimateEventBytes } from './event-size.ts'
import type { QueuedEvent } from './outbox.ts'
import type { Spool } from './spool/spool.ts'

/** What the spool holds for one sink and memory does not. */
export interface SpoolReader {
  /** From now on events may lie on disk only. */
  fallBehind(): void
  /** The oldest of them. Only while no event of the spool is on its way to the sink: it would be read a second time. */
  read(): QueuedEvent[]
  readonly isBehind: boolean
  /** Tells what is in the spool now from what comes later. */
  readonly mark: number
}

export function createSpoolReader(sink: string, spool: Spool | null): SpoolReader {
  let isBehind = false
  return {
    fallBehind() {
      isBehind = spool !== null
    },
    read() {
      if (!spool || !isBehind) return []
      const { events, hasMore } = spool.readMissing(sink)
      isBehind = hasMore
      return events.map((entry) => ({ ...entry, bytes: estimateEventBytes(entry.event) }))
    },
    get isBehind() {
      return isBehind
    },
    get mark() {
      return spool?.appended ?? 0
    },
  }
}
