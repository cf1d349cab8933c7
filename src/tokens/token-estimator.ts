import type { Completion, Prompt } from '../core/records/conversation.ts'
import { calibrate, createCalibration, type Accuracy, type ReportedExchange } from './calibration.ts'
import { createCustomCounters, type CustomCounter } from './custom-counters.ts'
import { toCountableCompletion, toCountablePrompt, type Countable } from './prompt/countable.ts'
import { createSideCounter, type CountContext, type TokenCount } from './side-counter.ts'
import { createCountQueue, type CountQueueStats, type CountRunner } from './worker/count-queue.ts'
import { createFailoverRunner } from './worker/failover-runner.ts'
import { createSliceRunner } from './worker/slice-runner.ts'
import { createThreadRunner } from './worker/thread-runner.ts'

export interface TokenEstimatorOptions {
  /** Longest time in milliseconds that a count may wait and run, a custom counter's included; then it becomes a guess. */
  deadlineMs: number
  /** Hears of counters that fail and of counts that are given up. */
  onFault(name: string, error: unknown): void
  /** `false` counts in time slices on the event loop; a URL names the worker file where a bundler has moved it. */
  workers?: boolean | URL
  /** One of how many exchanges with reported usage is estimated too, to learn how good estimates are. 0: none. Default 100. */
  calibrationInterval?: number
  /** Least time in milliseconds between two of them: a busy server has better things to do. Default 500. */
  calibrationPauseMs?: number
  /** Corrects estimates by what calibration has learned of the model, of known families too. Default `false`. */
  applyLearned?: boolean
}

export interface EstimationStats extends CountQueueStats {
  /** Counts given, by source. */
  readonly counts: Readonly<Record<'custom' | 'tiktoken' | 'estimated', number>>
  /** Counts that rest on samples. */
  readonly sampled: number
  /** By model: how far estimates (before any learned correction) were from what the provider reported. */
  readonly accuracy: Readonly<Record<string, Readonly<Partial<Record<'prompt' | 'completion', Accuracy>>>>>
}

export interface TokenEstimator {
  /**
   * Registers a counter for a model name or a pattern of names; it comes before all other ways to count. Exact names beat
   * patterns, later registrations beat earlier ones. Returns what unregisters it. Throws `TT_ERR_INVALID_ARGUMENT`.
   */
  register(model: string | RegExp, counter: CustomCounter): () => void
  /** The counts never reject. */
  countPrompt(prompt: Prompt, context: CountContext): Promise<TokenCount>
  countCompletion(completion: Completion, context: CountContext): Promise<TokenCount>
  /**
   * True for one in so many exchanges with reported usage, whose text is then wanted for `calibrate`. Never before a first
   * count was needed: where nothing is ever estimated, calibration must not be what starts the thread.
   */
  isCalibrationDue(): boolean
  /** Compares what was reported with what would have been estimated. Never rejects. */
  calibrate(exchange: ReportedExchange): Promise<void>
  stats(): EstimationStats
  /** Counts under way become guesses, and so do all later ones. */
  shutdown(): Promise<void>
}

/** The answer when even the rules fail, on records that are not what they say. */
const NOTHING_COUNTED: TokenCount = { tokens: 0, source: 'estimated', lowerBound: true, sampled: false }

export function createTokenEstimator(options: TokenEstimatorOptions): TokenEstimator {
  const { deadlineMs, calibrationInterval = 100, calibrationPauseMs = 500, applyLearned = false } = options
  const report = (name: string) => (error: unknown) => {
    try {
      options.onFault(name, error)
    } catch {
      // Whoever listens for faults must not become one: counts never reject.
    }
  }
  const runner = createRunner(options, report('counting thread'))
  const queue = createCountQueue({ runner, deadlineMs, onFault: report('token counting') })
  const counters = createCustomCounters({ deadlineMs, onFault: report('custom counter') })
  const calibration = createCalibration()
  const counter = createSideCounter({
    queue,
    counters,
    correct: (subject, estimated) => (applyLearned ? calibration.correct(subject, estimated) : estimated),
  })
  const counts = { custom: 0, tiktoken: 0, estimated: 0 }
  let sampled = 0
  let exchanges = 0
  let calibratedAt = -Infinity

  async function guarded<T>(action: () => Promise<T>, fallback: T): Promise<T> {
    try {
      return await action()
    } catch (error) {
      report('token counting')(error)
      return fallback
    }
  }

  async function count(toCountable: () => Countable, context: CountContext): Promise<TokenCount> {
    const result = await guarded(() => counter.count(toCountable(), context), NOTHING_COUNTED)
    counts[result.source]++
    if (result.sampled) sampled++
    return result
  }

  return {
    register: (model, custom) => counters.register(model, custom),
    countPrompt: (prompt, context) => count(() => toCountablePrompt(prompt), context),
    countCompletion: (completion, context) => count(() => toCountableCompletion(completion), context),
    isCalibrationDue() {
      const isNeeded = counts.tiktoken + counts.estimated > 0 && calibrationInterval > 0
      if (!isNeeded || exchanges++ % calibrationInterval !== 0) return false
      const now = performance.now()
      if (now - calibratedAt < calibrationPauseMs) return false
      calibratedAt = now
      return true
    },
    calibrate: (exchange) => guarded(() => calibrate(exchange, counter, calibration), undefined),
    stats: () => ({ ...queue.stats, counts: { ...counts }, sampled, accuracy: calibration.accuracy }),
    shutdown: () => queue.shutdown(),
  }
}

/** Counting falls back to time slices where the worker file is missing, as in a bundle that did not take it along. */
function createRunner({ workers = true }: TokenEstimatorOptions, onFault: (error: unknown) => void): CountRunner {
  const slices = createSliceRunner()
  if (workers === false) return slices
  const thread = workers === true ? createThreadRunner() : createThreadRunner(workers)
  return createFailoverRunner({ first: thread, second: slices, onFault })
}
