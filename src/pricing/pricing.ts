import type { TokenCounts } from '../core/records/usage.ts'
import { createCounts } from '../core/records/usage.ts'
import { readQuantity } from './cost.ts'
import type { ConsideredPrice, ExplainedLine } from './explain.ts'
import { explainLines, explainMatches, explainOthers } from './explain.ts'
import type { PriceVariable } from './book/price-variables.ts'
import type { ResolvedPrice } from './book/price-book.ts'
import { knowsTier, type PriceModifiers } from './book/price-rule.ts'
import { createCurrentPriceBook } from './book/current-price-book.ts'
import { createPublishedSource } from './published/published-prices.ts'
import { isStandardTier } from './published/published-tiers.ts'
import { toProviderQuote, toQuote, type Price, type Quote } from './quote.ts'
import { createUnpricedModels, type ToLabel } from './unpriced.ts'
import { createUntoldTiers } from './untold-tiers.ts'

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
  readonly requestModel?: string | null
  /** Default: told by the name of the model, where it tells. */
  readonly provider?: string | null
  readonly serviceTier?: string | null
  /** Where the model was made to run, as the answer states it: `us`. */
  readonly inferenceRegion?: string | null
  /** Epoch milliseconds: prices have dates. Default: now. */
  readonly timestamp?: number
  /** USD, as the provider itself reported it. */
  readonly providerCost?: number | null
}

export interface PriceExplanation {
  /** `null` when unpriced. */
  readonly price: Price | null
  /** Bucket by bucket; empty for a cost that the provider reported. */
  readonly lines: readonly ExplainedLine[]
  /** What was looked at, in order, and why it was used or not. */
  readonly considered: readonly ConsideredPrice[]
}

export type ExplainOptions = Omit<PriceQuery, 'model'>

export interface Pricing {
  /** Cost of one exchange, `null` when nobody names a price. Counts that are not given are unknown. Never rejects. */
  price(counts: Partial<TokenCounts>, query: PriceQuery): Promise<Price | null>
  /**
   * What `quote` has to wait for: the price file is due to be looked at, or the query needs published prices that are not
   * loaded. `null` nearly always. Never throws or rejects.
   */
  ready(query: PriceQuery): Promise<void> | null
  /**
   * The same as `price`, at once and by the prices at hand. `toLabel` stands in for the option of that name where an
   * exchange alone knows what must not be shown. Never throws.
   */
  quote(counts: TokenCounts, query: PriceQuery, toLabel?: ToLabel): Price | null
  /** The same with its reasons. Counts no model as unpriced. */
  explain(model: string, counts: Partial<TokenCounts>, options?: ExplainOptions): Promise<PriceExplanation>
  /** Exchanges without a price by model: at most 500 models, the rest under `(other)`. */
  readonly unpriced: ReadonlyMap<string, number>
  /** Stops looking for changes of the file. */
  shutdown(): void
}

const DATASET_CURRENCY = 'USD'
const asItIs: ToLabel = (name) => name

/** @throws ConfigurationError for a missing or invalid file, JSON or variable, with the place of every fault. */
export function createPricing(pricingOptions: PricingOptions): Pricing {
  const { onFault, onWarning, now = Date.now, toLabel = asItIs } = pricingOptions
  const current = createCurrentPriceBook({ ...pricingOptions, now })
  const published = createPublishedSource(pricingOptions.dataset, onFault)
  const unpriced = createUnpricedModels({ onWarning, now })
  const untoldTiers = createUntoldTiers(onWarning)

  function fail(error: unknown): null {
    onFault('pricing.price', error)
    return null
  }

  function readTime({ timestamp }: PriceQuery): number {
    return timestamp !== undefined && Number.isFinite(timestamp) ? timestamp : now()
  }

  function resolve(query: PriceQuery): ResolvedPrice | null {
    return current.book.resolve(query.provider ?? null, readModels(query), readTime(query))
  }

  function needsPublished(query: PriceQuery): boolean {
    return readCost(query.providerCost) === null && resolve(query) === null
  }

  function wait(query: PriceQuery): Promise<void> | null {
    if (current.isDue()) return current.refresh().then(async () => (await wait(query)) ?? undefined)
    return published.isLoaded || !needsPublished(query) ? null : published.load()
  }

  function ready(query: PriceQuery): Promise<void> | null {
    try {
      return wait(query)
    } catch {
      // `quote` fails for the same reason, and says so.
      return null
    }
  }

  function findQuote(counts: TokenCounts, query: PriceQuery): Quote | null {
    const resolved = resolve(query)
    const modifiers = { serviceTier: query.serviceTier ?? null, inferenceRegion: query.inferenceRegion ?? null }
    const configured = resolved && toQuote(counts, modifiers, resolved, current.book.currency)
    const providerCost = readCost(query.providerCost)
    if (configured && (configured.price.totalCost !== null || providerCost === null)) {
      // The operator's word, though it may not have been meant for this tier.
      if (!isTierPriced(resolved, counts, modifiers)) untoldTiers.add(resolved.pricedBy, modifiers.serviceTier)
      return configured
    }
    if (providerCost !== null) return toProviderQuote(providerCost)
    const found = published.prices?.find(query.provider ?? null, readModels(query), readTime(query))
    if (!found || !isTierPriced(found, counts, modifiers)) return null
    const quoted = toQuote(counts, modifiers, found, DATASET_CURRENCY)
    // A price by the page says nothing of a call that counts tokens.
    return quoted.lines.length > 0 && quoted.lines.every(({ rate }) => rate === null) ? null : quoted
  }

  function quote(counts: TokenCounts, query: PriceQuery, label: ToLabel = toLabel): Price | null {
    try {
      if (!hasCounts(counts) && readCost(query.providerCost) === null) return null
      const found = findQuote(counts, query)
      if (!found) unpriced.add(query.model ?? query.requestModel ?? null, query.provider ?? null, label)
      return found?.price ?? null
    } catch (error) {
      return fail(error)
    }
  }

  async function price(given: Partial<TokenCounts>, query: PriceQuery): Promise<Price | null> {
    try {
      await ready(query)
      return quote(createCounts(given), query)
    } catch (error) {
      return fail(error)
    }
  }

  async function explain(
    model: string,
    given: Partial<TokenCounts>,
    options: ExplainOptions = {},
  ): Promise<PriceExplanation> {
    const query = { ...options, model }
    await ready(query)
    const found = findQuote(createCounts(given), query)
    return {
      price: found?.price ?? null,
      lines: explainLines(found?.lines ?? []),
      considered: [
        ...explainMatches(current.book, query.provider ?? null, readModels(query), readTime(query)),
        ...explainOthers(found?.price.pricedBy ?? null, readCost(query.providerCost) !== null, pricingOptions.dataset),
      ],
    }
  }

  return { price, ready, quote, explain, unpriced: unpriced.counts, shutdown: current.shutdown }
}

/** False for a tier that the rule does not know: a call at that tier has another price than the standard one. */
function isTierPriced(
  { rule }: Pick<ResolvedPrice, 'rule'>,
  { billedInput, input }: TokenCounts,
  { serviceTier }: PriceModifiers,
): boolean {
  return serviceTier === null || isStandardTier(serviceTier) || knowsTier(rule, serviceTier, billedInput ?? input)
}

/** The names to look for, the surest first. */
function readModels({ model, requestModel }: PriceQuery): string[] {
  const names = [model, requestModel].filter((name): name is string => typeof name === 'string' && name !== '')
  return names[0] === names[1] ? names.slice(0, 1) : names
}

function readCost(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null
}

/** An exchange of which nothing is known (an error) is not unpriced: there is nothing to price. */
export function hasCounts(counts: TokenCounts): boolean {
  const { input, output, billedInput, billedOutput, toolCalls, units } = counts
  const isCounted = [input, output, billedInput, billedOutput].some((count) => readQuantity(count) !== null)
  return isCounted || Object.keys(toolCalls).length + Object.keys(units).length > 0
}
