import type { EncodingName } from './vocabularies/vocabulary.ts'
import { MAX_EXACT_LENGTH, SAMPLE_LENGTH, SAMPLES, toSamples } from './kernel/text-windows.ts'
import { countCharacters, type CountQueue } from './worker/count-queue.ts'

export interface TextsCount {
  readonly tokens: number
  /** False when the vocabulary could not be asked in time, and the scripts of the text were judged instead. */
  readonly counted: boolean
  readonly sampled: boolean
}

/** Samples of a coarse count: a thousandth of a second of work for each text, and some percent of error. */
export const COARSE_SAMPLES = 16
/** Shorter texts are not worth sampling. */
export const MAX_COARSE_LENGTH = 2 * COARSE_SAMPLES * SAMPLE_LENGTH

/**
 * Counts texts each by itself: whole up to 4 M characters together (`coarse`: 128 K), by samples beyond, by a guess when
 * all is too late.
 */
export async function countTexts(
  queue: CountQueue,
  encoding: EncodingName,
  texts: readonly string[],
  coarse: boolean,
): Promise<TextsCount> {
  const length = countCharacters(texts)
  if (Number.isNaN(length)) throw new TypeError('expected texts to count, got something else')
  if (length === 0) return { tokens: 0, counted: true, sampled: false }
  const sampled = length > (coarse ? MAX_COARSE_LENGTH : MAX_EXACT_LENGTH)
  const chosen = sampled ? toSamples(texts.join('\n'), coarse ? COARSE_SAMPLES : SAMPLES) : texts
  const scale = sampled ? length / countCharacters(chosen) : 1
  const tokens = await queue.count({ encoding, texts: chosen })
  if (tokens !== null) return { tokens: tokens * scale, counted: true, sampled }
  const guess = chosen.reduce((sum, text) => sum + countHeuristically(text), 0)
  return { tokens: guess * scale, counted: false, sampled: sampled || length > MAX_HEURISTIC_SAMPLE }
}

/** Characters looked at; a longer text is judged by that many, evenly spread. */
export const MAX_HEURISTIC_SAMPLE = 65_536

/**
 * A guess from the scripts a text is written in, for when counting is not possible in time. Tokens for each UTF-16 unit
 * are averages of o200k_base over prose.
 */
export function countHeuristically(text: string): number {
  if (text === '') return 0
  const step = Math.ceil(text.length / MAX_HEURISTIC_SAMPLE)
  let tokens = 0
  for (let at = 0; at < text.length; at += step) tokens += toWeight(text.charCodeAt(at))
  return Math.ceil((tokens / Math.ceil(text.length / step)) * text.length)
}

function toWeight(code: number): number {
  if (code < 0x80) return 0.25
  // Latin with accents, Cyrillic, Greek, Arabic, the scripts of India.
  if (code < 0x2e80) return 0.33
  // Emoji and rare signs come in pairs of units.
  if (code >= 0xd800 && code <= 0xdfff) return 1
  return 0.75
}
