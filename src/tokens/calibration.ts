import type { Completion, Prompt } from '../core/records/conversation.ts'
import type { TokenCounts } from '../core/records/usage.ts'
import { findModelFamily } from './model-families.ts'
import { toCountableCompletion, toCountablePrompt, type Countable, type Side } from './prompt/countable.ts'
import type { CountContext, SideCounter } from './side-counter.ts'

/** An exchange whose usage the provider reported. */
export interface ReportedExchange {
  readonly prompt: Prompt
  readonly completion: Completion
  readonly counts: TokenCounts
  readonly context: CountContext
}

/** How far estimates were from what the provider reported, over the last observations of one side of a model. */
export interface Accuracy {
  readonly observations: number
  /** Median of |estimate - reported| / reported. */
  readonly medianError: number
  /** 95th percentile of the same. */
  readonly p95Error: number
  /** Reported tokens for one estimated token. */
  readonly factor: number
}

export interface Calibration {
  observe(model: string, side: Side, estimated: number, reported: number): void
  /** What to multiply an estimate with; 1 until there are enough observations. */
  factorOf(model: string, side: Side): number
  /** Keyed by model. */
  readonly accuracy: Readonly<Record<string, Readonly<Partial<Record<Side, Accuracy>>>>>
}

/** Models beyond these are not observed. */
export const MAX_MODELS = 200
const MAX_MODEL_LENGTH = 256
/** Observations kept for each side of a model; the newest replaces the oldest. */
export const MAX_OBSERVATIONS = 100
/** Fewer say too little to correct anything. */
export const MIN_OBSERVATIONS = 20
/** A learned factor stays within these: beyond them it is not the vocabulary that differs. */
const LOWEST_FACTOR = 0.5
const HIGHEST_FACTOR = 2

interface Observation {
  readonly estimated: number
  readonly reported: number
}

interface Window {
  readonly observations: Observation[]
  seen: number
}

export function createCalibration(): Calibration {
  const models = new Map<string, Record<Side, Window>>()

  return {
    observe(model, side, estimated, reported) {
      if (!(estimated > 0) || !(reported > 0) || model.length > MAX_MODEL_LENGTH) return
      let sides = models.get(model)
      if (!sides) {
        if (models.size >= MAX_MODELS) return
        sides = { prompt: { observations: [], seen: 0 }, completion: { observations: [], seen: 0 } }
        models.set(model, sides)
      }
      const window = sides[side]
      window.observations[window.seen++ % MAX_OBSERVATIONS] = { estimated, reported }
    },
    factorOf(model, side) {
      const observations = models.get(model)?.[side].observations ?? []
      if (observations.length < MIN_OBSERVATIONS) return 1
      return Math.min(HIGHEST_FACTOR, Math.max(LOWEST_FACTOR, toFactor(observations)))
    },
    get accuracy() {
      const entries = Array.from(models, ([model, sides]) => [
        model,
        Object.fromEntries(
          Object.entries(sides)
            .filter(([, { observations }]) => observations.length > 0)
            .map(([side, { observations }]) => [side, toAccuracy(observations)]),
        ),
      ])
      return Object.fromEntries(entries) as Calibration['accuracy']
    },
  }
}

function toFactor(observations: readonly Observation[]): number {
  const estimated = observations.reduce((sum, observation) => sum + observation.estimated, 0)
  return observations.reduce((sum, observation) => sum + observation.reported, 0) / estimated
}

function toAccuracy(observations: readonly Observation[]): Accuracy {
  const errors = observations
    .map(({ estimated, reported }) => Math.abs(estimated - reported) / reported)
    .toSorted((a, b) => a - b)
  const quantile = (share: number) => errors[Math.min(errors.length - 1, Math.floor(errors.length * share))]!
  return {
    observations: errors.length,
    medianError: quantile(0.5),
    p95Error: quantile(0.95),
    factor: toFactor(observations),
  }
}

/** Estimates both sides of an exchange as if nothing had been reported, and notes how far that is off. */
export async function calibrate(
  { prompt, completion, counts, context }: ReportedExchange,
  counter: SideCounter,
  calibration: Calibration,
): Promise<void> {
  async function compare(countable: Countable, reported: number | null): Promise<void> {
    if (context.model === null || reported === null) return
    const { tokens } = await counter.estimate(countable, context, false)
    calibration.observe(context.model, countable.side, tokens, reported)
  }

  const { input, output, reasoning } = counts
  // What media cost is not a matter of the vocabulary.
  const isText = prompt.messages.every((message) => message.media.length === 0)
  if (isText) await compare(toCountablePrompt(prompt), input)
  // Compared is what can be seen: reasoning may be hidden or shortened, and then its length must be told.
  if (reasoning === null && findModelFamily(context).shows !== 'all') return
  const visible = reasoning ? { ...completion, reasoningText: '', reasoningLength: 0 } : completion
  await compare(toCountableCompletion(visible), output === null ? null : output - (reasoning ?? 0))
}
