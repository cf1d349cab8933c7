import { TokenTrackerError } from '../core/errors.ts'
import type { SanitisedEvent } from '../core/records/event.ts'

/**
 * A destination of usage events.
 * `write` may be called again with events it has seen (after a failure or a restart): be idempotent on `event.id`.
 */
export interface Sink {
  /** Unique in its tracker; names the sink in log lines and in `getStats()`. */
  readonly name: string
  /**
   * Takes a batch, oldest first. A return without a promise, or a resolved one, means safe; a throw or a rejection means
   * that the whole batch is tried again.
   */
  write(events: readonly SanitisedEvent[]): void | Promise<void>
  /**
   * The last moment of a process, when nothing can be waited for: takes a batch before it returns, or throws. Never called
   * while a `write` is under way, unless the process is ended in the middle of it; the batch then holds its events, too.
   */
  writeSync?(events: readonly SanitisedEvent[]): void
  /** False while there is nowhere to write to: events then pass this sink by. Asked for every event. Default: always true. */
  hasTarget?(): boolean
  /** Events that were written and yet lost, for a sink that would rather lose some than wait: not delivered, but dropped. */
  readonly dropped?: number
  /** Resolves when everything written so far has left the process. */
  flush?(): Promise<void>
  /** Called once, after the last `write`. Releases timers, files and sockets. */
  shutdown?(): Promise<void>
}

/** @throws TokenTrackerError `TT_ERR_INVALID_ARGUMENT` for what is no sink */
export function checkSink(sink: Sink, taken: ReadonlyMap<string, unknown>): void {
  const problem = findProblem(sink, taken)
  if (problem !== null) throw new TokenTrackerError('TT_ERR_INVALID_ARGUMENT', `addSink expected ${problem}`)
}

function findProblem(sink: Sink, taken: ReadonlyMap<string, unknown>): string | null {
  if (typeof sink?.name !== 'string' || sink.name === '') return 'a sink with a name, such as { name: "mine", write }'
  if (typeof sink.write !== 'function')
    return `a sink with a function \`write\`, got ${typeof sink.write} in "${sink.name}"`
  if (taken.has(sink.name)) return `a name of its own for each sink, got "${sink.name}" again`
  return null
}
