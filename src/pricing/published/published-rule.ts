import type { ConditionalPrice, ModelInfo, ModelPrice } from '@pydantic/genai-prices'
import { toAmount, type Amount } from '../amount.ts'
import { EMPTY_RULE, type PriceRule, type PriceTier, type Rates } from '../book/price-rule.ts'
import { toPublishedRegions, toPublishedTiers } from './published-tiers.ts'

const DAY_MS = 86_400_000

const TOKEN_PRICES: Readonly<Record<string, string>> = {
  input_mtok: 'prompt',
  output_mtok: 'completion',
  cache_read_mtok: 'cached',
  cache_write_mtok: 'cache_write',
  cache_write_5m_mtok: 'cache_write_5m',
  cache_write_1h_mtok: 'cache_write_1h',
  cache_audio_read_mtok: 'audio_cached',
  input_audio_mtok: 'audio_prompt',
  output_audio_mtok: 'audio_completion',
  input_image_mtok: 'image_prompt',
  output_image_mtok: 'image_completion',
  output_reasoning_mtok: 'reasoning',
}

/** What is charged by the piece: field of ours, and how many of it a price stands for. */
const PIECE_PRICES: Readonly<Record<string, readonly [piece: string, count: bigint]>> = {
  audio_hours: ['audio_second', 3_600n],
  input_audio_hours: ['audio_second', 3_600n],
  input_document_kpages: ['page', 1_000n],
  input_annotated_document_kpages: ['annotated_page', 1_000n],
}

const TOOL_PRICES: Readonly<Record<string, string>> = {
  web_searches_kcount: 'web_search',
  social_searches_kcount: 'x_search',
  storage_searches_kcount: 'file_search',
  code_executions_kcount: 'code_execution',
}

/**
 * Prices per million tokens become a rule. Many rows name no price at all: those say "unknown", not "free", unless the
 * name ends in `:free`. A missing completion price belongs to a model that generates nothing (embeddings).
 */
export function toPublishedRule(price: ModelPrice, model: ModelInfo, providerId: string): PriceRule | null {
  if (Object.keys(price).length === 0) {
    return model.id.endsWith(':free') ? { ...EMPTY_RULE, rates: { prompt: 0n, completion: 0n } } : null
  }
  const pieces = toPieces(price)
  if (price['input_mtok'] === undefined && pieces.size === 0) return null
  const requests = price['requests_kcount']
  const rates: Rates = price['input_mtok'] === undefined ? {} : { completion: 0n, ...toRates(price, 0) }
  return {
    ...EMPTY_RULE,
    rates,
    pieces,
    request: typeof requests === 'number' ? toAmount(requests, -3) : null,
    tools: new Map(
      Object.entries(TOOL_PRICES).flatMap(([field, tool]) => {
        const calls = price[field]
        return typeof calls === 'number' ? [[tool, toAmount(calls, -3)]] : []
      }),
    ),
    tiers: toTiers(price),
    serviceTiers: toPublishedTiers(providerId, model.id, rates),
    inferenceRegions: toPublishedRegions(providerId, model.id),
  }
}

function toPieces(price: ModelPrice): ReadonlyMap<string, Amount> {
  const pieces = Object.entries(PIECE_PRICES).flatMap(([field, [piece, count]]) => {
    const rate = price[field]
    return typeof rate === 'number' ? [[piece, toAmount(rate) / count] as const] : []
  })
  return new Map(pieces)
}

/** The prices of a request with more than `above` input tokens; 0 gives the base prices. */
function toRates(price: ModelPrice, above: number): Rates {
  const rates: Record<string, bigint> = {}
  for (const [key, field] of Object.entries(TOKEN_PRICES)) {
    const value = price[key]
    if (value === undefined) continue
    const rate =
      typeof value === 'number' ? value : (value.tiers.findLast(({ start }) => start <= above)?.price ?? value.base)
    rates[field] = toAmount(rate, -6)
  }
  return rates
}

function toTiers(price: ModelPrice): PriceTier[] {
  const tiered = Object.values(price).filter((value) => typeof value === 'object')
  const starts = new Set(tiered.flatMap(({ tiers }) => tiers.map(({ start }) => start)))
  return [...starts].toSorted((a, b) => a - b).map((above) => ({ above, rates: toRates(price, above) }))
}

/** The last period that has begun, or the last time of day that it is. */
export function priceInForce({ prices }: ModelInfo, timestamp: number): ModelPrice {
  if (!Array.isArray(prices)) return prices
  const period = prices.findLast(({ constraint }) => isInForce(constraint, timestamp)) ?? prices[0]
  return period?.prices ?? {}
}

function isInForce(constraint: ConditionalPrice['constraint'], timestamp: number): boolean {
  if (!constraint) return true
  if (constraint.type === 'start_date') return timestamp >= Date.parse(constraint.start_date)
  const start = timeOfDay(Date.parse(`1970-01-01T${constraint.start_time}`))
  const end = timeOfDay(Date.parse(`1970-01-01T${constraint.end_time}`))
  const now = timeOfDay(timestamp)
  return start <= end ? now >= start && now < end : now >= start || now < end
}

function timeOfDay(timestamp: number): number {
  return ((timestamp % DAY_MS) + DAY_MS) % DAY_MS
}
