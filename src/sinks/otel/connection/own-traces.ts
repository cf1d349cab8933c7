import type { TracerProvider } from '@opentelemetry/api'
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import type { Resource } from '@opentelemetry/resources'

import { MAX_QUEUED_SPANS } from '../spans/span-queue.ts'
import type { SpanQueue } from '../spans/span-queue.ts'
import { watchSpanExporter } from './exporters.ts'
import type { ExportGate } from './exporters.ts'
import { createReconnectingExporter } from './reconnecting-exporter.ts'

export interface OwnTracesOptions {
  readonly resource: Resource
  readonly gate: ExportGate
  readonly spanQueue: SpanQueue
  /** Milliseconds that a span waits for others at most. */
  readonly delay: number
  toExporterConfig(attempt: number): ConstructorParameters<typeof OTLPTraceExporter>[0]
}

export interface OwnTraces {
  readonly provider: TracerProvider
  /** These reject with arrays, and once more on a second call. */
  flush(): Promise<void>
  shutdown(): Promise<void>
  /** The provider leaves its exporter open when its last export fails. */
  close(): Promise<void>
}

const MAX_SPANS_PER_EXPORT = 512

/** A tracer provider of our own, which sends to our endpoint. */
export async function startOwnTraces(options: OwnTracesOptions): Promise<OwnTraces> {
  const [{ OTLPTraceExporter }, traces] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-grpc'),
    import('@opentelemetry/sdk-trace'),
  ])
  const { resource, gate, spanQueue } = options
  const exporter = createReconnectingExporter((attempt) => new OTLPTraceExporter(options.toExporterConfig(attempt)))
  const processor = new traces.BatchSpanProcessor({
    exporter: watchSpanExporter(exporter, gate, spanQueue.settle),
    maxQueueSize: MAX_QUEUED_SPANS,
    maxExportBatchSize: MAX_SPANS_PER_EXPORT,
    scheduledDelayMillis: options.delay,
  })
  const provider = new traces.TracerProvider({ resource, spanProcessors: [spanQueue.watchProcessor(processor)] })
  return {
    provider,
    flush: () => provider.forceFlush(),
    shutdown: () => provider.shutdown(),
    close: () => exporter.current.shutdown(),
  }
}
