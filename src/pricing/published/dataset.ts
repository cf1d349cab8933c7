import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { ConditionalPrice, ModelInfo, ModelPrice, PriceCalculationResult } from '@pydantic/genai-prices'
import { readObject, readString } from '../../core/json.ts'
import { toAmount } from '../amount.ts'
import { MAX_MODEL_LENGTH, modelNames } from '../matching/model-name.ts'
import type { PriceRule, PriceTier, Rates } from '../book/price-rule.ts'
import { EMPTY_RULE } from '../book/price-rule.ts'
import { canonicalProvider, toDatasetId } from '../../providers/provider-names.ts'

/** Published prices, in USD: the last resort of a model that nobody configured. */
export interface PriceDataset {
  find(provider: string | null, models: readonly string[], timestamp: number): DatasetPrice | null
}

export interface DatasetPrice {
  readonly rule: PriceRule
  /** e.g. `genai-prices@0.1.8:openai/gpt-4o`. */
  readonly pricedBy: string
}

const PACKAGE = '@pydantic/genai-prices'
const MAX_CACHED = 2_000
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

const TOOL_PRICES: Readonly<Record<string, string>> = {
  web_searches_kcount: 'web_search',
  social_searches_kcount: 'x_search',
  storage_searches_kcount: 'file_search',
  code_executions_kcount: 'code_execution',
}

/** Imports the data (about 50 ms and 20 MB, once). @throws when the package is absent. */
export async function loadPriceDataset(): Promise<PriceDataset> {
  const { calcPrice } = await import('@pydantic/genai-prices')
  const source = `genai-prices${await readVersion()}`
  const models = new Map<string, DatasetModel | null>()
  const rules = new WeakMap<ModelPrice, PriceRule>()

  /** The data set looks through its models one by one (40-110 us), so each answer is kept, at most `MAX_CACHED`. */
  function findModel(provider: string | null, name: string): DatasetModel | null {
    const id = `${provider ?? ''}\n${name}`
    const known = models.get(id)
    if (known !== undefined) return known
    const found = callDataset(provider, name)
    const model = found && { model: found.model, pricedBy: `${source}:${found.provider.id}/${found.model.id}` }
    if (models.size >= MAX_CACHED) models.delete(models.keys().next().value!)
    models.set(id, model)
    return model
  }

  /** Asked without usage, which it would refuse when inconsistent: costs are computed here, exactly. */
  function callDataset(provider: string | null, name: string): PriceCalculationResult {
    try {
      return calcPrice({}, name, provider === null ? {} : { providerId: toDatasetId(provider) })
    } catch {
      // It throws for a row whose prices contradict each other: a price that cannot be trusted is none.
      return null
    }
  }

  function toRule(price: ModelPrice, model: ModelInfo): PriceRule | null {
    const known = rules.get(price)
    if (known) return known
    const rule = toPriceRule(price, model)
    if (rule) rules.set(price, rule)
    return rule
  }

  return {
    find(provider, names, timestamp) {
      const own = provider ? canonicalProvider(provider) : null
      for (const name of names.flatMap((model) => namesFor(model, own))) {
        const found = findModel(own, name)
        const rule = found && toRule(priceInForce(found.model, timestamp), found.model)
        if (rule) return { rule, pricedBy: found.pricedBy }
      }
      return null
    },
  }
}

interface DatasetModel {
  readonly model: ModelInfo
  readonly pricedBy: string
}

function namesFor(model: string, provider: string | null): string[] {
  if (model.length > MAX_MODEL_LENGTH) return []
  const names = modelNames(model)
  const slash = model.indexOf('/')
  const isOwn = provider !== null && slash > 0 && canonicalProvider(model.slice(0, slash)) === provider
  return isOwn ? [...names, model.slice(slash + 1)] : names
}

/**
 * Prices per million tokens become a rule. Many rows name no price at all: those say "unknown", not "free", unless the
 * name ends in `:free`. A missing completion price belongs to a model that generates nothing (embeddings).
 */
function toPriceRule(price: ModelPrice, model: ModelInfo): PriceRule | null {
  if (Object.keys(price).length === 0) {
    return model.id.endsWith(':free') ? { ...EMPTY_RULE, rates: { prompt: 0n, completion: 0n } } : null
  }
  if (price['input_mtok'] === undefined) return null
  const requests = price['requests_kcount']
  return {
    ...EMPTY_RULE,
    rates: { completion: 0n, ...toRates(price, 0) },
    request: typeof requests === 'number' ? toAmount(requests, -3) : null,
    tools: new Map(
      Object.entries(TOOL_PRICES).flatMap(([field, tool]) => {
        const calls = price[field]
        return typeof calls === 'number' ? [[tool, toAmount(calls, -3)]] : []
      }),
    ),
    tiers: toTiers(price),
  }
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
function priceInForce({ prices }: ModelInfo, timestamp: number): ModelPrice {
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

/** `@0.1.8`, or nothing where the package cannot be looked into (a bundle). */
async function readVersion(): Promise<string> {
  try {
    const entry = createRequire(import.meta.url).resolve(PACKAGE)
    const manifest: unknown = JSON.parse(await readFile(join(entry, '../../../package.json'), 'utf8'))
    const version = readString(readObject(manifest)['version'])
    return version === null ? '' : `@${version}`
  } catch {
    return ''
  }
}
