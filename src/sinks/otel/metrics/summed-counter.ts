import type { Counter } from '@opentelemetry/api'

import type { SeriesAttributes } from './series-limiter.ts'

/** Adds up what one turn brings to a series, told by the identity of its attributes. */
export interface SummedCounter {
  add(value: number, attributes: SeriesAttributes): void
  /** Hands the sums on. */
  commit(): void
}

/** The SDK sorts and serialises the attributes at every call: one for each series and turn instead of one for each event. */
export function createSummedCounter(counter: Counter): SummedCounter {
  const sums = new Map<SeriesAttributes, number>()
  return {
    add(value, attributes) {
      sums.set(attributes, (sums.get(attributes) ?? 0) + value)
    },
    commit() {
      for (const [attributes, sum] of sums) {
        sums.delete(attributes)
        counter.add(sum, attributes)
      }
    },
  }
}
