import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExchangeSource } from '../capture/exchange-options.ts'
import type { HandlerScope } from '../capture/exchange-scope.ts'
import type { OutgoingCall, OutgoingCallOptions, OutgoingRequest } from '../capture/web/track-outgoing-call.ts'
import type { WebSource } from '../capture/web/track-web-exchange.ts'
import { TokenTrackerError } from '../core/errors.ts'
import { getShared } from '../core/registry.ts'
import type { TokenTracker } from './tracker.ts'

/** The ways into a tracker: what adapters call to have an exchange watched. */
export interface TrackerEntries {
  /**
   * Watches one exchange on node:http or node:http2: what an adapter calls first thing, with the raw objects; `source` holds
   * the framework's own, for the hooks. Never throws. Where it answers a scope, the handler is called by `scope.run(next)`:
   * then calls by `trackFetch` are known to be made for this exchange.
   */
  track(request: IncomingMessage, response: ServerResponse, source: ExchangeSource): HandlerScope | null
  /** Watches one exchange of a web-standard handler, around which an adapter calls it. Answers what `respond` answers. */
  trackWeb<Answer extends Response | Promise<Response>>(
    request: Request,
    source: WebSource,
    respond: () => Answer,
  ): Answer
  /** Watches one call that this server makes; `null` when it is not to be watched. Never throws. */
  trackCall(request: OutgoingRequest, options: OutgoingCallOptions): OutgoingCall | null
}

/** A tracker of one build of this package may meet an adapter of the other. */
const allEntries = getShared('entries', () => new WeakMap<TokenTracker, TrackerEntries>())

export function setTrackerEntries(tracker: TokenTracker, entries: TrackerEntries): void {
  allEntries.set(tracker, entries)
}

/**
 * What an adapter of your own calls, for a framework that has none yet. An application has no use for it.
 * @throws TokenTrackerError `TT_ERR_INVALID_ARGUMENT` when it is no tracker
 */
export function getTrackerEntries(tracker: TokenTracker): TrackerEntries {
  const entries = allEntries.get(tracker)
  if (entries) return entries
  const message =
    'expected `tracker` to be what createTokenTracker returned, got something else: pass that object itself'
  throw new TokenTrackerError('TT_ERR_INVALID_ARGUMENT', message)
}

export function isTracker(value: object): boolean {
  return allEntries.has(value as TokenTracker)
}
