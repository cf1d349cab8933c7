import type { CapturedExchange } from '../../src/capture/exchange.ts'
import type { CaptureOptions } from '../../src/capture/exchange-recorder.ts'
import { trackExchange } from '../../src/capture/node/track-exchange.ts'
import { systemClock } from '../../src/core/clock.ts'
import { createGuard } from '../../src/core/guard.ts'
import { createStreamDigest } from '../../src/interpret/bodies/response-digest.ts'
import type { TokenTracker } from '../../src/tracker/tracker.ts'
import { setTrackerEntries, type TrackerEntries } from '../../src/tracker/tracker-entries.ts'

export interface CaptureTracker {
  readonly tracker: TokenTracker
  /** Every record that capture handed over, in order. */
  readonly exchanges: CapturedExchange[]
  /** What the guard was told. */
  readonly faults: string[]
  /** Waits until `count` records are there, and a little longer for one too many; fails after five seconds. */
  waitForExchanges(count: number): Promise<CapturedExchange[]>
}

/** A tracker that ends where capture ends: for looking at the records themselves. */
export function createCaptureTracker(given: Partial<CaptureOptions> = {}): CaptureTracker {
  const exchanges: CapturedExchange[] = []
  const faults: string[] = []
  const warn = (fields: object, message: string) =>
    void faults.push(`${(fields as { fault: string }).fault}: ${message}`)
  const options: CaptureOptions = {
    maxBodySize: 1024 * 1024,
    clock: systemClock,
    guard: createGuard({ debug: warn, info: warn, warn, error: warn }, systemClock),
    createDigest: createStreamDigest,
    isMonitored: (method) => method === 'POST',
    onUnwatched() {},
    onEnd: (exchange) => void exchanges.push(exchange),
    ...given,
  }
  const tracker: Pick<TokenTracker, 'middleware'> = {
    middleware:
      (exchangeOptions = {}) =>
      (request, response, next) => {
        trackExchange(options, request, response, { options: exchangeOptions, request, response })
        next()
      },
  }
  const track: TrackerEntries['track'] = (request, response, source) =>
    trackExchange(options, request, response, source)
  setTrackerEntries(tracker as TokenTracker, { track } as TrackerEntries)
  return {
    tracker: tracker as TokenTracker,
    exchanges,
    faults,
    async waitForExchanges(count) {
      const deadline = performance.now() + 30_000
      while (exchanges.length < count) {
        if (performance.now() > deadline) throw new Error(`expected ${count} records, got ${exchanges.length}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
      return exchanges
    },
  }
}
