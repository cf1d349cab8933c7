import type { Logger } from '../core/logger.ts'
import type { StandardOutput } from '../core/standard-output.ts'
import type { Sink } from '../delivery/sink.ts'

/**
 * A line for each event on the log, at level info: enough to see what passes, without texts and ids of users.
 * @param output where the log goes when it is ours: what it drops is counted
 */
export function createConsoleSink(logger: Logger, output: StandardOutput | null): Sink {
  let dropped = 0
  return {
    name: 'console',
    write(events) {
      const before = output?.dropped ?? 0
      for (const event of events) {
        logger.info(
          {
            model: event.model,
            prompt_tokens: event.prompt_tokens,
            completion_tokens: event.completion_tokens,
            token_source: event.token_source,
            total_cost: event.total_cost,
            duration_ms: event.duration_ms,
            endpoint: event.endpoint,
            status: event.status,
            error_code: event.error_code,
          },
          'usage',
        )
      }
      dropped += (output?.dropped ?? 0) - before
    },
    flush: () => output?.flush() ?? Promise.resolve(),
    get dropped() {
      return dropped
    },
  }
}
