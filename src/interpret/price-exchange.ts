import type { MaybePromise } from './maybe-promise.ts'
import { addCounts, type TokenCounts } from '../core/records/usage.ts'
import type { Pricing } from '../pricing/pricing.ts'
import type { Price } from '../pricing/quote.ts'
import type { InterpretedExchange } from './interpreted-exchange.ts'

/**
 * A second model inside the exchange is priced at its own rate; one part without a price leaves the whole unpriced. A
 * promise only while prices are being loaded.
 */
export function priceExchange(
  exchange: InterpretedExchange,
  counts: TokenCounts,
  provider: string | null,
  pricing: Pricing,
  toLabel: (name: string) => string,
): MaybePromise<Price | null> {
  const { serviceTier, providerCost, otherModels } = exchange.usage
  const { model, requestModel, startedAt: timestamp } = exchange
  const own = { model, requestModel, provider, serviceTier, timestamp, providerCost }
  const others = otherModels.map((other) => ({
    counts: other.counts,
    query: { model: other.model, provider, serviceTier, timestamp },
  }))

  function quoteAll(): Price | null {
    const price = pricing.quote(counts, own, toLabel)
    if (!price) return null
    return others.reduce<Price | null>(
      (sum, other) => addPrices(sum, pricing.quote(other.counts, other.query, toLabel)),
      price,
    )
  }

  const waiting = [own, ...others.map(({ query }) => query)].map(pricing.ready).filter((promise) => promise !== null)
  return waiting.length === 0 ? quoteAll() : Promise.all(waiting).then(quoteAll)
}

function addPrices(sum: Price | null, price: Price | null): Price | null {
  if (!sum || !price) return null
  return {
    ...sum,
    promptCost: addCounts(sum.promptCost, price.promptCost),
    completionCost: addCounts(sum.completionCost, price.completionCost),
    totalCost: addCounts(sum.totalCost, price.totalCost),
  }
}
