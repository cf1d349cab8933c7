import type { Logger } from '../core/logger.ts'
import type { SanitisedEvent } from '../core/records/event.ts'
import type { StandardOutput } from '../core/standard-output.ts'
import type { Sink } from '../delivery/sink.ts'
import { toEventSummary } from './event-summary.ts'

export interface ConsoleSinkOptions {
  readonly logger: Logger
  /** Where the log goes when it is ours, `null` for a logger of the host's: what it drops is counted. */
  readonly output: StandardOutput | null
  /** Somebody reads along, and gets lines for people. */
  readonly isTerminal: boolean
  /** Said behind the first line on a terminal. */
  readonly hint: string | null
}

/** A line for each event: enough to see who used what, without texts. JSON on the log at level info, unless people read. */
export function createConsoleSink({ logger, output, isTerminal, hint }: ConsoleSinkOptions): Sink {
  const print = output && isTerminal ? createPrinter(output, hint) : (event: SanitisedEvent) => log(logger, event)
  let dropped = 0
  return {
    name: 'console',
    write(events) {
      const before = output?.dropped ?? 0
      for (const event of events) print(event)
      dropped += (output?.dropped ?? 0) - before
    },
    flush: () => output?.flush() ?? Promise.resolve(),
    get dropped() {
      return dropped
    },
  }
}

function createPrinter(output: StandardOutput, hint: string | null): (event: SanitisedEvent) => void {
  let next = hint
  return (event) => {
    output.write(`token-tracker  ${toEventSummary(event)}\n`)
    if (next !== null) output.write(`token-tracker  ${next}\n`)
    next = null
  }
}

function log(logger: Logger, event: SanitisedEvent): void {
  logger.info(
    {
      model: event.model,
      prompt_tokens: event.prompt_tokens,
      completion_tokens: event.completion_tokens,
      token_source: event.token_source,
      total_cost: event.total_cost,
      duration_ms: event.duration_ms,
      user_id: event.user_id,
      endpoint: event.endpoint,
      status: event.status,
      error_code: event.error_code,
    },
    'usage',
  )
}
