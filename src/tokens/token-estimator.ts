import type { Completion, Prompt } from '../core/conversation.ts'
import { createCalibration, type Accuracy } from './calibration.ts'
import { createCalibrator, type ReportedExchange } from './calibrator.ts'
import { createCountQueue, type CountQueueStats } from './worker/count-queue.ts'
import type { CountRunner } from './worker/count-runner.ts'
import { toCountableCompletion, toCountablePrompt, toCountableText, type Countable } from './prompt/countable.ts'
import type { CountContext, CustomCounter, TokenCount } from './kernel/counter.ts'
import { createThreadRunner, type Tokenizer } from './worker/counter-thread.ts'
import { createCustomCounters } from './custom-counters.ts'
import { createFailoverRunner } from './worker/failover-runner.ts'
import { createSideCounter } from './worker/side-counter.ts'
import { createSliceRunner } from './kernel/time-slices.ts'

export interface TokenEstimatorOptions {
  /** Longest time in milliseconds that a count may wait and run, a custom counter's included; then it becomes a guess. */
  deadlineMs: number
  /** Hears of counters that fail and of counts that are given up. */
  onFault(name: string, error: unknown): void
  /** `false` counts in time slices on the event loop; a URL names the worker file where a bundler has moved it. */
  workers?: boolean | URL
  /** `js-tiktoken` counts with that library's own, slow encoder, in the worker only. Default `built-in`. */
  tokenizer?: Tokenizer
  /** One of how many exchanges with reported usage is estimated too, to learn how good estimates are. 0: none. Default 100. */
  calibrationInterval?: number
  /** Corrects the estimates of models of unknown families by what calibration has learned. Default `false`. */
  applyLearnedFactors?: boolean
}

export interface EstimationStats extends CountQueueStats {
  /** Counts given, by source. */
  readonly counts: Readonly<Record<'custom' | 'tiktoken' | 'estimated', number>>
  /** Counts that rest on samples. */
  readonly sampled: number
  /** By model: how far estimates (before any learned factor) were from what the provider reported. */
  readonly accuracy: Readonly<Record<string, Readonly<Partial<Record<'prompt' | 'completion', Accuracy>>>>>
}

export interface TokenEstimator {
  /**
   * Registers a counter for a model name or a pattern of names; it comes before all other ways to count. Exact names beat
   * patterns, later registrations beat earlier ones. Returns what unregisters it. Throws `TT_ERR_INVALID_ARGUMENT`.
   */
  register(model: string | RegExp, counter: CustomCounter): () => void
  /** The counts never reject. */
  countText(text: string, context: CountContext): Promise<TokenCount>
  countPrompt(prompt: Prompt, context: CountContext): Promise<TokenCount>
  countCompletion(completion: Completion, context: CountContext): Promise<TokenCount>
  /** Compares a sample of the exchanges with what would have been estimated. Idle until a first count was needed. */
  calibrate(exchange: ReportedExchange): Promise<void>
  stats(): EstimationStats
  /** Counts under way become guesses, and so do all later ones. */
  shutdown(): Promise<void>
}

/** The answer when even the rules fail, on records that are not what they say. */
const NOTHING_COUNTED: TokenCount = { tokens: 0, source: 'estimated', lowerBound: true, sampled: false }

export function createTokenEstimator(options: TokenEstimatorOptions): TokenEstimator {
  const { deadlineMs, calibrationInterval = 100, applyLearnedFactors = false } = options
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
    factorOf: (model, side) => (applyLearnedFactors ? calibration.factorOf(model, side) : 1),
  })
  const calibrate = createCalibrator({ counter, calibration })
  const counts = { custom: 0, tiktoken: 0, estimated: 0 }
  let sampled = 0
  let exchanges = 0

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
    countText: (text, context) => count(() => toCountableText(text), context),
    countPrompt: (prompt, context) => count(() => toCountablePrompt(prompt), context),
    countCompletion: (completion, context) => count(() => toCountableCompletion(completion), context),
    async calibrate(exchange) {
      // Where nothing was ever estimated, calibration must not be what starts the thread.
      const isNeeded = counts.tiktoken + counts.estimated > 0 && calibrationInterval > 0
      if (isNeeded && exchanges++ % calibrationInterval === 0) await guarded(() => calibrate(exchange), undefined)
    },
    stats: () => ({ ...queue.stats, counts: { ...counts }, sampled, accuracy: calibration.accuracy }),
    shutdown: () => queue.shutdown(),
  }
}

/** Counting falls back to time slices where the worker file is missing, as in a bundle that did not take it along. */
function createRunner(
  { workers = true, tokenizer = 'built-in' }: TokenEstimatorOptions,
  onFault: (error: unknown) => void,
): CountRunner {
  const slices = createSliceRunner()
  if (workers === false) return slices
  return createFailoverRunner({
    first: createThreadRunner({ url: workers === true ? null : workers, tokenizer }),
    second: slices,
    onFault,
  })
}
