import { createLineWriter } from './line-writer.ts'
import { getShared } from './registry.ts'

/** Standard output, as one tracker sees it. */
export interface StandardOutput {
  write(line: string): void
  /** Resolves when everything has been written, or nobody reads it. */
  flush(): Promise<void>
  /** Lines of this tracker that were lost because nobody read fast enough. */
  readonly dropped: number
}

const WARNING =
  'token-tracker: standard output is not read, or not fast enough. Lines are dropped, and counted in ' +
  'getStats().sinks.console; with TOKEN_TRACKER_LOG_LEVEL=WARN events are not printed.\n'

export function createStandardOutput(): StandardOutput {
  // One for all trackers of the process: a line that was written in part must come to its end before another begins.
  const writer = getShared('standard-output', () => createLineWriter(1))
  let dropped = 0
  return {
    write(line) {
      if (writer.write(line)) return
      dropped++
      getShared('standard-output-warning', () => createLineWriter(2).write(WARNING))
    },
    flush: writer.flush,
    get dropped() {
      return dropped
    },
  }
}
