import type { CompletedExchange } from '../capture/exchange.ts'
import { trackExchange, type CaptureOptions } from '../capture/node/track-exchange.ts'
import { trackOutgoingCall } from '../capture/web/track-outgoing-call.ts'
import { trackWebExchange } from '../capture/web/track-web-exchange.ts'
import { createEndpointFilter } from '../config/endpoints.ts'
import type { TrackerConfig } from '../config/load-config.ts'
import { systemClock } from '../core/clock.ts'
import type { Guard } from '../core/guard.ts'
import { isObject } from '../core/json.ts'
import { createStreamDigest } from '../interpret/response-digest.ts'
import { createOutgoingFilter } from './outgoing-filter.ts'
import { createStreamUsageInjector } from './stream-usage-injector.ts'
import type { TokenTracker } from './tracker.ts'
import type { TrackerEntries } from './tracker-entries.ts'

/** The ways into a tracker, the one for users among them. */
export type CaptureEntries = TrackerEntries & Pick<TokenTracker, 'middleware'>

export function wireCapture(
  config: TrackerConfig,
  guard: Guard,
  onComplete: (exchange: CompletedExchange) => void,
): CaptureEntries {
  if (!config.enabled) return NOTHING_WATCHED
  const { monitoredEndpoints, excludedEndpoints, maxBodySize, injectStreamUsage } = config
  const incoming: CaptureOptions = {
    maxBodySize,
    clock: systemClock,
    guard,
    createDigest: createStreamDigest,
    isMonitored: createEndpointFilter(monitoredEndpoints, excludedEndpoints),
    onComplete,
  }
  const outgoing = { ...incoming, isMonitored: createOutgoingFilter(monitoredEndpoints, excludedEndpoints) }
  const askForUsage = injectStreamUsage ? createStreamUsageInjector(incoming.isMonitored, guard) : null

  const track: CaptureEntries['track'] = (request, response, source) => {
    // Before the tap, which is to see the usage that the client does not.
    if (askForUsage && isObject(source.request)) askForUsage(request, response, source.request)
    trackExchange(incoming, request, response, source)
  }

  return {
    track,
    middleware: (hooks = {}) =>
      function tokenUsage(request, response, next) {
        track(request, response, { hooks, request, response })
        next()
      },
    trackWeb: (request, hooks, respond) => trackWebExchange(incoming, request, hooks, respond),
    trackCall: (request, hooks) => trackOutgoingCall(outgoing, request, hooks),
  }
}

const NOTHING_WATCHED: CaptureEntries = {
  track() {},
  middleware: () => (_request, _response, next) => next(),
  trackWeb: (_request, _hooks, respond) => respond(),
  trackCall: () => null,
}
