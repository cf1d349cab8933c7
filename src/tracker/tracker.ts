import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExchangeOptions } from '../capture/exchange-options.ts'
import type { Environment, TrackerConfig } from '../config/tracker-config.ts'
import type { Logger } from '../core/logger.ts'
import type { TokenCounts } from '../core/records/usage.ts'
import type { AddSink } from '../delivery/sink.ts'
import type { ExplainOptions, PriceExplanation, PriceQuery } from '../pricing/pricing.ts'
import type { Price } from '../pricing/quote.ts'
import type { CustomCounter } from '../tokens/custom-counters.ts'
import type { TokenLogger } from './token-logger.ts'
import type { TrackerStats } from './tracker-stats.ts'

/** Express 4 and 5, Connect and NestJS call it so; on plain node:http pass your handler as `next`. */
export type NodeMiddleware<Request = IncomingMessage, Response = ServerResponse> = (
  request: Request,
  response: Response,
  next: (error?: unknown) => void,
) => void

/** Counters for models that no built-in tokeniser knows. */
export interface CounterRegistry {
  /**
   * Registers a counter for a model name or a pattern of names; it comes before every other way to count.
   * @returns a function that unregisters it
   * @throws TokenTrackerError `TT_ERR_INVALID_ARGUMENT`
   */
  register(model: string | RegExp, counter: CustomCounter): () => void
}

/** The prices that a tracker works with. Counts that are left out are unknown: `{ input: 1000, output: 100 }`. */
export interface TrackerPricing {
  /** Cost of one exchange, `null` when nobody names a price: the model then counts as unpriced. Never rejects. */
  price(counts: Partial<TokenCounts>, query: Pick<PriceQuery, 'model'> & ExplainOptions): Promise<Price | null>
  /** The same with its reasons. Counts no model as unpriced. */
  explain(model: string, counts: Partial<TokenCounts>, options?: ExplainOptions): Promise<PriceExplanation>
  /** Exchanges without a price by model: at most 500 models, the rest under `(other)`. */
  readonly unpriced: ReadonlyMap<string, number>
}

/** What cannot be said in a variable. */
export interface TrackerOptions {
  /** Where settings come from that are not given in code. @default process.env */
  readonly env?: Environment | undefined
  /**
   * Runs on every free text of an event, behind the recognisers of TOKEN_TRACKER_REDACT_PII; with them off, alone. When it
   * throws, or answers no text, that text is dropped and counted.
   */
  readonly redactor?: ((text: string) => string) | undefined
  /** Like pino's. Default: lines as pino writes them on standard output, at TOKEN_TRACKER_LOG_LEVEL. */
  readonly logger?: Logger | undefined
  /**
   * Where a bundler has put `token-usage-tracker/counter-worker`, when it is not found by itself. `false` starts no thread:
   * estimates are then counted on the event loop, a few milliseconds at a time.
   */
  readonly counterWorker?: URL | false | undefined
}

/** One isolated tracker: its own configuration, queue, prices and sinks. Adapters get at it by `getTrackerEntries`. */
export interface TokenTracker {
  /** The configuration in force. */
  readonly config: TrackerConfig
  /** For usage that passes no middleware. */
  readonly logger: TokenLogger
  readonly counters: CounterRegistry
  readonly pricing: TrackerPricing
  /** Middleware for Express, Connect, NestJS and node:http. */
  middleware<Request extends IncomingMessage = IncomingMessage, Response extends ServerResponse = ServerResponse>(
    options?: ExchangeOptions<Request, Response>,
  ): NodeMiddleware<Request, Response>
  /** Adds a destination; it gets the events made from now on. */
  readonly addSink: AddSink
  /** Resolves when everything accepted so far was handed to the sinks. Never rejects. */
  flush(): Promise<void>
  /** Delivers what waits, within TOKEN_TRACKER_SHUTDOWN_TIMEOUT, and releases files and sockets. Never rejects. */
  shutdown(): Promise<void>
  /** Counters since the tracker was made. */
  getStats(): TrackerStats
}
