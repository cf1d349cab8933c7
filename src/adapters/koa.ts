import type { Context, Middleware, Next } from 'koa'
import { chooseTracker } from '../tracker/choose-tracker.ts'
import { passOn } from '../tracker/misplaced.ts'
import { getTrackerEntries } from '../tracker/tracker-entries.ts'
import type { TokenUsageOptions } from './node.ts'

/** The options of `tokenUsageMiddleware`; its hooks get Koa's context. */
export type KoaTokenUsageOptions = TokenUsageOptions<Context, Context>

/**
 * Counts, prices and reports the tokens of every LLM exchange that passes: `app.use(tokenUsage())`, before your routes.
 * @throws ConfigurationError and TokenTrackerError `TT_ERR_INVALID_ARGUMENT` when it is made, never in a request
 */
export function tokenUsage(options: KoaTokenUsageOptions = {}): Middleware {
  const { tracker, exchangeOptions } = chooseTracker(options)
  const { track } = getTrackerEntries(tracker)
  return function countTokens(context: Context, next: Next, misplaced?: unknown) {
    // The context's own `body` is that of the response.
    const { req, res, request: bodyOwner } = context
    const scope = track(req, res, { options: exchangeOptions, request: context, response: context, bodyOwner })
    return scope ? scope.run(next) : passOn(misplaced, next)
  }
}
