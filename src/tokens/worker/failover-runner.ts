import type { CountRunner } from './count-queue.ts'

export interface FailoverOptions {
  readonly first: CountRunner
  readonly second: CountRunner
  /** Called when the first runner breaks; not when a job was given up. */
  onFault(error: unknown): void
}

/** The first runner is given up for good when it fails this often in a row. */
export const MAX_FAILURES = 3

/** Does on the second runner what the first one fails at. */
export function createFailoverRunner({ first, second, onFault }: FailoverOptions): CountRunner {
  let failures = 0

  async function attempt<T>(action: (runner: CountRunner) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (failures >= MAX_FAILURES) return action(second)
    try {
      const result = await action(first)
      failures = 0
      return result
    } catch (error) {
      signal.throwIfAborted()
      failures++
      onFault(error)
      return action(second)
    }
  }

  return {
    prepare: (encoding, signal) => attempt((runner) => runner.prepare(encoding, signal), signal),
    run: (job, signal) => attempt((runner) => runner.run(job, signal), signal),
    async stop() {
      await Promise.all([first.stop(), second.stop()])
    },
  }
}
