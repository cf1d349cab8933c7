import type { Clock } from '../core/clock.ts'
import type { Guard } from '../core/guard.ts'
import { toInterpretedExchange, type TokenUsageEntry } from './manual-entry.ts'
import type { TrackerStats } from './tracker-stats.ts'
import type { TrackerPipeline } from './wire-pipeline.ts'

/** Logs usage by hand, for calls that pass no middleware. Shares queue, prices and sinks with the middleware. */
export interface TokenLogger {
  /**
   * Takes one call into the queue.
   * @returns the event's id, or `null` when it was not taken (switched off, queue full, no model given). Never throws.
   */
  logTokenUsage(entry: TokenUsageEntry): string | null
  /** Resolves when everything logged so far was handed to the sinks. Never rejects. */
  flush(): Promise<void>
  /** Delivers what waits, within TOKEN_TRACKER_SHUTDOWN_TIMEOUT, and releases files and sockets. Never rejects. */
  shutdown(): Promise<void>
  getStats(): TrackerStats
}

export interface TokenLoggerOptions {
  readonly enabled: boolean
  readonly clientId: string | null
  readonly clock: Clock
  readonly guard: Guard
  readonly pipeline: TrackerPipeline
  flush(): Promise<void>
  shutdown(): Promise<void>
  getStats(): TrackerStats
}

export function createTokenLogger(options: TokenLoggerOptions): TokenLogger {
  const { enabled, clientId, clock, guard, pipeline, flush, shutdown, getStats } = options

  function log(entry: TokenUsageEntry): string | null {
    const exchange = toInterpretedExchange(entry, clock, clientId, (name, value) =>
      guard.report('logTokenUsage', `${name} expected a number from 0 up, got ${typeof value}: it stays unknown`),
    )
    return pipeline.acceptInterpreted(exchange) ? exchange.id : null
  }

  return {
    logTokenUsage: (entry) => (enabled ? guard.run('logTokenUsage', () => log(entry), null) : null),
    flush,
    shutdown,
    getStats,
  }
}
