import type { ExchangeOptions } from '../capture/exchange-options.ts'
import { chooseTracker } from '../tracker/choose-tracker.ts'
import type { TrackerChoice } from '../tracker/default-tracker.ts'
import { getTrackerEntries } from '../tracker/tracker-entries.ts'

export interface TrackRequestOptions extends TrackerChoice, ExchangeOptions<Request, Response> {}

/**
 * Counts, prices and reports the tokens of every LLM exchange that a web-standard handler answers:
 * `serve({ fetch: trackRequestHandler(app.fetch) })` for Hono, Bun and Deno, `export const POST = trackRequestHandler(...)`
 * for a route of Next.js. What is passed behind the request (a context, bindings, a server) is handed through.
 *
 * The response that comes out has the same status, headers and bytes, but is a new object whose body is a stream. A handler
 * that passes its request on by `new Request(request)` keeps the prompt from being seen; the exchange counts all the same.
 * @throws ConfigurationError and TokenTrackerError `TT_ERR_INVALID_ARGUMENT` when it is made, never in a request
 */
export function trackRequestHandler<
  Incoming extends Request,
  Rest extends unknown[],
  Answer extends Response | Promise<Response>,
>(
  handler: (request: Incoming, ...rest: Rest) => Answer,
  options: TrackRequestOptions = {},
): (request: Incoming, ...rest: Rest) => Answer {
  const { tracker, exchangeOptions } = chooseTracker(options)
  const { trackWeb } = getTrackerEntries(tracker)
  return (request, ...rest) => trackWeb(request, exchangeOptions, () => handler(request, ...rest))
}
