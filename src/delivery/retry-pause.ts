import { clearTimeout, setTimeout } from 'node:timers'
/** The time a sink is left in peace after a failure, ever longer while it goes on failing. */
export interface RetryPause {
  /** `failures`: how many there were in a row. */
  begin(failures: number): void
  /** Ends it early, without the call at its end. */
  end(): void
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000

export function createRetryPause(onEnd: () => void): RetryPause {
  let timer: NodeJS.Timeout | undefined
  return {
    begin(failures) {
      const longest = Math.min(FIRST_PAUSE_MS * 2 ** Math.max(failures - 1, 0), LONGEST_PAUSE_MS)
      // Jitter keeps the processes of a cluster from asking a recovering sink all at once.
      timer = setTimeout(onEnd, longest * (0.5 + Math.random() / 2))
      timer.unref()
    },
    end: () => clearTimeout(timer),
  }
}
