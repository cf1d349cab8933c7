import { andThen, isPromise, type MaybePromise } from '../core/maybe-promise.ts'
import type { TokenCounts } from '../core/usage.ts'
import { UNKNOWN_COUNTS } from '../core/usage.ts'
import type { Cost, CostLine } from './cost.ts'
import { readQuantity, toCost, toCostLines } from './cost.ts'
import type { ConsideredPrice, ExplainedLine } from './explain.ts'
import { explainLines, explainMatches, explainOthers } from './explain.ts'
import type { PriceRule } from './book/price-rule.ts'
import type { PriceVariable } from './book/price-variables.ts'
import { createPriceBookFile } from './book/price-book-file.ts'
import { createPublishedPrices } from './published/published-prices.ts'
import { createUnpricedModels, type ToLabel } from './unpriced.ts'

export type { PriceVariable } from './book/price-variables.ts'

export interface PricingOptions {
  /** Path of the pricing file (UTF-8), read again when it changes. */
  readonly file: string | null
  /** Parsed `TOKEN_TRACKER_PRICING_JSON`, or `null`. Wins over the file, field by field. */
  readonly json: unknown
  /** Win over both. */
  readonly variables: readonly PriceVariable[]
  /** Published prices for what nobody configured. */
  readonly dataset: 'genai-prices' | 'off'
  /** Told of what cannot be thrown, such as a bad new version of the file. */
  onFault(name: string, error: unknown): void
  /** Told of models without a price, at most once a minute, and of fields that mean nothing. */
  onWarning(message: string): void
  /** Writes the names of models and providers for warnings and for `unpriced`. Default: as they are. */
  readonly toLabel?: ToLabel
  /** Epoch milliseconds. Default: the system clock. */
  now?(): number
}

export interface PriceQuery {
  /** The model that answered. */
  readonly model: string | null
  /** The model that was asked for: tried where the other has no price. */
  readonly requestModel: string | null
  readonly provider: string | null
  readonly serviceTier: string | null
  /** Epoch milliseconds: prices have dates. */
  readonly timestamp: number
  /** USD, as the provider itself reported it. */
  readonly providerCost: number | null
  /** In place of the option of the same name, where this exchange alone knows what must not be shown. */
  readonly toLabel?: (name: string) => string
}

export interface Price extends Cost {
  readonly currency: string
  /** Source and rule, e.g. `file:openai/gpt-4`, `provider`, `genai-prices@0.1.8:openai/gpt-4o`. */
  readonly pricedBy: string
}

export interface PriceExplanation {
  /** `null` when unpriced. */
  readonly price: Price | null
  /** Bucket by bucket; empty for a cost that the provider reported. */
  readonly lines: readonly ExplainedLine[]
  /** What was looked at, in order, and why it was used or not. */
  readonly considered: readonly ConsideredPrice[]
}

export type ExplainOptions = Partial<Omit<PriceQuery, 'model'>>

export interface Pricing {
  /** Cost of one exchange, `null` when nobody names a price. Counts that are not given are unknown. Never rejects. */
  price(counts: Partial<TokenCounts>, query: Pick<PriceQuery, 'model'> & ExplainOptions): Promise<Price | null>
  /** The same, without a promise where the prices are loaded: for each exchange that passes. Never throws or rejects. */
  quote(counts: TokenCounts, query: PriceQuery): MaybePromise<Price | null>
  /** The same with its reasons. Counts no model as unpriced. */
  explain(model: string, counts: Partial<TokenCounts>, options?: ExplainOptions): Promise<PriceExplanation>
  /** Exchanges without a price by model: at most 500 models, the rest under `(other)`. */
  readonly unpriced: ReadonlyMap<string, number>
  /** Stops looking for changes of the file. */
  shutdown(): void
}

const PROVIDER_CURRENCY = 'USD'
const DATASET_CURRENCY = 'USD'
const asItIs: ToLabel = (name) => name
const UNKNOWN_QUERY = { requestModel: null, provider: null, serviceTier: null, providerCost: null }

/** @throws ConfigurationError for a missing or invalid file, JSON or variable, with the place of every fault. */
export function createPricing(pricingOptions: PricingOptions): Pricing {
  const { onFault, onWarning, now = Date.now, toLabel = asItIs } = pricingOptions
  const bookFile = createPriceBookFile({ ...pricingOptions, now })
  const unpriced = createUnpricedModels({ onWarning, now })
  const published = createPublishedPrices(pricingOptions.dataset, onFault)

  function findQuote(counts: TokenCounts, query: PriceQuery): MaybePromise<Quote | null> {
    const models = readModels(query)
    const timestamp = Number.isFinite(query.timestamp) ? query.timestamp : now()
    const book = bookFile.current
    const resolved = book.resolve(query.provider, models, timestamp)
    const configured = resolved && toQuote(counts, query, resolved, book.currency)
    const providerCost = readCost(query.providerCost)
    if (configured && (configured.price.totalCost !== null || providerCost === null)) return configured
    if (providerCost !== null) return toProviderQuote(providerCost)
    return andThen(published.dataset(), (dataset) => {
      const found = dataset?.find(query.provider, models, timestamp) ?? null
      return found && toQuote(counts, query, found, DATASET_CURRENCY)
    })
  }

  function findFreshQuote(counts: TokenCounts, query: PriceQuery): MaybePromise<Quote | null> {
    return bookFile.isDue() ? bookFile.refresh().then(() => findQuote(counts, query)) : findQuote(counts, query)
  }

  function quote(counts: TokenCounts, query: PriceQuery): MaybePromise<Price | null> {
    function toPrice(found: Quote | null): Price | null {
      if (!found) unpriced.add(query.model ?? query.requestModel, query.provider, query.toLabel ?? toLabel)
      return found?.price ?? null
    }
    function fail(error: unknown): null {
      onFault('pricing.price', error)
      return null
    }
    try {
      if (!hasCounts(counts) && readCost(query.providerCost) === null) return null
      const found = findFreshQuote(counts, query)
      return isPromise(found) ? found.then(toPrice).catch(fail) : toPrice(found)
    } catch (error) {
      return fail(error)
    }
  }

  async function explain(
    model: string,
    given: Partial<TokenCounts>,
    options: ExplainOptions = {},
  ): Promise<PriceExplanation> {
    const timestamp = Number.isFinite(options.timestamp) ? options.timestamp! : now()
    const query = { ...UNKNOWN_QUERY, ...options, model, timestamp }
    const found = await findFreshQuote({ ...UNKNOWN_COUNTS, ...given }, query)
    return {
      price: found?.price ?? null,
      lines: explainLines(found?.lines ?? []),
      considered: [
        ...explainMatches(bookFile.current, query.provider, readModels(query), query.timestamp),
        ...explainOthers(found?.price.pricedBy ?? null, readCost(query.providerCost) !== null, pricingOptions.dataset),
      ],
    }
  }

  return {
    price: async (counts, query) =>
      quote({ ...UNKNOWN_COUNTS, ...counts }, { ...UNKNOWN_QUERY, timestamp: now(), ...query }),
    quote,
    explain,
    unpriced: unpriced.counts,
    shutdown: bookFile.shutdown,
  }
}

interface Quote {
  readonly price: Price
  readonly lines: readonly CostLine[]
}

function toQuote(
  counts: TokenCounts,
  query: PriceQuery,
  { rule, pricedBy }: { readonly rule: PriceRule; readonly pricedBy: string },
  currency: string,
): Quote {
  const lines = toCostLines(counts, rule, query.serviceTier)
  // Spelt out: spreading the cost would double the time of a whole price.
  const { promptCost, completionCost, totalCost } = toCost(lines, counts)
  return { lines, price: { promptCost, completionCost, totalCost, currency, pricedBy } }
}

function toProviderQuote(totalCost: number): Quote {
  const price = { promptCost: null, completionCost: null, totalCost, currency: PROVIDER_CURRENCY, pricedBy: 'provider' }
  return { price, lines: [] }
}

/** The names to look for, the surest first. */
function readModels({ model, requestModel }: PriceQuery): string[] {
  const names = [model, requestModel].filter((name): name is string => typeof name === 'string' && name !== '')
  return names[0] === names[1] ? names.slice(0, 1) : names
}

function readCost(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && value >= 0 ? value : null
}

/** An exchange of which nothing is known (an error) is not unpriced: there is nothing to price. */
function hasCounts(counts: TokenCounts): boolean {
  const { input, output, billedInput, billedOutput } = counts
  return [input, output, billedInput, billedOutput].some((count) => readQuantity(count) !== null)
}
