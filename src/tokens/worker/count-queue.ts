import type { EncodingName } from '../vocabularies/vocabulary.ts'

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

export interface CountQueueOptions {
  readonly runner: CountRunner
  /** Longest time in milliseconds that a job may wait, and that it may run. */
  readonly deadlineMs: number
  onFault(error: unknown): void
}

export interface CountQueueStats {
  /** Jobs given up at the deadline. */
  readonly overdue: number
  /** Jobs refused because too much was waiting. */
  readonly refused: number
}

export interface CountQueue {
  /** Tokens of all texts of the job; `null` when they could not be counted in time. Never rejects. */
  count(job: CountJob): Promise<number | null>
  readonly stats: CountQueueStats
  /** Answers `null` to all that waits, and stops the runner. */
  shutdown(): Promise<void>
}

export const MAX_WAITING_JOBS = 1_000
export const MAX_WAITING_CHARACTERS = 32 * 1024 * 1024
/** A thread that starts and a vocabulary that loads take 0.3 s; a busy machine may need longer. */
const PREPARE_DEADLINE_MS = 10_000

interface Entry {
  readonly job: CountJob
  readonly characters: number
  readonly since: number
  resolve(tokens: number | null): void
}

/** A timer may fire so much before its time. */
const TIMER_SLACK_MS = 1

/** One job after the other, first come first served: several at once would only share the same processor. */
export function createCountQueue({ runner, deadlineMs, onFault }: CountQueueOptions): CountQueue {
  const waiting: Entry[] = []
  let characters = 0
  let overdue = 0
  let refused = 0
  let closed = false
  let running: AbortController | null = null
  let worked: Promise<void> | null = null

  async function work(): Promise<void> {
    for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
      entry.resolve(await attempt(entry))
      characters -= entry.characters
    }
    worked = null
  }

  async function attempt({ job, since }: Entry): Promise<number | null> {
    if (closed) return null
    if (performance.now() - since >= deadlineMs - TIMER_SLACK_MS) {
      overdue++
      return null
    }
    try {
      await within(PREPARE_DEADLINE_MS, (signal) => runner.prepare(job.encoding, signal))
      return await within(deadlineMs, (signal) => runner.run(job, signal))
    } catch (error) {
      if (!closed) onFault(error)
      return null
    }
  }

  async function within<T>(milliseconds: number, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController()
    running = controller
    const timer = setTimeout(() => {
      overdue++
      controller.abort(new Error(`counting was given up after ${milliseconds} ms`))
    }, milliseconds)
    try {
      return await action(controller.signal)
    } finally {
      clearTimeout(timer)
      running = null
    }
  }

  return {
    async count(job) {
      const size = countCharacters(job.texts)
      if (closed || waiting.length >= MAX_WAITING_JOBS || characters + size > MAX_WAITING_CHARACTERS) {
        refused++
        return null
      }
      characters += size
      const counted = new Promise<number | null>((resolve) => {
        waiting.push({ job, characters: size, since: performance.now(), resolve })
      })
      worked ??= work()
      return counted
    },
    get stats() {
      return { overdue, refused }
    },
    async shutdown() {
      closed = true
      running?.abort(new Error('counting ends with the tracker'))
      await worked
      await runner.stop()
    },
  }
}

export function countCharacters(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0)
}
