import type { ExchangeOptions } from '../capture/exchange-options.ts'
import { chooseTracker } from '../tracker/choose-tracker.ts'
import type { TrackerChoice } from '../tracker/default-tracker.ts'
import { getTrackerEntries } from '../tracker/tracker-entries.ts'
import { trackUntilDelivered, type Waiting, type WaitUntilOption } from './wait-until.ts'

export type { WaitUntilOption }

export interface TrackRequestOptions<Incoming extends Request = Request, Rest extends unknown[] = unknown[]>
  extends TrackerChoice, ExchangeOptions<Request, Response>, WaitUntilOption<[request: Incoming, ...rest: Rest]> {}

/**
 * Counts, prices and reports the tokens of every LLM exchange that a web-standard handler answers:
 * `Bun.serve({ fetch: trackRequestHandler(handler) })`, `Deno.serve(trackRequestHandler(handler))`,
 * `export const POST = trackRequestHandler(...)` for a route of Next.js. What is passed behind the request (a context,
 * bindings, a server) is handed through.
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
  options: TrackRequestOptions<Incoming, Rest> = {},
): (request: Incoming, ...rest: Rest) => Answer {
  const { tracker, exchangeOptions } = chooseTracker(options)
  const { trackWeb } = getTrackerEntries(tracker)
  const { waitUntil } = options
  return (request, ...rest) => {
    const source = { options: exchangeOptions, request, response: null }
    const respond = () => handler(request, ...rest)
    if (waitUntil === undefined) return trackWeb(request, source, respond)
    const waiting: Waiting = waitUntil === 'delivered' ? waitUntil : (start) => waitUntil(start(), request, ...rest)
    return trackUntilDelivered(tracker, request, source, waiting, respond)
  }
}
