import type { Resource } from '@opentelemetry/resources'
import type { MetricProducer } from '@opentelemetry/sdk-metrics'

import { withDeadline } from '../../../core/deadline.ts'
import type { Providers } from '../event-recorder.ts'
import { createAcknowledgements, type Acknowledgements } from './acknowledgements.ts'
import { watchMetricExporter } from './exporters.ts'
import type { Environment, OtlpConnection } from './otlp-connection.ts'
import { createTransport } from './create-transport.ts'
import { startOwnTraces } from './own-traces.ts'
import { createReconnectingExporter } from './reconnecting-exporter.ts'
import { toResourceAttributes } from './resource-attributes.ts'
import { MAX_POINTS } from '../metrics/series-limiter.ts'
import type { SpanQueue } from '../spans/span-queue.ts'

export interface OwnProvidersOptions {
  readonly connection: OtlpConnection
  readonly serviceName: string
  readonly environment: Environment
  readonly exportIntervalMs: number
  readonly shutdownTimeoutMs: number
  /** Spans beside metrics. */
  readonly traces: boolean
  readonly spanQueue: SpanQueue
  /** Events written by now. */
  readWritten(): number
  onMetricsFault(error: unknown): void
}

export interface OwnProviders extends Providers {
  flush(): Promise<void>
  shutdown(): Promise<void>
  readonly acknowledged: Pick<Acknowledgements, 'settled' | 'lost'>
}

/** Points of one message: receivers take 4 MiB by default, and 2,000 points stay well below. */
const MAX_POINTS_PER_EXPORT = 2_000
/** What one export may take at most and at least, in milliseconds. */
const MAX_EXPORT_TIMEOUT = 5_000
const MIN_EXPORT_TIMEOUT = 500
/** Largest delay of a Node timer; a longer one fires at once. */
const MAX_TIMER_DELAY = 2 ** 31 - 1

/** Providers of our own, sending to our endpoint. They are never registered globally. */
export async function startOwnProviders(options: OwnProvidersOptions): Promise<OwnProviders> {
  const { connection, environment, spanQueue, shutdownTimeoutMs } = options
  const { exportInterval, exportTimeout } = toExportTimes(options)
  const transport = createTransport({ connection, environment, timeoutMillis: exportTimeout })
  const [createMetricExporter, resources, metrics] = await Promise.all([
    transport.loadMetricExporter(),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-metrics'),
  ])
  const gate = { closed: false }

  const metricExporter = createReconnectingExporter(createMetricExporter)
  const resource = resources
    .defaultResource()
    .merge(resources.resourceFromAttributes(toResourceAttributes(options.serviceName, environment)))

  const delay = Math.min(exportInterval, MAX_EXPORT_TIMEOUT)
  const traces = options.traces ? await startOwnTraces({ resource, gate, spanQueue, delay, transport }) : null

  const acknowledgements = createAcknowledgements({
    readWritten: options.readWritten,
    maxPoints: MAX_POINTS_PER_EXPORT,
    cumulative: readTemporality(environment) === 'cumulative',
  })
  const reader = new metrics.PeriodicExportingMetricReader({
    exporter: watchMetricExporter(metricExporter, gate, acknowledgements, options.onMetricsFault),
    exportIntervalMillis: exportInterval,
    exportTimeoutMillis: Math.min(exportTimeout, exportInterval),
    maxExportBatchSize: MAX_POINTS_PER_EXPORT,
    metricProducers: [toCollectionWatch(resource, acknowledgements)],
  })
  const views = [{ instrumentName: '*', aggregationCardinalityLimit: MAX_POINTS }]
  const meterProvider = new metrics.MeterProvider({ resource, views, readers: [reader] })

  return {
    meterProvider,
    spans: traces?.target ?? null,
    acknowledged: acknowledgements,
    // The SDK rejects with arrays, and once more on a second call: the cause has been reported by then.
    async flush() {
      // The processor sends what waits, but does not wait for what is on its way.
      const sent = spanQueue.waitForAllBut(0, shutdownTimeoutMs)
      await withDeadline(Promise.allSettled([meterProvider.forceFlush(), traces?.flush(), sent]), shutdownTimeoutMs)
    },
    async shutdown() {
      // The last export must start early enough to end in time: a call in flight holds the process until its deadline.
      const closing = setTimeout(() => (gate.closed = true), Math.max(0, shutdownTimeoutMs - exportTimeout))
      const sent = spanQueue.waitForAllBut(0, shutdownTimeoutMs)
      await withDeadline(Promise.allSettled([meterProvider.shutdown(), traces?.shutdown(), sent]), shutdownTimeoutMs)
      clearTimeout(closing)
      gate.closed = true
      await withDeadline(Promise.allSettled([traces?.close()]), 0)
    },
  }
}

/** Produces nothing; it is asked at the moment at which the SDK reads its sums. */
function toCollectionWatch(resource: Resource, acknowledgements: Acknowledgements): MetricProducer {
  return {
    collect() {
      acknowledgements.begin()
      return Promise.resolve({ resourceMetrics: { resource, scopeMetrics: [] }, errors: [] })
    },
  }
}

/** As the exporters read it. */
function readTemporality(environment: Environment): string {
  return environment['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE']?.trim().toLowerCase() || 'cumulative'
}

/** An export may take half of the time for shutting down, so that the one in flight and a last one both fit. */
function toExportTimes({ exportIntervalMs, shutdownTimeoutMs }: OwnProvidersOptions) {
  return {
    exportInterval: Math.min(Math.max(1, exportIntervalMs), MAX_TIMER_DELAY),
    exportTimeout: Math.min(Math.max(MIN_EXPORT_TIMEOUT, shutdownTimeoutMs / 2), MAX_EXPORT_TIMEOUT),
  }
}
