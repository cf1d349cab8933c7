import type { SanitisedEvent } from '../core/event.ts'
import type { SpoolPosition } from './spool/segment-writer.ts'

/** An event on its way, the same object for all sinks. */
export interface QueuedEvent {
  readonly event: SanitisedEvent
  /** Where it lies on disk, `null` when it is in memory only. */
  readonly spooled: SpoolPosition | null
  /** Memory it takes. Measured once: whoever gets the event may do with it what it likes. */
  readonly bytes: number
}
