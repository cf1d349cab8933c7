import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExchangeOptions } from '../capture/exchange-options.ts'
import { chooseTracker } from '../tracker/choose-tracker.ts'
import type { TrackerChoice } from '../tracker/default-tracker.ts'
import type { NodeMiddleware } from '../tracker/tracker.ts'

export interface TokenUsageOptions<Request = IncomingMessage, Response = ServerResponse>
  extends TrackerChoice, ExchangeOptions<Request, Response> {}

/**
 * Counts, prices and reports the tokens of every LLM exchange that passes.
 *
 * `app.use(tokenUsageMiddleware())` on Express and Connect; `middleware(req, res, () => handler(req, res))` on node:http.
 * @throws ConfigurationError and TokenTrackerError `TT_ERR_INVALID_ARGUMENT` when it is made, never in a request
 */
export function tokenUsageMiddleware<
  Request extends IncomingMessage = IncomingMessage,
  Response extends ServerResponse = ServerResponse,
>(options: TokenUsageOptions<Request, Response> = {}): NodeMiddleware<Request, Response> {
  const { tracker, exchangeOptions } = chooseTracker(options)
  return tracker.middleware(exchangeOptions)
}
