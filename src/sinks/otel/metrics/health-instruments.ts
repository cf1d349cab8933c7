import type { BatchObservableCallback, Meter } from '@opentelemetry/api'

/** One figure of the tracker's own health at this moment. */
export interface HealthPoint {
  readonly metric: HealthMetric
  readonly value: number
  readonly attributes: Readonly<Record<string, string>>
}

/** Counters end in `_total`; what does not is a gauge. */
const METRICS = {
  token_tracker_events_total: 'Exchanges and manual entries, by what became of them',
  token_tracker_sink_events_total: 'Events by sink and outcome',
  token_tracker_queue_depth: 'Events that wait, before interpretation and for each sink',
  token_tracker_spool_bytes: 'Size of the spool on disk',
  token_tracker_spool_unreadable_files: 'Files of ended processes that could not be taken over at the last attempt',
  token_tracker_unpriced_total: 'Exchanges without a price, by model',
  token_tracker_estimates_total: 'Counts that no provider reported, by how they were made',
  token_tracker_parse_failures_total: 'Response messages that could not be read',
  token_tracker_faults_total: 'Faults that were kept out of requests',
} as const

export type HealthMetric = keyof typeof METRICS

/**
 * Reports the health of the tracker at every export, until what it returns is called. `tracker` tells the trackers of one
 * process apart: in the SDK of a host they share their instruments, and would overwrite each other.
 */
export function createHealthInstruments(
  meter: Meter,
  tracker: string,
  readHealth: () => readonly HealthPoint[],
): () => void {
  const instruments = Object.entries(METRICS).map(([name, description]) =>
    name.endsWith('_total')
      ? meter.createObservableCounter(name, { description })
      : meter.createObservableGauge(name, { description }),
  )
  const byName = new Map(Object.keys(METRICS).map((name, index) => [name, instruments[index]]))
  const report: BatchObservableCallback = (result) => {
    for (const { metric, value, attributes } of readHealth()) {
      const instrument = byName.get(metric)
      if (instrument) result.observe(instrument, value, { ...attributes, tracker })
    }
  }
  meter.addBatchObservableCallback(report, instruments)
  return () => meter.removeBatchObservableCallback(report, instruments)
}
