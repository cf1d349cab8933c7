import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExchangeOptions, ExchangeSource } from '../capture/exchange-options.ts'
import type { OutgoingCall, OutgoingCallOptions, OutgoingRequest } from '../capture/web/track-outgoing-call.ts'
import type { TrackerConfig } from '../config/load-config.ts'
import type { Logger } from '../core/logger.ts'
import type { Sink } from '../delivery/sink.ts'
import type { Pricing } from '../pricing/pricing.ts'
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

/** What cannot be said in a variable. */
export interface TrackerOptions {
  /**
   * Runs on every free text of an event, behind the recognisers of TOKEN_TRACKER_REDACT_PII; with them off, alone. When it
   * throws, or answers no text, that text is dropped and counted.
   */
  readonly redactor?: (text: string) => string
  /** Default: pino on standard output, at TOKEN_TRACKER_LOG_LEVEL. */
  readonly logger?: Logger
  /** Where a bundler has put `counter-worker.js`. */
  readonly counterWorker?: URL
}

/** One isolated tracker: its own configuration, queue, prices and sinks. */
export interface TokenTracker {
  readonly config: TrackerConfig
  readonly logger: TokenLogger
  readonly counters: CounterRegistry
  readonly pricing: Pick<Pricing, 'price' | 'explain' | 'unpriced'>
  /** Middleware for Express, Connect, NestJS and node:http. */
  middleware<Request extends IncomingMessage = IncomingMessage, Response extends ServerResponse = ServerResponse>(
    options?: ExchangeOptions<Request, Response>,
  ): NodeMiddleware<Request, Response>
  /** Watches one exchange: what an adapter for another framework calls first thing. Never throws. */
  track(request: IncomingMessage, response: ServerResponse, source: ExchangeSource): void
  /** Watches one exchange of a web-standard handler, around which an adapter calls it. Answers what `respond` answers. */
  trackWeb<Answer extends Response | Promise<Response>>(
    request: Request,
    options: ExchangeOptions<Request, Response>,
    respond: () => Answer,
  ): Answer
  /** Watches one call that this server makes; `null` when it is not to be watched. Never throws. */
  trackCall(request: OutgoingRequest, options: OutgoingCallOptions): OutgoingCall | null
  /** Adds a destination; it gets the events made from now on. */
  addSink(sink: Sink): void
  /** Resolves when everything accepted so far was handed to the sinks. Never rejects. */
  flush(): Promise<void>
  /** Delivers what waits, within TOKEN_TRACKER_SHUTDOWN_TIMEOUT, and releases files and sockets. Never rejects. */
  shutdown(): Promise<void>
  getStats(): TrackerStats
}
