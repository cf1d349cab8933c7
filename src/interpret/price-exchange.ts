import type { TokenCounts } from '../core/records/usage.ts'
import type { Pricing } from '../pricing/pricing.ts'
import { toCallPrice, type CallPrice } from '../pricing/quote.ts'
import type { InterpretedExchange } from './interpreted-exchange.ts'
import type { MaybePromise } from './maybe-promise.ts'

const NO_PRICES: CallPrice['otherPrices'] = []

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
  const query = { model, requestModel, provider, serviceTier, inferenceRegion, timestamp, providerCost }
  const toOtherQuery = (name: string) => ({ model: name, provider, serviceTier, inferenceRegion, timestamp })

  function quoteAll(): CallPrice {
    const price = pricing.quote(counts, query, toLabel)
    if (price === null || otherModels.length === 0) return { price, otherPrices: NO_PRICES }
    return toCallPrice(
      price,
      otherModels.map((other) => pricing.quote(other.counts, toOtherQuery(other.model), toLabel)),
    )
  }

  const waiting = pricing.ready(query)
  const others = otherModels.map((other) => pricing.ready(toOtherQuery(other.model)))
  const isReady = waiting === null && others.every((promise) => promise === null)
  return isReady ? quoteAll() : Promise.all([waiting, ...others]).then(quoteAll)
}
