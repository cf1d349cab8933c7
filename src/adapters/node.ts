import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExchangeOptions } from '../capture/exchange-options.ts'
import type { ConfigFields, TrackerConfig } from '../config/load-config.ts'
import { getDefaultTracker } from '../tracker/default-tracker.ts'
import type { NodeMiddleware, TokenTracker } from '../tracker/tracker.ts'

export interface TokenUsageOptions<Request = IncomingMessage, Response = ServerResponse> extends ExchangeOptions<
  Request,
  Response
> {
  /** A tracker of your own. Default: the one of this process. */
  readonly tracker?: TokenTracker | undefined
  /** Settings for the tracker of this process, used by whoever makes it first. Ignored beside `tracker`. */
  readonly config?: TrackerConfig | ConfigFields | undefined
}

/**
 * Counts, prices and reports the tokens of every LLM exchange that passes.
 *
 * `app.use(tokenUsageMiddleware())` on Express and Connect; `middleware(req, res, () => handler(req, res))` on node:http.
 * @throws ConfigurationError when it is made, never in a request
 */
export function tokenUsageMiddleware<
  Request extends IncomingMessage = IncomingMessage,
  Response extends ServerResponse = ServerResponse,
>(options: TokenUsageOptions<Request, Response> = {}): NodeMiddleware<Request, Response> {
  const { config, tracker = getDefaultTracker(config), ...exchangeOptions } = options
  return tracker.middleware(exchangeOptions)
}
