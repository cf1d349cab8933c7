import { isObject, readNumber, readObject, type JsonObject } from '../../core/json.ts'

/** xAI counts in ticks: 10,000,000,000 of them are one US dollar. */
const TICKS_PER_USD = 1e10

/** Cost of the call in USD as the provider's usage object states it; `null` when it does not. */
export function readProviderCost(usage: JsonObject): number | null {
  const ticks = readPrice(usage['cost_in_usd_ticks'])
  if (ticks !== null) return ticks / TICKS_PER_USD
  // OpenRouter. With a customer's own key `cost` is only its fee, and the upstream's price comes on top.
  if (usage['is_byok'] === true) {
    const upstream = readPrice(readObject(usage['cost_details'])['upstream_inference_cost'])
    if (upstream !== null) return upstream + (readPrice(usage['cost']) ?? 0)
  }
  const cost = usage['cost'] ?? usage['estimated_cost']
  // DeepInfra's `estimated_cost` is what it charges.
  if (!isObject(cost)) return readPrice(cost)
  // Perplexity itemises, in USD unless it says otherwise.
  const currency = cost['currency']
  return currency === undefined || currency === 'USD' ? readPrice(cost['total_cost']) : null
}

function readPrice(value: unknown): number | null {
  const price = readNumber(value)
  return price !== null && price >= 0 ? price : null
}
