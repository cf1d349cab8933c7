import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { SpanExporter } from '@opentelemetry/sdk-trace'

import type { Acknowledgements } from './acknowledgements.ts'
import type { ReconnectingExporter } from './reconnecting-exporter.ts'

/** Once closed, no further export starts: a call in flight holds the process until its own deadline. */
export interface ExportGate {
  closed: boolean
}

/** Learns what became of each export, which the periodic reader keeps to itself. */
export function watchMetricExporter(
  exporter: ReconnectingExporter<PushMetricExporter>,
  gate: ExportGate,
  acknowledgements: Acknowledgements,
  onFault: (error: unknown) => void,
): PushMetricExporter {
  const { current } = exporter
  const send = watchExport<ResourceMetrics>(exporter, gate, (_metrics, error) => {
    if (error !== null) onFault(error)
  })
  return {
    export(metrics, done) {
      const collection = acknowledgements.current
      collection.send(countPoints(metrics))
      send(metrics, (result) => {
        collection.settle(result.code === SUCCESS)
        done(result)
      })
    },
    // The reader calls it behind the last export of a flush.
    forceFlush() {
      acknowledgements.end()
      return exporter.current.forceFlush()
    },
    shutdown: () => exporter.current.shutdown(),
    // The exporter reads the host's preference for delta or cumulative sums from its variables.
    ...(current.selectAggregation && { selectAggregation: current.selectAggregation.bind(current) }),
    ...(current.selectAggregationTemporality && {
      selectAggregationTemporality: current.selectAggregationTemporality.bind(current),
    }),
  }
}

/** Learns what became of each batch of spans; `error` is null when the collector took them. */
export function watchSpanExporter(
  exporter: ReconnectingExporter<SpanExporter>,
  gate: ExportGate,
  onSettled: (count: number, error: unknown) => void,
): SpanExporter {
  return {
    export: watchExport(exporter, gate, (spans, error) => onSettled(spans.length, error)),
    forceFlush: () => exporter.current.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.current.shutdown(),
  }
}

function countPoints({ scopeMetrics }: ResourceMetrics): number {
  let points = 0
  for (const { metrics } of scopeMetrics) for (const { dataPoints } of metrics) points += dataPoints.length
  return points
}

type ExportResult = Parameters<Parameters<SpanExporter['export']>[1]>[0]
type Export<Batch> = (batch: Batch, done: (result: ExportResult) => void) => void

/** `ExportResultCode` of a package that only the SDK depends on. */
const SUCCESS: ExportResult['code'] = 0
const FAILED: ExportResult['code'] = 1

function watchExport<Batch>(
  exporter: ReconnectingExporter<{ export: Export<Batch> }>,
  gate: ExportGate,
  onSettled: (batch: Batch, error: unknown) => void,
): Export<Batch> {
  return (batch, done) => {
    const settle = (result: ExportResult) => {
      const succeeded = result.code === SUCCESS
      if (!succeeded && !gate.closed) exporter.reconnect()
      onSettled(batch, succeeded ? null : (result.error ?? new Error('The export failed without a reason.')))
      done(result)
    }
    if (gate.closed) settle({ code: FAILED, error: new Error('The time to shut down was over before the export.') })
    else exporter.current.export(batch, settle)
  }
}
