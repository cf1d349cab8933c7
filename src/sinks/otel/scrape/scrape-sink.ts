import { setImmediate as nextTurn } from 'node:timers/promises'

import { createRecentKeys } from '../../../core/recent-keys.ts'
import type { SanitisedEvent } from '../../../core/records/event.ts'
import type { Sink } from '../../../delivery/sink.ts'
import type { Environment } from '../connection/otlp-connection.ts'
import { toResourceAttributes } from '../connection/resource-attributes.ts'
import { createEventRecorder, type HealthOptions } from '../event-recorder.ts'
import type { InstrumentOptions } from '../metrics/instruments.ts'
import { MAX_POINTS, MAX_SERIES } from '../metrics/series-limiter.ts'
import { withPrometheusNames } from './prometheus-names.ts'

export interface ScrapeSinkOptions extends Omit<InstrumentOptions, 'maxSeries'>, HealthOptions {
  readonly serviceName: string
  readonly genAiMetrics: 'off' | 'v1.41' | 'latest'
  readonly environment: Environment
}

/** Keeps the metrics of the events in this process until somebody asks for them. */
export interface ScrapeSink extends Sink {
  /** All metrics in the text format of Prometheus. Rejects where OpenTelemetry cannot be loaded. */
  scrape(): Promise<string>
}

/** Events after which a batch gives way to the host. */
const EVENTS_PER_TURN = 250
/** Ids remembered to count a batch once that is written again. */
const RECENT_IDS = 10_000

export function createScrapeSink(options: ScrapeSinkOptions): ScrapeSink {
  const recentIds = createRecentKeys(RECENT_IDS)
  let starting: ReturnType<typeof start> | null = null

  async function start() {
    const [{ PrometheusExporter, PrometheusSerializer }, api, resources, metrics] = await Promise.all([
      import('@opentelemetry/exporter-prometheus'),
      import('@opentelemetry/api'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-metrics'),
    ])
    const reader = new PrometheusExporter({ preventServerStart: true })
    const meterProvider = new metrics.MeterProvider({
      resource: resources.resourceFromAttributes(toResourceAttributes(options.serviceName, options.environment)),
      views: [{ instrumentName: '*', aggregationCardinalityLimit: MAX_POINTS }],
      readers: [reader],
    })
    const recorder = createEventRecorder(
      api,
      { meterProvider, spans: null },
      { ...options, maxSeries: MAX_SERIES, tracker: '1', includeSamples: false, hashedUserIds: false },
    )
    return { recorder, reader, serializer: new PrometheusSerializer(undefined, false, undefined, false, true) }
  }

  /** After a failure, which its caller learns of, the next call tries again. */
  function getStarted() {
    starting ??= start().catch((error: unknown) => {
      starting = null
      throw error
    })
    return starting
  }

  async function write(events: readonly SanitisedEvent[]): Promise<void> {
    const { recorder } = await getStarted()
    for (let first = 0; first < events.length; first += EVENTS_PER_TURN) {
      if (first > 0) await nextTurn()
      const turn = events.slice(first, first + EVENTS_PER_TURN)
      for (const event of turn) if (recentIds.add(event.id)) recorder.record(event)
      recorder.commit()
    }
  }

  return {
    name: 'prometheus',
    write,
    async scrape() {
      const { reader, serializer } = await getStarted()
      const { resourceMetrics } = await reader.collect()
      return serializer.serialize(withPrometheusNames(resourceMetrics))
    },
  }
}
