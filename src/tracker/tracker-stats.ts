import type { UsageEvent } from '../core/records/event.ts'
import type { PipelineStats } from '../delivery/pipeline.ts'
import type { ExchangeLogStats } from './exchange-log.ts'
import type { EstimationStats } from '../tokens/token-estimator.ts'

/** Counters since the tracker was made. */
export interface TrackerStats extends PipelineStats, ExchangeLogStats {
  readonly startedAt: string
  readonly uptimeSeconds: number
  /** Tokens and cost of all events; unknown ones add nothing. */
  readonly totalTokens: number
  readonly totalCost: number
  /** Events whose status is not success. */
  readonly errors: number
  /** Response messages that were no JSON, or broken in transit. */
  readonly parseFailures: number
  /** Faults of hooks, counters and sinks that were kept out of requests. */
  readonly faults: number
  /** Texts that were dropped because redacting them failed. */
  readonly redactionFailures: number
  /** Exchanges without a price, by model. */
  readonly unpriced: Readonly<Record<string, number>>
  readonly estimation: EstimationStats
}

/** Sums over the events of one tracker. */
export interface EventTotals {
  add(event: Readonly<UsageEvent>): void
  addParseFailures(count: number): void
  readonly totals: Pick<TrackerStats, 'totalTokens' | 'totalCost' | 'errors' | 'parseFailures'>
}

export function createEventTotals(): EventTotals {
  let totalTokens = 0
  let totalCost = 0
  let errors = 0
  let parseFailures = 0
  return {
    add(event) {
      totalTokens += event.total_tokens ?? 0
      totalCost += event.total_cost ?? 0
      if (event.status !== 'success') errors++
    },
    addParseFailures(count) {
      parseFailures += count
    },
    get totals() {
      return { totalTokens, totalCost, errors, parseFailures }
    },
  }
}
