import type { CountQueue } from '../worker/count-queue.ts'
import { countCharacters } from '../worker/count-runner.ts'
import type { EncodingName } from './encodings.ts'
import { countHeuristically, MAX_HEURISTIC_SAMPLE } from './heuristic-counter.ts'
import { MAX_EXACT_LENGTH, toSamples } from './text-windows.ts'

export interface TextsCount {
  readonly tokens: number
  /** False when the vocabulary could not be asked in time, and the scripts of the text were judged instead. */
  readonly counted: boolean
  readonly sampled: boolean
}

/** Counts texts each by itself: whole up to 4 M characters together, by samples beyond, by a guess when all is too late. */
export async function countTexts(
  queue: CountQueue,
  encoding: EncodingName,
  texts: readonly string[],
): Promise<TextsCount> {
  const length = countCharacters(texts)
  if (Number.isNaN(length)) throw new TypeError('expected texts to count, got something else')
  if (length === 0) return { tokens: 0, counted: true, sampled: false }
  const sampled = length > MAX_EXACT_LENGTH
  const chosen = sampled ? toSamples(texts.join('\n')) : texts
  const scale = sampled ? length / countCharacters(chosen) : 1
  const tokens = await queue.count({ encoding, texts: chosen })
  if (tokens !== null) return { tokens: tokens * scale, counted: true, sampled }
  const guess = chosen.reduce((sum, text) => sum + countHeuristically(text), 0)
  return { tokens: guess * scale, counted: false, sampled: sampled || length > MAX_HEURISTIC_SAMPLE }
}
