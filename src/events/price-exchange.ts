import { addCounts, type TokenCounts } from '../core/usage.ts'
import type { Price, Pricing } from '../pricing/pricing.ts'
import type { ExchangeDraft } from './exchange-draft.ts'

/** A second model inside the exchange is priced at its own rate; one part without a price leaves the whole unpriced. */
export async function priceExchange(
  draft: ExchangeDraft,
  counts: TokenCounts,
  provider: string | null,
  pricing: Pricing,
  toLabel: (name: string) => string,
): Promise<Price | null> {
  const query = {
    model: draft.model,
    requestModel: draft.requestModel,
    provider,
    serviceTier: draft.usage.serviceTier,
    timestamp: draft.startedAt,
    providerCost: draft.usage.providerCost,
    toLabel,
  }
  const price = await pricing.price(counts, query)
  if (!price || draft.usage.otherModels.length === 0) return price
  const others = await Promise.all(
    draft.usage.otherModels.map(({ model, counts: own }) =>
      pricing.price(own, { ...query, model, requestModel: null, providerCost: null }),
    ),
  )
  return others.reduce<Price | null>(addPrices, price)
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
