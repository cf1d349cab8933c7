import type { TokenCounts } from '../core/records/usage.ts'
import type { ResolvedPrice } from './book/price-book.ts'
import { toCost, toCostLines, type Cost, type CostLine } from './cost.ts'

export interface Price extends Cost {
  readonly currency: string
  /** Source and rule, e.g. `file:openai/gpt-4`, `provider`, `genai-prices@0.1.8:openai/gpt-4o`. */
  readonly pricedBy: string
}

/** A price, and the lines that it is the sum of. */
export interface Quote {
  readonly price: Price
  readonly lines: readonly CostLine[]
}

export function toQuote(
  counts: TokenCounts,
  serviceTier: string | null,
  { rule, pricedBy }: Pick<ResolvedPrice, 'rule' | 'pricedBy'>,
  currency: string,
): Quote {
  const lines = toCostLines(counts, rule, serviceTier)
  // Spelt out: spreading the cost would double the time of a whole price.
  const { promptCost, completionCost, totalCost } = toCost(lines, counts)
  return { lines, price: { promptCost, completionCost, totalCost, currency, pricedBy } }
}

export function toProviderQuote(totalCost: number): Quote {
  const price = { promptCost: null, completionCost: null, totalCost, currency: 'USD', pricedBy: 'provider' }
  return { price, lines: [] }
}
