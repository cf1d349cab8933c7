import { isObject, parseJson, readArray, readCount, readNumber, readText } from '../core/json.ts'
import type { JsonObject } from '../core/json.ts'
import { createCounts } from '../core/records/usage.ts'
import { readUsageDetails } from '../core/records/usage-details.ts'
import type { TokenCounts } from '../core/records/usage.ts'
import { toAmount, toNumber } from './amount.ts'
import { hasCounts, type Pricing } from './pricing.ts'
import { toCallPrice, type CallPrice, type Price } from './quote.ts'

/** What one model of one provider cost in a log, and what it costs under other prices. */
export interface RepricedModel {
  readonly provider: string | null
  readonly model: string | null
  /** Currency of the log; events that the new prices put in another one count as unpriced after. */
  readonly currency: string
  readonly events: number
  /** Sums over the events that have a price, `null` when none has. */
  readonly before: number | null
  readonly after: number | null
  /** `after` minus `before` over the events that have both, `null` when none has. */
  readonly difference: number | null
  readonly unpricedBefore: number
  readonly unpricedAfter: number
}

export interface RepriceReport {
  /** Dearest first by what they cost now. At most 10,000 models, the rest in one row named `(other)`. */
  readonly models: readonly RepricedModel[]
  /** Lines that are not events. */
  readonly unreadable: number
}

const MAX_MODELS = 10_000
const MAX_LINE_LENGTH = 1_048_576
const OTHER = '(other)'

interface Row {
  readonly provider: string | null
  readonly model: string | null
  readonly currency: string
  events: number
  pricedBefore: number
  pricedAfter: number
  pricedBoth: number
  before: bigint
  after: bigint
  difference: bigint
}

/**
 * Prices the lines of a usage log again. Events that counted nothing (errors) are passed over. Sums are exact: a
 * million lines add no rounding.
 */
export async function reprice(
  lines: AsyncIterable<string> | Iterable<string>,
  pricing: Pick<Pricing, 'price'>,
): Promise<RepriceReport> {
  const rows = new Map<string, Row>()
  let unreadable = 0
  for await (const line of lines) {
    if (line.trim() === '') continue
    const event = line.length <= MAX_LINE_LENGTH ? parseJson(line) : undefined
    if (!isObject(event)) {
      unreadable++
      continue
    }
    const counts = readCounts(event)
    if (!hasCounts(counts)) continue
    addEvent(
      findRow(rows, event),
      readCount(event['total_cost']),
      (await priceLoggedEvent(event, pricing, counts)).price,
    )
  }
  const models = [...rows.values()].map(toRepricedModel)
  return { models: models.toSorted((a, b) => (b.after ?? 0) - (a.after ?? 0)), unreadable }
}

/** What an event costs by the prices of today, and what each other model in it costs. */
export async function priceLoggedEvent(
  event: JsonObject,
  pricing: Pick<Pricing, 'price'>,
  counts: TokenCounts = readCounts(event),
): Promise<CallPrice> {
  const common = {
    provider: readText(event['provider']),
    serviceTier: readText(event['service_tier']),
    inferenceRegion: readText(event['inference_region']),
    timestamp: (readNumber(event['timestamp']) ?? Number.NaN) * 1_000,
  }
  const own = await pricing.price(counts, {
    ...common,
    model: readText(event['model']),
    requestModel: readText(event['request_model']),
    providerCost: readCount(event['provider_cost']),
  })
  const others: (Price | null)[] = []
  for (const other of readOtherModels(event)) {
    others.push(await pricing.price(readCounts(other), { ...common, model: readText(other['model']) }))
  }
  return toCallPrice(own, others)
}

function readOtherModels(event: JsonObject): readonly JsonObject[] {
  return readArray(event['other_models']).filter(isObject)
}

/** The counts of an event, or of another model inside it. */
function readCounts(event: JsonObject): TokenCounts {
  const details = readUsageDetails(event['usage_details'])
  const imagesOfOthers = readOtherModels(event).map((other) => readCount(other['image_tokens']) ?? 0)
  const images = readCount(event['image_tokens'])
  const written = (details.imageOutput ?? 0) + imagesOfOthers.reduce((sum, count) => sum + count, 0)
  return createCounts({
    ...details,
    input: readCount(event['prompt_tokens']),
    output: readCount(event['completion_tokens']),
    cacheRead: readCount(event['cached_tokens']),
    cacheWrite: readCount(event['cache_write_tokens']),
    reasoning: readCount(event['reasoning_tokens']),
    audioInput: readCount(event['audio_prompt_tokens']),
    audioOutput: readCount(event['audio_completion_tokens']),
    imageInput: images === null ? null : Math.max(0, images - written),
  })
}

function findRow(rows: Map<string, Row>, event: JsonObject): Row {
  const provider = readText(event['provider'])
  const model = readText(event['model'])
  const currency = readText(event['currency']) ?? 'USD'
  const id = JSON.stringify([provider, model, currency])
  const known = rows.get(id)
  if (known) return known
  const isFull = rows.size >= MAX_MODELS
  const key = isFull ? OTHER + currency : id
  const row = rows.get(key) ?? createRow(isFull ? null : provider, isFull ? OTHER : model, currency)
  rows.set(key, row)
  return row
}

function createRow(provider: string | null, model: string | null, currency: string): Row {
  const sums = { before: 0n, after: 0n, difference: 0n }
  return { provider, model, currency, events: 0, pricedBefore: 0, pricedAfter: 0, pricedBoth: 0, ...sums }
}

function addEvent(row: Row, costBefore: number | null, price: Price | null): void {
  const costAfter = price?.currency === row.currency ? price.totalCost : null
  row.events++
  if (costBefore !== null) {
    row.pricedBefore++
    row.before += toAmount(costBefore)
  }
  if (costAfter !== null) {
    row.pricedAfter++
    row.after += toAmount(costAfter)
  }
  if (costBefore !== null && costAfter !== null) {
    row.pricedBoth++
    row.difference += toAmount(costAfter) - toAmount(costBefore)
  }
}

function toRepricedModel(row: Row): RepricedModel {
  const { provider, model, currency, events } = row
  return {
    provider,
    model,
    currency,
    events,
    before: row.pricedBefore > 0 ? toNumber(row.before) : null,
    after: row.pricedAfter > 0 ? toNumber(row.after) : null,
    difference: row.pricedBoth > 0 ? toNumber(row.difference) : null,
    unpricedBefore: events - row.pricedBefore,
    unpricedAfter: events - row.pricedAfter,
  }
}
