import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import { addCounts, type TokenCounts } from '../core/usage.ts'
import type { Price, PriceQuery, Pricing } from '../pricing/pricing.ts'
import type { ExchangeDraft } from './exchange-draft.ts'

/** A second model inside the exchange is priced at its own rate; one part without a price leaves the whole unpriced. */
export function priceExchange(
  draft: ExchangeDraft,
  counts: TokenCounts,
  provider: string | null,
  pricing: Pricing,
  toLabel: (name: string) => string,
): MaybePromise<Price | null> {
  const query = {
    model: draft.model,
    requestModel: draft.requestModel,
    provider,
    serviceTier: draft.usage.serviceTier,
    timestamp: draft.startedAt,
    providerCost: draft.usage.providerCost,
    toLabel,
  }
  const price = pricing.quote(counts, query)
  return draft.usage.otherModels.length === 0 ? price : andThen(price, (own) => addOthers(own, draft, query, pricing))
}

async function addOthers(
  price: Price | null,
  { usage }: ExchangeDraft,
  query: PriceQuery,
  pricing: Pricing,
): Promise<Price | null> {
  if (!price) return null
  const others = await Promise.all(
    usage.otherModels.map(({ model, counts }) =>
      pricing.price(counts, { ...query, model, requestModel: null, providerCost: null }),
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
