import type { TokenCounts } from '../core/records/usage.ts'
import type { Pricing } from '../pricing/pricing.ts'
import { sumPrices, type Price } from '../pricing/quote.ts'
import type { InterpretedExchange } from './interpreted-exchange.ts'
import type { MaybePromise } from './maybe-promise.ts'

/** What an exchange costs, and the part of it that each other model inside it has, priced at its own rate. */
export interface ExchangePrice {
  readonly price: Price | null
  readonly otherPrices: readonly (Price | null)[]
}

export const UNPRICED: ExchangePrice = { price: null, otherPrices: [] }

/** A promise only while prices are being loaded. */
export function priceExchange(
  exchange: InterpretedExchange,
  counts: TokenCounts,
  provider: string | null,
  pricing: Pricing,
  toLabel: (name: string) => string,
): MaybePromise<ExchangePrice> {
  const { serviceTier, inferenceRegion, providerCost, otherModels } = exchange.usage
  const { model, requestModel, startedAt: timestamp } = exchange
  const common = { provider, serviceTier, inferenceRegion, timestamp }
  const own = { ...common, model, requestModel, providerCost }
  const others = otherModels.map((other) => ({ counts: other.counts, query: { ...common, model: other.model } }))

  function quoteAll(): ExchangePrice {
    const price = pricing.quote(counts, own, toLabel)
    if (price === null || price.pricedBy === 'provider') return { price, otherPrices: [] }
    const otherPrices = others.map((other) => pricing.quote(other.counts, other.query, toLabel))
    return { price: sumPrices(price, otherPrices), otherPrices }
  }

  const waiting = [own, ...others.map(({ query }) => query)].map(pricing.ready).filter((promise) => promise !== null)
  return waiting.length === 0 ? quoteAll() : Promise.all(waiting).then(quoteAll)
}
