import { OTHER_MODELS } from '../pricing/unpriced.ts'
import type { HealthPoint } from '../sinks/otel/metrics/health-instruments.ts'
import { OTHER } from '../sinks/otel/metrics/series-limiter.ts'
import type { TrackerStats } from './tracker-stats.ts'

/** The figures of `getStats()` as the tracker's own metrics. */
export function toHealth(stats: TrackerStats): HealthPoint[] {
  const { accepted, ignored, events, rejected, failed } = stats
  const points: HealthPoint[] = []
  const add = (metric: HealthPoint['metric'], value: number, attributes: Record<string, string> = {}) =>
    points.push({ metric, value, attributes })
  for (const [state, value] of Object.entries({ accepted, ignored, events, rejected, failed })) {
    add('token_tracker_events_total', value, { state })
  }
  add('token_tracker_queue_depth', stats.queueDepth, { queue: 'interpretation' })
  for (const [sink, { delivered, dropped, waiting }] of Object.entries(stats.sinks)) {
    add('token_tracker_sink_events_total', delivered, { sink, outcome: 'delivered' })
    add('token_tracker_sink_events_total', dropped, { sink, outcome: 'dropped' })
    add('token_tracker_queue_depth', waiting, { queue: sink })
  }
  if (stats.spool) {
    add('token_tracker_spool_bytes', stats.spool.bytes)
    add('token_tracker_spool_unreadable_files', stats.spool.unreadable)
    add('token_tracker_sink_events_total', stats.spool.dropped, { sink: 'spool', outcome: 'dropped' })
  }
  for (const [model, count] of Object.entries(stats.unpriced)) {
    add('token_tracker_unpriced_total', count, { model: model === OTHER_MODELS ? OTHER : model })
  }
  for (const [source, count] of Object.entries(stats.estimation.counts)) {
    add('token_tracker_estimates_total', count, { token_source: source })
  }
  add('token_tracker_parse_failures_total', stats.parseFailures)
  add('token_tracker_faults_total', stats.faults)
  return points
}
