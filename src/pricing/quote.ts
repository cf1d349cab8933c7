import { toAmount, toNumbers } from './amount.ts'
import type { TokenCounts } from '../core/records/usage.ts'
import type { ResolvedPrice } from './book/price-book.ts'
import type { PriceModifiers } from './book/price-rule.ts'
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
  modifiers: PriceModifiers,
  { rule, pricedBy }: Pick<ResolvedPrice, 'rule' | 'pricedBy'>,
  currency: string,
): Quote {
  const lines = toCostLines(counts, rule, modifiers)
  // Spelt out: spreading the cost would double the time of a whole price.
  const { promptCost, completionCost, totalCost } = toCost(lines, counts, rule)
  return { lines, price: { promptCost, completionCost, totalCost, currency, pricedBy } }
}

export function toProviderQuote(totalCost: number): Quote {
  const price = { promptCost: null, completionCost: null, totalCost, currency: 'USD', pricedBy: 'provider' }
  return { price, lines: [] }
}

/** What a call costs, and the part of it that each other model inside it has, priced at its own rate. */
export interface CallPrice {
  readonly price: Price | null
  /** In the order of the models; empty where nothing was priced. */
  readonly otherPrices: readonly (Price | null)[]
}

export const UNPRICED_CALL: CallPrice = { price: null, otherPrices: [] }

/** One part without a price leaves the whole unpriced. What a provider reports covers all of it. */
export function toCallPrice(own: Price | null, otherPrices: readonly (Price | null)[]): CallPrice {
  if (own === null || own.pricedBy === 'provider' || otherPrices.length === 0) return { price: own, otherPrices: [] }
  const parts = [own, ...otherPrices]
  const price = {
    ...own,
    promptCost: addCosts(parts.map((part) => part?.promptCost ?? null)),
    completionCost: addCosts(parts.map((part) => part?.completionCost ?? null)),
    totalCost: addCosts(parts.map((part) => part?.totalCost ?? null)),
  }
  return { price, otherPrices }
}

function addCosts(costs: readonly (number | null)[]): number | null {
  const amounts = costs.map((cost) => (cost === null ? null : toAmount(cost)))
  if (amounts.includes(null)) return null
  return toNumbers(amounts.filter((amount) => amount !== null)).sum
}
