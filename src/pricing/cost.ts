import type { TokenCounts } from '../core/records/usage.ts'
import { readCount } from '../core/json.ts'
import type { Amount } from './amount.ts'
import { multiply, toAmount, toNumbers } from './amount.ts'
import type { PriceModifiers, PriceRule, Rates } from './book/price-rule.ts'
import { ratesFor } from './book/price-rule.ts'

/** A number of tokens, calls or pieces at one price. The lines of a side are disjoint: no token stands in two of them. */
export interface CostLine {
  readonly side: 'prompt' | 'completion' | 'request' | 'tool' | 'piece'
  /** `prompt`, `cached`, `cache_write_1h`, `reasoning`, ...; the name of the tool; `image`, `video_second`, ... */
  readonly bucket: string
  readonly quantity: number
  /** Price of one, `null` where the rule names none. */
  readonly rate: Amount | null
}

export interface Cost {
  readonly promptCost: number | null
  readonly completionCost: number | null
  /** Prices of the request, of tools and of pieces included. */
  readonly totalCost: number | null
}

/**
 * Splits a usage into lines. With 1,000 input tokens of which 400 were read from the cache, 600 stand at `prompt` and
 * 400 at `cached`. A part that exceeds what is left of its total is cut: inconsistent counts never make a charge
 * negative or double.
 */
export function toCostLines(counts: TokenCounts, rule: PriceRule, modifiers: PriceModifiers): CostLine[] {
  const input = readQuantity(counts.billedInput) ?? readQuantity(counts.input)
  const output = readQuantity(counts.billedOutput) ?? readQuantity(counts.output)
  const rates = ratesFor(rule, input, modifiers)
  const lines: CostLine[] = []
  if (input !== null) addPromptLines(lines, input, counts, rates)
  if (output !== null) addCompletionLines(lines, output, counts, rates)
  if (rule.request !== null) lines.push({ side: 'request', bucket: 'request', quantity: 1, rate: rule.request })
  addNamedLines(lines, 'tool', counts.toolCalls, rule.tools)
  addNamedLines(lines, 'piece', counts.units, rule.pieces)
  return lines
}

/** `null` where the line has no price. */
export function toLineAmount({ rate, quantity }: CostLine): Amount | null {
  if (rate === null) return null
  // Tokens and calls are whole; seconds need not be.
  return Number.isInteger(quantity) ? rate * BigInt(quantity) : multiply(rate, toAmount(quantity))
}

/**
 * Adds the lines up. A side whose total is unknown, or that holds tokens without a price, is `null`, and so is the whole:
 * unless the call is charged otherwise, by the request or by pieces, and the rule names no token price for that side.
 */
export function toCost(lines: readonly CostLine[], counts: TokenCounts, rule: PriceRule): Cost {
  const prompt = addLines(lines, 'prompt', isKnown(counts.billedInput, counts.input))
  const completion = addLines(lines, 'completion', isKnown(counts.billedOutput, counts.output))
  let others = 0n
  for (const line of lines) if (!isOfTokens(line)) others += toLineAmount(line) ?? 0n
  const isChargedOtherwise = !lines.every(isOfTokens)
  const due = (cost: Amount | null, field: string) =>
    isChargedOtherwise && rule.rates[field] === undefined ? (cost ?? 0n) : cost
  const promptDue = due(prompt, 'prompt')
  const completionDue = due(completion, 'completion')
  const { parts, sum } = toNumbers([promptDue ?? 0n, completionDue ?? 0n, others])
  return {
    promptCost: prompt === null ? null : parts[0]!,
    completionCost: completion === null ? null : parts[1]!,
    totalCost: promptDue === null || completionDue === null ? null : sum,
  }
}

function isOfTokens({ side }: CostLine): boolean {
  return side === 'prompt' || side === 'completion'
}

function addLines(lines: readonly CostLine[], side: CostLine['side'], isKnownSide: boolean): Amount | null {
  let sum: Amount | null = isKnownSide ? 0n : null
  for (const line of lines) if (line.side === side) sum = addAmounts(sum, toLineAmount(line))
  return sum
}

function isKnown(billed: number | null, processed: number | null): boolean {
  return readQuantity(billed) !== null || readQuantity(processed) !== null
}

function addAmounts(a: Amount | null, b: Amount | null): Amount | null {
  return a === null || b === null ? null : a + b
}

/** Calls and pieces that have a price. A piece may be a part of one: seconds are. */
function addNamedLines(
  lines: CostLine[],
  side: 'tool' | 'piece',
  counts: Readonly<Record<string, number>>,
  prices: ReadonlyMap<string, Amount>,
): void {
  for (const [bucket, rate] of prices) {
    const quantity = Object.hasOwn(counts, bucket) ? readCount(counts[bucket]) : null
    if (quantity) lines.push({ side, bucket, quantity, rate })
  }
}

/**
 * Cached audio and images are told twice, as what they are and as cached, and charged once: at `audio_cached` or
 * `image_cached`, else at `cached`. How much of it there is, is told; of audio it also shows where audio and cache
 * together exceed the total. Untold and without a price of its own it goes as audio, and the cache takes what is left.
 */
function addPromptLines(lines: CostLine[], input: number, counts: TokenCounts, rates: Rates): void {
  const add = createAdder(lines, 'prompt', rates['prompt'])
  const take = createTaker(input)
  const cacheRead = readQuantity(counts.cacheRead) ?? 0
  const audio = take(counts.audioInput)
  const image = take(counts.imageInput)
  const audioTold = Math.min(readQuantity(counts.audioCached) ?? 0, audio, cacheRead)
  const imageCached = Math.min(readQuantity(counts.imageCached) ?? 0, image, cacheRead - audioTold)
  let written = 0
  for (const [lifetime, count] of Object.entries(counts.cacheWriteByLifetime)) {
    const quantity = readQuantity(count) ?? 0
    written += quantity
    const field = `cache_write_${lifetime}`
    add(field, take(quantity), rates[field] ?? rates['cache_write'])
  }
  add('cache_write', take((readQuantity(counts.cacheWrite) ?? 0) - written), rates['cache_write'])
  const cached = take(cacheRead - audioTold - imageCached)
  const overlap = rates['audio_cached'] === undefined ? 0 : Math.min(audio, cacheRead - imageCached - cached)
  const audioCached = readQuantity(counts.audioCached) === null ? overlap : audioTold
  add('cached', cached, rates['cached'])
  add('audio_cached', audioCached, rates['audio_cached'] ?? rates['cached'])
  add('image_cached', imageCached, rates['image_cached'] ?? rates['cached'])
  add('audio_prompt', audio - audioCached, rates['audio_prompt'])
  add('image_prompt', image - imageCached, rates['image_prompt'])
  add('prompt', take(input), rates['prompt'])
}

function addCompletionLines(lines: CostLine[], output: number, counts: TokenCounts, rates: Rates): void {
  const add = createAdder(lines, 'completion', rates['completion'])
  const take = createTaker(output)
  add('audio_completion', take(counts.audioOutput), rates['audio_completion'])
  add('image_completion', take(counts.imageOutput), rates['image_completion'])
  add('reasoning', take(counts.reasoning), rates['reasoning'])
  add('completion', take(output), rates['completion'])
}

function createAdder(lines: CostLine[], side: CostLine['side'], fallback: Amount | undefined) {
  return (bucket: string, quantity: number, rate: Amount | undefined): void => {
    if (quantity > 0) lines.push({ side, bucket, quantity, rate: rate ?? fallback ?? null })
  }
}

/** Hands out parts of a total, never more than is left. */
function createTaker(total: number): (part: number | null) => number {
  let left = total
  return (part) => {
    const taken = Math.min(readQuantity(part) ?? 0, left)
    left -= taken
    return taken
  }
}

/** Tokens are whole: a fraction is rounded. Negative and infinite counts are unknown. */
export function readQuantity(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : null
}
