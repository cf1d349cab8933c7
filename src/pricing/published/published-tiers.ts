import { toAmount } from '../amount.ts'
import type { ServiceTier } from '../book/price-rule.ts'

/** Names under which an answer says that it was served, and is charged, as any other. */
const STANDARD = new Set(['default', 'standard', 'auto', 'on_demand', 'on-demand'])

/**
 * The published list knows standard prices only. These multipliers hold for every token price of a model; a tier that does
 * not stand here is unpriced, for a wrong price is worse than none. Keyed by the list's provider ids.
 */
const MULTIPLIERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  openai: { flex: 0.5, batch: 0.5 },
  anthropic: { batch: 0.5 },
  google: { flex: 0.5 },
  aws: { priority: 1.75 },
}

export function toPublishedTiers(providerId: string): ReadonlyMap<string, ServiceTier> {
  const multipliers = Object.hasOwn(MULTIPLIERS, providerId) ? MULTIPLIERS[providerId]! : {}
  return new Map(
    Object.entries(multipliers).map(([name, multiplier]) => [
      name,
      { multiplier: toAmount(multiplier), rates: {}, tiers: [] },
    ]),
  )
}

/** False for a tier whose price nobody publishes: its calls must not be charged at the standard price. */
export function isPricedTier(tier: string | null, tiers: ReadonlyMap<string, ServiceTier>): boolean {
  const name = tier?.trim().toLowerCase() ?? ''
  return name === '' || STANDARD.has(name) || tiers.has(name)
}
