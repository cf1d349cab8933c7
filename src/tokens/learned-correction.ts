import type { Side } from './prompt/countable.ts'

/** What one observation is about. Overheads belong to API and model, and tools have overheads of their own. */
export interface Subject {
  readonly model: string
  readonly format: string | null
  readonly side: Side
  readonly hasTools: boolean
}

/** One exchange whose provider reported what was estimated. */
export interface Observation {
  readonly estimated: number
  readonly reported: number
}

/** Makes an estimate a better one. */
export type Correction = (estimated: number) => number

export const NO_CORRECTION: Correction = (estimated) => estimated

/** Fewer say too little to correct anything. */
export const MIN_OBSERVATIONS = 20
/** A learned factor stays within these: beyond them it is not the vocabulary that differs. */
const LOWEST_FACTOR = 0.5
const HIGHEST_FACTOR = 2
/** What a correction must take off the median error to be worth it. */
const LEAST_GAIN = 0.01

/**
 * The correction under which the median error of the observations is least: by a factor, as where the vocabulary differs;
 * by a number of tokens, as where a vendor adds instructions of its own; or none. Both are medians, which no few outliers
 * move.
 */
export function learnCorrection(observations: readonly Observation[]): Correction {
  if (observations.length < MIN_OBSERVATIONS) return NO_CORRECTION
  const factor = Math.min(HIGHEST_FACTOR, Math.max(LOWEST_FACTOR, toQuantile(observations.map(toRatio), 0.5)))
  const offset = toQuantile(
    observations.map(({ estimated, reported }) => reported - estimated),
    0.5,
  )
  let best = NO_CORRECTION
  let least = toMedianError(observations, best) - LEAST_GAIN
  for (const candidate of [toFactorCorrection(factor), toOffsetCorrection(offset)]) {
    const error = toMedianError(observations, candidate)
    if (error < least) [best, least] = [candidate, error]
  }
  return best
}

const toFactorCorrection =
  (factor: number): Correction =>
  (estimated) =>
    Math.round(estimated * factor)

/** Nothing stays nothing, and of a short text no less than half is left. */
const toOffsetCorrection =
  (offset: number): Correction =>
  (estimated) =>
    estimated === 0 ? 0 : Math.max(Math.round(estimated * LOWEST_FACTOR), estimated + offset)

function toMedianError(observations: readonly Observation[], correct: Correction): number {
  return toQuantile(
    observations.map(({ estimated, reported }) => Math.abs(correct(estimated) - reported) / reported),
    0.5,
  )
}

export function toRatio({ estimated, reported }: Observation): number {
  return reported / estimated
}

export function toQuantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
