import type { CapturedExchange } from '../capture/exchange.ts'
import { getBodyOwner } from '../capture/exchange-options.ts'
import type { CaptureOptions } from '../capture/exchange-recorder.ts'
import { trackExchange } from '../capture/node/track-exchange.ts'
import { trackOutgoingCall } from '../capture/web/track-outgoing-call.ts'
import { trackWebExchange } from '../capture/web/track-web-exchange.ts'
import { createEndpointFilter, type EndpointFilter } from '../config/endpoints.ts'
import type { TrackerConfig } from '../config/load-config.ts'
import { systemClock } from '../core/clock.ts'
import type { Guard } from '../core/guard.ts'
import { isObject } from '../core/json.ts'
import { createStreamDigest, type StreamDigest } from '../interpret/bodies/response-digest.ts'
import { formatOfPath } from '../wire/detect.ts'
import type { ExchangeLog } from './exchange-log.ts'
import { isNodeExchange, isWebRequest, MISPLACED, passOn } from './misplaced.ts'
import { createStreamUsageInjector } from './stream-usage-injector.ts'
import type { TokenTracker } from './tracker.ts'
import type { TrackerEntries } from './tracker-entries.ts'

/** The ways into a tracker, the one for users among them. */
export type CaptureEntries = TrackerEntries & Pick<TokenTracker, 'middleware'>

export function wireCapture(
  config: TrackerConfig,
  guard: Guard,
  log: ExchangeLog,
  onEnd: (exchange: CapturedExchange<StreamDigest>) => void,
): CaptureEntries {
  if (!config.enabled) return NOTHING_WATCHED
  const { monitoredEndpoints, excludedEndpoints, maxBodySize, injectStreamUsage } = config
  const incoming: CaptureOptions<StreamDigest> = {
    maxBodySize,
    clock: systemClock,
    guard,
    createDigest: createStreamDigest,
    identityHeaders: Object.values(config.trustedUserHeaders),
    isMonitored: createEndpointFilter(monitoredEndpoints, excludedEndpoints),
    onUnwatched: log.onUnwatched,
    onEnd,
  }
  const outgoing = {
    ...incoming,
    isMonitored: createOutgoingFilter(monitoredEndpoints, excludedEndpoints),
    onUnwatched: log.onOwnCallUnwatched,
  }
  const askForUsage = injectStreamUsage ? createStreamUsageInjector(incoming.isMonitored, guard) : null

  const track: CaptureEntries['track'] = (request, response, source) => {
    if (!isNodeExchange(request, response)) {
      guard.report('capture', MISPLACED)
      return null
    }
    const bodyOwner = askForUsage && getBodyOwner(source)
    // Before the tap, which is to see the usage that the client does not.
    if (askForUsage && isObject(bodyOwner)) askForUsage(request, response, bodyOwner)
    return trackExchange(incoming, request, response, source)
  }

  return {
    track,
    middleware: (options = {}) =>
      function tokenUsage(request, response, next) {
        const scope = track(request, response, { options, request, response })
        return scope ? scope.run(() => passOn(next, response)) : passOn(next, response)
      },
    trackWeb(request, source, respond) {
      if (isWebRequest(request)) return trackWebExchange(incoming, request, source, respond)
      guard.report('capture', MISPLACED)
      return respond()
    },
    trackCall: (request, options) => trackOutgoingCall(outgoing, request, options),
  }
}

const NOTHING_WATCHED: CaptureEntries = {
  track: () => null,
  middleware: () => (_request, response, next) => passOn(next, response),
  trackWeb: (_request, _source, respond) => respond(),
  trackCall: () => null,
}

/**
 * Which calls of this server are watched: the monitored endpoints, and beyond them every path that a known API is served
 * at, for providers have paths of their own (`/v1/projects/…:generateContent`). Exclusions win.
 */
function createOutgoingFilter(monitored: readonly string[], excluded: readonly string[]): EndpointFilter {
  const isMonitored = createEndpointFilter(monitored, excluded)
  const isAllowed = createEndpointFilter(['/'], excluded)
  return (method, path) =>
    isMonitored(method, path) || (isAllowed(method, path) && (method === 'GET' || formatOfPath(path) !== null))
}
