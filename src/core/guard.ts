import type { Clock } from './clock.ts'
import { toErrorMessage } from './errors.ts'
import type { Logger } from './logger.ts'

/** Runs what may fail (hooks, counters, sinks) so that its fault stays out of the request, and reports it sparingly. */
export interface Guard {
  /** Runs `action`; on a throw reports it under `name` and answers `fallback`. */
  run<T>(name: string, action: () => T, fallback: T): T
  /** Reports a fault: at most one line a minute for each name, with the number of those held back. */
  report(name: string, error: unknown): void
  readonly faults: number
}

const REPORT_INTERVAL_MS = 60_000
/** Names are written in the code, so their number is small; the cap holds should one ever be built from input. */
const MAX_NAMES = 1_000

export function createGuard(logger: Logger, clock: Clock): Guard {
  const reported = new Map<string, { at: number; heldBack: number }>()
  let faults = 0

  function report(name: string, error: unknown): void {
    faults++
    const now = clock.elapsed()
    const last = reported.get(name)
    if (last && now - last.at < REPORT_INTERVAL_MS) {
      last.heldBack++
      return
    }
    if (reported.size >= MAX_NAMES) reported.clear()
    reported.set(name, { at: now, heldBack: 0 })
    try {
      logger.warn({ fault: name, heldBack: last?.heldBack ?? 0 }, toErrorMessage(error))
    } catch {
      // A logger that throws must not take the request with it, and there is nowhere left to say so.
    }
  }

  return {
    run(name, action, fallback) {
      try {
        return action()
      } catch (error) {
        report(name, error)
        return fallback
      }
    },
    report,
    get faults() {
      return faults
    },
  }
}
