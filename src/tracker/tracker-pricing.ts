import type { TokenCounts } from '../core/usage.ts'
import { UNKNOWN_COUNTS } from '../core/usage.ts'
import type { PriceExplanation, Pricing } from '../pricing/pricing.ts'
import type { Price } from '../pricing/quote.ts'

/** What a price depends on, besides the counts. */
export interface PriceQuestion {
  /** The model that answers. */
  readonly model: string
  /** The model that is asked for: tried where the other has no price. */
  readonly requestModel?: string | null | undefined
  /** Default: told from the model. */
  readonly provider?: string | null | undefined
  readonly serviceTier?: string | null | undefined
  /** Epoch milliseconds: prices have dates. Default: now. */
  readonly timestamp?: number | undefined
  /** USD, as the provider itself reported it. */
  readonly providerCost?: number | null | undefined
}

/** The prices that a tracker works with. Counts that are left out are unknown: `{ input: 1000, output: 100 }`. */
export interface TrackerPricing {
  /** Cost of one exchange, `null` when nobody names a price. Counts a model without one as unpriced. Never rejects. */
  price(counts: Partial<TokenCounts>, question: PriceQuestion): Promise<Price | null>
  /** The same with its reasons. Counts no model as unpriced. */
  explain(
    model: string,
    counts: Partial<TokenCounts>,
    question?: Omit<PriceQuestion, 'model'>,
  ): Promise<PriceExplanation>
  /** Exchanges without a price by model: at most 500 models, the rest under `(other)`. */
  readonly unpriced: ReadonlyMap<string, number>
}

export function createTrackerPricing(pricing: Pricing): TrackerPricing {
  return {
    price: (counts, question) =>
      pricing.price({ ...UNKNOWN_COUNTS, ...counts }, { ...toQuery(question), model: question.model }),
    explain: (model, counts, question = {}) => pricing.explain(model, counts, toQuery(question)),
    unpriced: pricing.unpriced,
  }
}

function toQuery({
  requestModel = null,
  provider = null,
  serviceTier = null,
  timestamp = Date.now(),
  providerCost = null,
}: Omit<PriceQuestion, 'model'>) {
  return { requestModel, provider, serviceTier, timestamp, providerCost }
}
