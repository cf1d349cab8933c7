import type { TokenCounts } from '../core/records/usage.ts'
import type { Pricing } from '../pricing/pricing.ts'
import { toCallPrice, type CallPrice } from '../pricing/quote.ts'
import type { InterpretedExchange } from './interpreted-exchange.ts'
import type { MaybePromise } from './maybe-promise.ts'

/** A promise only while prices are being loaded. */
export function priceExchange(
  exchange: InterpretedExchange,
  counts: TokenCounts,
  provider: string | null,
  pricing: Pricing,
  toLabel: (name: string) => string,
): MaybePromise<CallPrice> {
  const { serviceTier, inferenceRegion, providerCost, otherModels } = exchange.usage
  const { model, requestModel, startedAt: timestamp } = exchange
  const common = { provider, serviceTier, inferenceRegion, timestamp }
  const own = { ...common, model, requestModel, providerCost }
  const others = otherModels.map((other) => ({ counts: other.counts, query: { ...common, model: other.model } }))

  function quoteAll(): CallPrice {
    const price = pricing.quote(counts, own, toLabel)
    // What has no price as a whole is warned of once.
    const otherPrices = price && others.map((other) => pricing.quote(other.counts, other.query, toLabel))
    return toCallPrice(price, otherPrices ?? [])
  }

  const waiting = [own, ...others.map(({ query }) => query)].map(pricing.ready).filter((promise) => promise !== null)
  return waiting.length === 0 ? quoteAll() : Promise.all(waiting).then(quoteAll)
}
