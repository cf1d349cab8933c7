import type { EncodingName } from '../kernel/encodings.ts'

export interface CountJob {
  readonly encoding: EncodingName
  /** Counted each by itself and summed. */
  readonly texts: readonly string[]
}

/** Does one job at a time, off the event loop or in slices of it. */
export interface CountRunner {
  /** Gets everything ready that does not depend on the texts: thread, vocabulary. */
  prepare(encoding: EncodingName, signal: AbortSignal): Promise<void>
  /** Tokens of all texts. Rejects when `signal` aborts, and gives the job up at once. */
  run(job: CountJob, signal: AbortSignal): Promise<number>
  stop(): Promise<void>
}

export function countCharacters(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0)
}
