import { useScopes } from '../capture/exchange-scope.ts'
import type { OutgoingCall, OutgoingCallOptions, OutgoingRequest } from '../capture/web/track-outgoing-call.ts'
import { TokenTrackerError } from '../core/errors.ts'
import { chooseTracker } from '../tracker/choose-tracker.ts'
import type { TrackerChoice } from '../tracker/default-tracker.ts'
import { getTrackerEntries } from '../tracker/tracker-entries.ts'
import { createStreamUsageFetch, stripStreamUsage } from './fetch-stream-usage.ts'

export interface TrackFetchOptions extends TrackerChoice, OutgoingCallOptions {}

type Fetch = typeof globalThis.fetch
type Input = Parameters<Fetch>[0]

/** Wrapping twice counts once. */
const trackedFetches = new WeakSet<Fetch>()

/**
 * A `fetch` that counts, prices and reports the LLM calls that this server makes itself:
 * `new OpenAI({ fetch: trackFetch(fetch, options) })`, and so for any SDK that takes a `fetch`. Every POST is watched whose
 * path is a monitored endpoint or one that a known API is served at, and the GET that fetches a finished answer later;
 * everything else goes by untouched.
 *
 * A call ends when its body has been read, or when nobody holds it any more. Of a form its fields are read, not its files; a
 * prompt that is sent as a blob stays unknown. Where the middleware stands before a route that passes on what it gets from
 * here, the answer is counted once, as the call, and for the user of the request.
 * @param fetch what the calls are made with
 * @throws TokenTrackerError `TT_ERR_INVALID_ARGUMENT` for what is no function, and ConfigurationError: when it is made,
 * never in a call
 */
export function trackFetch(
  fetch: typeof globalThis.fetch = globalThis.fetch,
  options: TrackFetchOptions = {},
): typeof globalThis.fetch {
  assertFetch(fetch)
  useScopes()
  if (trackedFetches.has(fetch)) return fetch
  const { tracker, exchangeOptions } = chooseTracker(options)
  const { trackCall } = getTrackerEntries(tracker)
  // Hooks are called when the call has ended, and what it was made with may be another's by then.
  const hasHooks = exchangeOptions.identify !== undefined || exchangeOptions.metadata !== undefined
  const askingFetch = tracker.config.injectStreamUsage ? createStreamUsageFetch(fetch) : null

  async function send(call: OutgoingCall, request: OutgoingRequest, input: Input, init: RequestInit | undefined) {
    try {
      const watched = call.watchRequest(input, init)
      const { response, asked } = askingFetch
        ? await askingFetch(request, input, watched)
        : { response: await fetch(input, watched), asked: false }
      call.watchResponse(response)
      return asked ? stripStreamUsage(response) : response
    } catch (error) {
      call.fail()
      throw error
    }
  }

  const tracked: Fetch = (input, init) => {
    const request = readRequest(input, init, hasHooks)
    const call = request && trackCall(request, exchangeOptions)
    return call ? send(call, request, input, init) : fetch(input, init)
  }
  trackedFetches.add(tracked)
  return tracked
}

/** Options in the place of the `fetch` would be found out at the first call, and be blamed on the SDK. */
function assertFetch(fetch: unknown): void {
  if (typeof fetch === 'function') return
  const got = fetch === null ? 'null' : `a value of type ${typeof fetch}`
  const message = `trackFetch expected a fetch function, got ${got}; options come second: trackFetch(fetch, { tracker })`
  throw new TokenTrackerError('TT_ERR_INVALID_ARGUMENT', message)
}

/** `null` for what `fetch` will refuse by itself, and for what neither asks nor fetches an answer. */
function readRequest(input: Input, init: RequestInit | undefined, mustCopy: boolean): OutgoingRequest | null {
  const request = input instanceof Request ? input : null
  const method = (init?.method ?? request?.method ?? 'GET').toUpperCase()
  if (method !== 'POST' && method !== 'GET') return null
  try {
    const url = new URL(input instanceof Request ? input.url : input)
    const given = init?.headers ?? request?.headers
    const headers = given instanceof Headers && !mustCopy ? given : new Headers(given)
    return { method, url, headers }
  } catch {
    return null
  }
}
