import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import type { Resource } from '@opentelemetry/resources'

import { MAX_QUEUED_SPANS } from '../spans/span-queue.ts'
import type { SpanQueue } from '../spans/span-queue.ts'
import type { SpanTarget } from '../spans/own-spans.ts'
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
  readonly target: SpanTarget
  flush(): Promise<void>
  shutdown(): Promise<void>
  /** The processor leaves its exporter open when its last export fails. */
  close(): Promise<void>
}

const MAX_SPANS_PER_EXPORT = 512

/** What sends spans to our endpoint. */
export async function startOwnTraces(options: OwnTracesOptions): Promise<OwnTraces> {
  const [{ OTLPTraceExporter }, traces] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-grpc'),
    import('@opentelemetry/sdk-trace'),
  ])
  const { resource, gate, spanQueue } = options
  const exporter = createReconnectingExporter((attempt) => new OTLPTraceExporter(options.toExporterConfig(attempt)))
  const batches = new traces.BatchSpanProcessor({
    exporter: watchSpanExporter(exporter, gate, spanQueue.settle),
    maxQueueSize: MAX_QUEUED_SPANS,
    maxExportBatchSize: MAX_SPANS_PER_EXPORT,
    scheduledDelayMillis: options.delay,
  })
  const processor = spanQueue.watchProcessor(batches)
  return {
    target: { resource, processor, ids: new traces.RandomIdGenerator() },
    flush: () => processor.forceFlush(),
    shutdown: () => processor.shutdown(),
    close: () => exporter.current.shutdown(),
  }
}
