import type { TokenCounts } from '../core/records/usage.ts'
import type { Amount } from './amount.ts'
import { toNumbers } from './amount.ts'
import type { PriceRule, Rates } from './book/price-rule.ts'
import { ratesFor } from './book/price-rule.ts'

/** A number of tokens (or calls) at one price. The lines of a side are disjoint: no token stands in two of them. */
export interface CostLine {
  readonly side: 'prompt' | 'completion' | 'request' | 'tool'
  /** `prompt`, `cached`, `cache_write_1h`, `reasoning`, ...; the tool's name for a tool. */
  readonly bucket: string
  readonly quantity: number
  /** Price of one, `null` where the rule names none. */
  readonly rate: Amount | null
}

export interface Cost {
  readonly promptCost: number | null
  readonly completionCost: number | null
  /** Request and tool prices included. */
  readonly totalCost: number | null
}

/**
 * Splits a usage into lines. With 1,000 input tokens of which 400 were read from the cache, 600 stand at `prompt` and
 * 400 at `cached`. A part that exceeds what is left of its total is cut: inconsistent counts never make a charge
 * negative or double.
 */
export function toCostLines(counts: TokenCounts, rule: PriceRule, serviceTier: string | null): CostLine[] {
  const input = readQuantity(counts.billedInput) ?? readQuantity(counts.input)
  const output = readQuantity(counts.billedOutput) ?? readQuantity(counts.output)
  const rates = ratesFor(rule, input, serviceTier)
  const lines: CostLine[] = []
  if (input !== null) addPromptLines(lines, input, counts, rates)
  if (output !== null) addCompletionLines(lines, output, counts, rates)
  if (rule.request !== null) lines.push({ side: 'request', bucket: 'request', quantity: 1, rate: rule.request })
  for (const [tool, rate] of rule.tools) {
    const calls = readQuantity(Object.hasOwn(counts.toolCalls, tool) ? counts.toolCalls[tool] : null)
    if (calls) lines.push({ side: 'tool', bucket: tool, quantity: calls, rate })
  }
  return lines
}

/** Adds the lines up. A side whose total is unknown, or that holds tokens without a price, is `null`. */
export function toCost(lines: readonly CostLine[], counts: TokenCounts): Cost {
  let prompt: Amount | null = isKnown(counts.billedInput, counts.input) ? 0n : null
  let completion: Amount | null = isKnown(counts.billedOutput, counts.output) ? 0n : null
  let calls = 0n
  for (const { side, rate, quantity } of lines) {
    const amount = rate === null ? null : rate * BigInt(quantity)
    if (side === 'prompt') prompt = addAmounts(prompt, amount)
    else if (side === 'completion') completion = addAmounts(completion, amount)
    else calls += amount ?? 0n
  }
  const { parts, sum } = toNumbers([prompt ?? 0n, completion ?? 0n, calls])
  return {
    promptCost: prompt === null ? null : parts[0]!,
    completionCost: completion === null ? null : parts[1]!,
    totalCost: prompt === null || completion === null ? null : sum,
  }
}

function isKnown(billed: number | null, processed: number | null): boolean {
  return readQuantity(billed) !== null || readQuantity(processed) !== null
}

function addAmounts(a: Amount | null, b: Amount | null): Amount | null {
  return a === null || b === null ? null : a + b
}

/**
 * Cached audio is told twice, as audio and as cached, and charged once: at `audio_cached`, else at `cached`. How much of
 * it there is, is told or shows where audio and cache together exceed the total. Untold and without a price of its own it
 * goes as audio, and the cache takes what is left.
 */
function addPromptLines(lines: CostLine[], input: number, counts: TokenCounts, rates: Rates): void {
  const add = createAdder(lines, 'prompt', rates['prompt'])
  const take = createTaker(input)
  const cacheRead = readQuantity(counts.cacheRead) ?? 0
  const audio = take(counts.audioInput)
  const told = Math.min(readQuantity(counts.audioCached) ?? 0, audio, cacheRead)
  const image = take(counts.imageInput)
  let written = 0
  for (const [lifetime, count] of Object.entries(counts.cacheWriteByLifetime)) {
    const quantity = readQuantity(count) ?? 0
    written += quantity
    const field = `cache_write_${lifetime}`
    add(field, take(quantity), rates[field] ?? rates['cache_write'])
  }
  add('cache_write', take((readQuantity(counts.cacheWrite) ?? 0) - written), rates['cache_write'])
  const cached = take(cacheRead - told)
  const overlap = rates['audio_cached'] === undefined ? 0 : Math.min(audio, cacheRead - cached)
  const cachedAudio = readQuantity(counts.audioCached) === null ? overlap : told
  add('cached', cached, rates['cached'])
  add('audio_cached', cachedAudio, rates['audio_cached'] ?? rates['cached'])
  add('audio_prompt', audio - cachedAudio, rates['audio_prompt'])
  add('image_prompt', image, rates['image_prompt'])
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
