import { TokenTrackerError } from '../core/errors.ts'
import type { SanitisedEvent } from '../core/records/event.ts'

/**
 * A destination of usage events. `Entry` is what it takes of an event: the event itself, or what its `encode` makes of it.
 * `write` may be called again with events it has seen (after a failure or a restart): be idempotent on `event.id`.
 */
export interface Sink<Entry = SanitisedEvent> {
  /** Unique in its tracker; names the sink in log lines and in `getStats()`. */
  readonly name: string
  /**
   * What the sink keeps of an event until it is written: called when the event is made, once, so that a batch is no burst
   * of work and the event itself is let go. An event at which it throws is dropped for this sink. Default: the event.
   */
  encode?(event: SanitisedEvent): Entry
  /**
   * Takes a batch, oldest first. A return without a promise, or a resolved one, means safe; a throw or a rejection means
   * that the whole batch is tried again.
   */
  write(entries: readonly Entry[]): void | Promise<void>
  /**
   * The last moment of a process, when nothing can be waited for: takes a batch before it returns, or throws. Never called
   * while a `write` is under way, unless the process is ended in the middle of it; the batch then holds its events, too.
   */
  writeSync?(entries: readonly Entry[]): void
  /** False while there is nowhere to write to: events then pass this sink by. Asked for every event. Default: always true. */
  hasTarget?(): boolean
  /** Events that were written and yet lost, for a sink that would rather lose some than wait: not delivered, but dropped. */
  readonly dropped?: number
  /** Events that were written, but may still be lost: they wait, until the sink knows what became of them. */
  readonly pending?: number
  /** Resolves when everything written so far has left the process. */
  flush?(): Promise<void>
  /** Called once, after the last `write`. Releases timers, files and sockets. */
  shutdown?(): Promise<void>
}

/** What takes sinks of any kind. Two forms, so that the events of a sink written in place need no type. */
export interface AddSink {
  (sink: Sink): void
  <Entry>(sink: Sink<Entry>): void
}

/** @throws TokenTrackerError `TT_ERR_INVALID_ARGUMENT` for what is no sink */
export function checkSink(sink: Sink<unknown>, taken: ReadonlyMap<string, unknown>): void {
  const problem = findProblem(sink, taken)
  if (problem !== null) throw new TokenTrackerError('TT_ERR_INVALID_ARGUMENT', `addSink expected ${problem}`)
}

function findProblem(sink: Sink<unknown>, taken: ReadonlyMap<string, unknown>): string | null {
  if (typeof sink?.name !== 'string' || sink.name === '') return 'a sink with a name, such as { name: "mine", write }'
  if (typeof sink.write !== 'function')
    return `a sink with a function \`write\`, got ${typeof sink.write} in "${sink.name}"`
  if (taken.has(sink.name)) return `a name of its own for each sink, got "${sink.name}" again`
  return null
}
