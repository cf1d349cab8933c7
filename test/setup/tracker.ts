import { loadConfig } from '../../src/config/load-config.ts'
import type { SanitisedEvent } from '../../src/core/records/event.ts'
import { createTokenTracker } from '../../src/tracker/create-tracker.ts'
import type { TokenTracker } from '../../src/tracker/tracker.ts'

export interface TestTracker {
  readonly tracker: TokenTracker
  /** Every event made so far, in order of arrival. */
  readonly events: SanitisedEvent[]
  /** Waits until `count` events are there; fails after half a minute. */
  waitForEvents(count: number): Promise<SanitisedEvent[]>
}

/** A tracker of its own, with nothing from the environment, that keeps its events in memory. */
export function createTestTracker(variables: Record<string, string> = {}): TestTracker {
  const prefixed = Object.entries(variables).map(([name, value]) => [`TOKEN_TRACKER_${name}`, value])
  const tracker = createTokenTracker(
    loadConfig({
      TOKEN_TRACKER_LOG_LEVEL: 'silent',
      TOKEN_TRACKER_FLUSH_INTERVAL: '0.02',
      ...Object.fromEntries(prefixed),
    }),
  )
  const events: SanitisedEvent[] = []
  tracker.addSink({ name: 'memory', write: (batch) => void events.push(...batch) })
  return {
    tracker,
    events,
    async waitForEvents(count) {
      const deadline = performance.now() + 30_000
      while (events.length < count) {
        if (performance.now() > deadline) throw new Error(`expected ${count} events, got ${events.length}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return events
    },
  }
}
