import type { SanitisedEvent } from '../core/event.ts'

/**
 * A destination of usage events.
 * `write` may be called again with events it has seen (after a failure or a restart): be idempotent on `event.id`.
 */
export interface Sink {
  /** Unique in its tracker; names the sink in log lines and in `getStats()`. */
  readonly name: string
  /** Takes a batch, oldest first. Resolved means safe; a throw or a rejection means that the whole batch is tried again. */
  write(events: readonly SanitisedEvent[]): void | Promise<void>
  /** Resolves when everything written so far has left the process. */
  flush?(): Promise<void>
  /** Called once, after the last `write`. Releases timers, files and sockets. */
  shutdown?(): Promise<void>
}
