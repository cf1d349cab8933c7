import { toAmount } from '../amount.ts'
import type { ServiceTier } from '../book/price-rule.ts'

/** Names under which an answer says that it was served, and is charged, as any other. */
const STANDARD = new Set(['default', 'standard', 'auto', 'on_demand', 'on-demand'])

/**
 * The published list knows standard prices only. These multipliers are the providers' own words (pricing pages, November
 * 2026) and hold for every token price of a model; where a tier is priced model by model (OpenAI's and Google's priority)
 * or by contract (scale, provisioned throughput, Anthropic's priority) there is none. Keyed by the list's provider ids.
 */
const MULTIPLIERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  openai: { flex: 0.5, batch: 0.5 },
  azure: { batch: 0.5 },
  anthropic: { batch: 0.5 },
  google: { flex: 0.5, batch: 0.5 },
  aws: { flex: 0.5, batch: 0.5, priority: 1.75 },
  groq: { flex: 1, batch: 0.5 },
  mistral: { batch: 0.5 },
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
