import type { Completion, Prompt } from '../core/records/conversation.ts'
import type { TokenCounts } from '../core/records/usage.ts'
import { findModelFamily } from './families/model-families.ts'
import { toCountableCompletion, toCountablePrompt, type Countable, type Side } from './prompt/countable.ts'
import {
  learnCorrection,
  NO_CORRECTION,
  toQuantile,
  toRatio,
  type Correction,
  type Observation,
  type Subject,
} from './learned-correction.ts'
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
  /** Reported tokens for one estimated token, median. */
  readonly factor: number
}

export interface Calibration {
  observe(subject: Subject, estimated: number, reported: number): void
  /** The estimate as corrected by what was learned; the same until there are enough observations. */
  correct(subject: Subject, estimated: number): number
  /** Keyed by model. */
  readonly accuracy: Readonly<Record<string, Readonly<Partial<Record<Side, Accuracy>>>>>
}

/** Models, each with an API, beyond these are not observed. */
export const MAX_MODELS = 200
const MAX_MODEL_LENGTH = 256
/** Observations kept of each subject; the newest replaces the oldest. */
export const MAX_OBSERVATIONS = 100

interface Window {
  readonly subject: Subject
  readonly observations: Observation[]
  seen: number
  correction: Correction
}

export function createCalibration(): Calibration {
  const models = new Map<string, Map<string, Window>>()
  const find = (subject: Subject) => models.get(toModelKey(subject))?.get(toKindKey(subject))

  function open(subject: Subject): Window | undefined {
    const known = models.get(toModelKey(subject))
    if (!known && (models.size >= MAX_MODELS || subject.model.length > MAX_MODEL_LENGTH)) return undefined
    const window: Window = { subject, observations: [], seen: 0, correction: NO_CORRECTION }
    if (known) known.set(toKindKey(subject), window)
    else models.set(toModelKey(subject), new Map([[toKindKey(subject), window]]))
    return window
  }

  return {
    observe(subject, estimated, reported) {
      if (!(estimated > 0) || !(reported > 0)) return
      const window = find(subject) ?? open(subject)
      if (!window) return
      window.observations[window.seen++ % MAX_OBSERVATIONS] = { estimated, reported }
      window.correction = learnCorrection(window.observations)
    },
    correct: (subject, estimated) => (find(subject)?.correction ?? NO_CORRECTION)(estimated),
    get accuracy() {
      const found = new Map<string, Partial<Record<Side, Observation[]>>>()
      for (const window of [...models.values()].flatMap((kinds) => [...kinds.values()])) {
        const { model, side } = window.subject
        const sides = found.get(model) ?? {}
        found.set(model, { ...sides, [side]: [...(sides[side] ?? []), ...window.observations] })
      }
      const entries = Array.from(found, ([model, sides]) => [
        model,
        Object.fromEntries(Object.entries(sides).map(([side, observations]) => [side, toAccuracy(observations)])),
      ])
      return Object.fromEntries(entries) as Calibration['accuracy']
    },
  }
}

const toModelKey = ({ model, format }: Subject) => `${format} ${model}`
const toKindKey = ({ side, hasTools }: Subject) => `${side} ${hasTools}`

function toAccuracy(observations: readonly Observation[]): Accuracy {
  const errors = observations.map(({ estimated, reported }) => Math.abs(estimated - reported) / reported)
  return {
    observations: errors.length,
    medianError: toQuantile(errors, 0.5),
    p95Error: toQuantile(errors, 0.95),
    factor: toQuantile(observations.map(toRatio), 0.5),
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
    const { side, hasTools } = countable
    const { tokens, lowerBound } = await counter.estimate(countable, context, false)
    // A prompt of which parts cannot be counted says nothing of those that can.
    if (side === 'prompt' && lowerBound) return
    calibration.observe({ model: context.model, format: context.format ?? null, side, hasTools }, tokens, reported)
  }

  const { input, output, reasoning } = counts
  // What media cost is not a matter of the vocabulary.
  const isText = prompt.messages.every((message) => message.media.length === 0)
  if (isText) await compare(toCountablePrompt(prompt), input)
  // Compared is what can be seen: reasoning may be hidden or shortened, and then its length must be told.
  const { shows } = findModelFamily(context)
  const isShortened = shows === 'summary' && completion.reasoningText !== ''
  if (reasoning === null && (shows === 'part' || isShortened)) return
  const visible = reasoning ? { ...completion, reasoningText: '', reasoningLength: 0 } : completion
  await compare(toCountableCompletion(visible), output === null ? null : output - (reasoning ?? 0))
}
