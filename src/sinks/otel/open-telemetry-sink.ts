import { setImmediate as nextTurn } from 'node:timers/promises'

import { TokenTrackerError, toErrorMessage } from '../../core/errors.ts'
import type { SanitisedEvent } from '../../core/records/event.ts'
import { getShared } from '../../core/registry.ts'
import type { Sink } from '../../delivery/sink.ts'
import { createEventRecorder } from './event-recorder.ts'
import type { EventRecorder, HealthOptions, Providers } from './event-recorder.ts'
import { flushHostProviders, getHostProviders } from './connection/host-providers.ts'
import { hasOpenTelemetryTarget } from './connection/host-sdk.ts'
import { readOtlpConnection } from './connection/otlp-connection.ts'
import type { Environment, OtlpProtocol } from './connection/otlp-connection.ts'
import { startOwnProviders } from './connection/own-providers.ts'
import type { OwnProviders } from './connection/own-providers.ts'
import { createRecentKeys } from '../../core/recent-keys.ts'
import { MAX_HOST_SERIES, MAX_SERIES } from './metrics/series-limiter.ts'
import { MAX_QUEUED_SPANS, createSpanQueue } from './spans/span-queue.ts'
import type { OpenTelemetryApi } from './spans/host-spans.ts'

export interface OpenTelemetrySinkOptions extends HealthOptions {
  /** OTLP address of ours; `null` records through the SDK that the host registered, if there is one. */
  readonly endpoint: string | null
  readonly protocol: OtlpProtocol
  readonly serviceName: string
  /** Sent with every export to `endpoint`. */
  readonly headers: Readonly<Record<string, string>>
  /** Plain text for an endpoint without a scheme; `http://` and `https://` decide for themselves. */
  readonly insecure: boolean
  readonly exportIntervalMs: number
  /** A span for each event beside its measurements. */
  readonly traces: boolean
  /** Second set of metrics, after the GenAI semantic conventions. */
  readonly genAiMetrics: 'off' | 'v1.41' | 'latest'
  /** Metric attribute that carries the user id; `null` keeps user ids off metrics. */
  readonly userAttribute: string | null
  /** Prompt and completion samples on spans. */
  readonly includeSamples: boolean
  /** User ids are pseudonyms and go on spans as `user.hash` instead of `user_id`. */
  readonly hashedUserIds: boolean
  /** Keys of the metadata that go on metrics and spans as attributes. */
  readonly metadataAttributes: readonly string[]
  /** Stands in for events that carry no `client_id`. */
  readonly clientId: string | null
  /** The OTEL_* variables that apply. */
  readonly environment: Environment
  /** Bounds `flush()` and `shutdown()`. */
  readonly shutdownTimeoutMs: number
  /** Told of every failed export and every event that could not be recorded; expected to report them sparingly. */
  onFault(name: string, error: unknown): void
}

export interface OpenTelemetryStats {
  /** Events recorded as measurements and a span. */
  readonly recordedEvents: number
  /** Spans that our collector took. */
  readonly exportedSpans: number
  /** Spans that our collector refused or that were dropped while it was away. Metrics are cumulative and catch up. */
  readonly lostSpans: number
}

export interface OpenTelemetrySink extends Sink {
  hasTarget(): boolean
  flush(): Promise<void>
  shutdown(): Promise<void>
  stats(): OpenTelemetryStats
}

/** Events after which a batch gives way to the host; recording one takes some 20 microseconds. */
const EVENTS_PER_TURN = 250
/** Milliseconds that a batch waits for a collector that takes no spans at all, before it goes on without them. */
const MAX_SPAN_WAIT = 1_000
/** Ids remembered to count a batch once that is written again; the default size of the queue. */
const RECENT_IDS = 10_000

interface Target {
  readonly api: OpenTelemetryApi
  /** `null` when events go to the host's SDK. */
  readonly own: OwnProviders | null
}

/**
 * Records usage events as OpenTelemetry metrics and spans. Loads OpenTelemetry at the first write that has a target,
 * and never registers anything globally. Throws a ConfigurationError when the endpoint or a header cannot be used.
 */
export function createOpenTelemetrySink(options: OpenTelemetrySinkOptions): OpenTelemetrySink {
  const { endpoint, environment, traces, onFault } = options
  const connection =
    endpoint === null ? null : readOtlpConnection(endpoint, options.insecure, options.headers, options.protocol)
  const disabled = environment['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true'
  const spanQueue = createSpanQueue((error) => onFault('opentelemetry spans', error))
  const recentIds = createRecentKeys(RECENT_IDS)
  const maxSeries = connection === null ? MAX_HOST_SERIES : MAX_SERIES
  let starting: Promise<Target> | null = null
  const tracker = nextTrackerNumber()
  let recorder: (EventRecorder & { readonly providers: Providers }) | null = null
  let recordedEvents = 0
  /** Of these, the ones whose write has ended. */
  let writtenEvents = 0
  let acknowledged: OwnProviders['acknowledged'] | null = null
  let closed = false

  const readWritten = () => writtenEvents
  const onMetricsFault = (error: unknown) => onFault('opentelemetry metrics', error)

  async function start(): Promise<Target> {
    const api = await import('@opentelemetry/api')
    const own =
      connection && (await startOwnProviders({ ...options, connection, spanQueue, onMetricsFault, readWritten }))
    acknowledged = own?.acknowledged ?? null
    return { api, own }
  }

  function hasTarget(): boolean {
    return !disabled && hasOpenTelemetryTarget(endpoint, traces)
  }

  /** One start at a time; after a failure, which its writer learns of, the next write tries again. */
  function getTarget(): Promise<Target> {
    starting ??= start().catch((error: unknown) => {
      starting = null
      throw toStartError(error)
    })
    return starting
  }

  /** What was started, `null` when nothing was or the start failed. */
  async function getStarted(): Promise<Target | null> {
    try {
      return await starting
    } catch {
      return null
    }
  }

  /** The recorder of the providers in force: the host may register its SDK, or replace it, at any time. */
  function getRecorder({ api, own }: Target) {
    const providers = own ?? getHostProviders(api, traces)
    const isCurrent =
      recorder?.providers.meterProvider === providers.meterProvider && recorder.providers.spans === providers.spans
    if (recorder === null || !isCurrent) {
      recorder?.dispose()
      recorder = { providers, ...createEventRecorder(api, providers, { ...options, maxSeries, tracker }) }
    }
    return recorder
  }

  /** A fault is reported, and not tried again: that would count twice what was recorded before it. */
  function runGuarded(action: () => void): void {
    try {
      action()
    } catch (error) {
      onFault('opentelemetry event', error)
    }
  }

  function recordOnce(current: EventRecorder, event: SanitisedEvent): void {
    if (!recentIds.add(event.id)) return
    current.record(event)
    recordedEvents++
  }

  function recordTurn(target: Target, events: readonly SanitisedEvent[]): void {
    const current = getRecorder(target)
    for (const event of events) runGuarded(() => recordOnce(current, event))
    current.commit()
  }

  async function record(events: readonly SanitisedEvent[]): Promise<void> {
    const target = await getTarget()
    let keepsUp = true
    for (let first = 0; first < events.length; first += EVENTS_PER_TURN) {
      if (first > 0) await nextTurn()
      if (keepsUp) keepsUp = await spanQueue.waitForAllBut(MAX_QUEUED_SPANS / 2, MAX_SPAN_WAIT)
      runGuarded(() => recordTurn(target, events.slice(first, first + EVENTS_PER_TURN)))
    }
    writtenEvents = recordedEvents
  }

  function countPending(): number {
    return acknowledged === null ? 0 : writtenEvents - acknowledged.settled
  }

  return {
    name: 'opentelemetry',
    write(events) {
      // At once, so that the last moment of a process finds nothing undelivered where there is nowhere to deliver to.
      return hasTarget() ? record(events) : undefined
    },
    hasTarget,
    async flush() {
      const target = await getStarted()
      if (target === null) return
      await (target.own?.flush() ?? flushHostProviders(target.api, options.shutdownTimeoutMs))
    },
    async shutdown() {
      const target = await getStarted()
      await target?.own?.shutdown()
      recorder?.dispose()
      closed = true
    },
    // A host's SDK tells nobody what became of its exports: there, handed over is all that is known.
    get pending() {
      return closed ? 0 : countPending()
    },
    get dropped() {
      return (acknowledged?.lost ?? 0) + (closed ? countPending() : 0)
    },
    stats: () => ({ recordedEvents, exportedSpans: spanQueue.exported, lostSpans: spanQueue.lost }),
  }
}

/** Numbers name the same tracker after every start of the process, as long as the host makes them in one order. */
function nextTrackerNumber(): string {
  const numbers = getShared('opentelemetry-trackers', () => ({ last: 0 }))
  return String(++numbers.last)
}

function toStartError(cause: unknown): TokenTrackerError {
  return new TokenTrackerError(
    'TT_ERR_SINK',
    `Expected OpenTelemetry to start, got: ${toErrorMessage(cause)}. ` +
      'Check that @opentelemetry/api is installed, that the OTEL_EXPORTER_OTLP_* variables are valid, and that a bundle in ' +
      'ES module format can require CommonJS (the README has the banner under "Bundlers").',
    { cause },
  )
}
