import { withDeadline } from '../../../core/deadline.ts'
import type { Providers } from '../event-recorder.ts'
import { watchMetricExporter } from './exporters.ts'
import { toSignalHeaders } from './otlp-connection.ts'
import type { Environment, OtlpConnection, Signal } from './otlp-connection.ts'
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
  onMetricsFault(error: unknown): void
}

export interface OwnProviders extends Providers {
  flush(): Promise<void>
  shutdown(): Promise<void>
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
  // grpc-js is named although the exporters bring it: they load it in the middle of their first export.
  const [{ Metadata }, { OTLPMetricExporter }, resources, metrics] = await Promise.all([
    import('@grpc/grpc-js'),
    import('@opentelemetry/exporter-metrics-otlp-grpc'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-metrics'),
  ])
  const { connection, environment, spanQueue, shutdownTimeoutMs } = options
  const { exportInterval, exportTimeout } = toExportTimes(options)
  const gate = { closed: false }

  const toExporterConfig = (signal: Signal, attempt: number) => {
    const metadata = new Metadata()
    for (const [name, value] of toSignalHeaders(connection, environment, signal)) metadata.set(name, value)
    const userAgent = `token-usage-tracker connection/${attempt}`
    return { url: connection.url, metadata, timeoutMillis: exportTimeout, userAgent }
  }
  const metricExporter = createReconnectingExporter(
    (attempt) => new OTLPMetricExporter(toExporterConfig('METRICS', attempt)),
  )
  const resource = resources
    .defaultResource()
    .merge(resources.resourceFromAttributes(toResourceAttributes(options.serviceName, environment)))

  const delay = Math.min(exportInterval, MAX_EXPORT_TIMEOUT)
  const traces = options.traces
    ? await startOwnTraces({
        resource,
        gate,
        spanQueue,
        delay,
        toExporterConfig: (attempt) => toExporterConfig('TRACES', attempt),
      })
    : null

  const reader = new metrics.PeriodicExportingMetricReader({
    exporter: watchMetricExporter(metricExporter, gate, options.onMetricsFault),
    exportIntervalMillis: exportInterval,
    exportTimeoutMillis: Math.min(exportTimeout, exportInterval),
    maxExportBatchSize: MAX_POINTS_PER_EXPORT,
  })
  const views = [{ instrumentName: '*', aggregationCardinalityLimit: MAX_POINTS }]
  const meterProvider = new metrics.MeterProvider({ resource, views, readers: [reader] })

  return {
    meterProvider,
    spans: traces?.target ?? null,
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

/** An export may take half of the time for shutting down, so that the one in flight and a last one both fit. */
function toExportTimes({ exportIntervalMs, shutdownTimeoutMs }: OwnProvidersOptions) {
  return {
    exportInterval: Math.min(Math.max(1, exportIntervalMs), MAX_TIMER_DELAY),
    exportTimeout: Math.min(Math.max(MIN_EXPORT_TIMEOUT, shutdownTimeoutMs / 2), MAX_EXPORT_TIMEOUT),
  }
}
