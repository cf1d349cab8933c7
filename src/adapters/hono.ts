import type { Context, Env, MiddlewareHandler } from 'hono'
import { chooseTracker } from '../tracker/choose-tracker.ts'
import { passOn } from '../tracker/misplaced.ts'
import type { TokenUsageOptions } from './node.ts'
import { trackUntilDelivered, type WaitUntilOption } from './wait-until.ts'

/**
 * The options of `tokenUsageMiddleware`; its hooks get Hono's context. `waitUntil` is that of the execution context where
 * the platform has one.
 */
export interface HonoTokenUsageOptions<Types extends Env = Env>
  extends TokenUsageOptions<Context<Types>, Context<Types>>, WaitUntilOption<[context: Context<Types>]> {}

/**
 * Counts, prices and reports the tokens of every LLM exchange that passes: `app.use(tokenUsage())`, before your routes.
 * What it takes and gives are web-standard objects, so that it runs wherever Hono does.
 * @throws ConfigurationError and TokenTrackerError `TT_ERR_INVALID_ARGUMENT` when it is made, never in a request
 */
export function tokenUsage<Types extends Env = Env>(
  options: HonoTokenUsageOptions<Types> = {},
): MiddlewareHandler<Types> {
  const { tracker, exchangeOptions } = chooseTracker(options)
  const { waitUntil } = options

  return async function countTokens(context, next, misplaced?: unknown) {
    const { req } = context as { readonly req?: Context['req'] }
    const source = { options: exchangeOptions, request: context, response: context, readText: () => context.req.text() }
    const wait = (start: () => Promise<void>) => {
      if (typeof waitUntil === 'function') waitUntil(start(), context)
      else readExecutionContext(context)?.waitUntil(start())
    }
    const waiting = waitUntil === 'delivered' ? waitUntil : wait
    const answer = await trackUntilDelivered(tracker, req?.raw as Request, source, waiting, async () => {
      await passOn(misplaced, next)
      return context.res
    })
    if (answer === context.res) return
    // Hono would put the headers that are there already over those that come.
    context.res = undefined
    context.res = answer
  }
}

function readExecutionContext(context: Context): Context['executionCtx'] | null {
  try {
    return context.executionCtx
  } catch {
    // There is none outside Workers and their like.
    return null
  }
}
