import type { JsonObject } from '../../core/json.ts'
import { readArray, readCount, readObject, readText } from '../../core/json.ts'
import type { ImportedPrices } from './import-litellm.ts'
import { createImportedPrices } from './import-litellm.ts'
import { canonicalProvider } from '../../providers/provider-names.ts'

const MAX_MODELS = 50_000
/** The rate that openwebui-token-tracking recommends. */
const DEFAULT_CREDITS_PER_USD = 1_000

/**
 * Converts the model list of openwebui-token-tracking (`input_cost_credits` for `per_input_tokens`, ...) into USD per
 * million tokens.
 */
export function importOpenWebui(data: unknown, creditsPerUsd: number = DEFAULT_CREDITS_PER_USD): ImportedPrices {
  if (!(creditsPerUsd > 0)) throw new RangeError(`expected creditsPerUsd above 0, got ${creditsPerUsd}`)
  const prices = createImportedPrices()
  const skipped: { model: string; reason: string }[] = []
  for (const [index, item] of readArray(data).entries()) {
    const fields = readObject(item)
    const model = readText(fields['id'])
    const reason =
      index < MAX_MODELS ? addModel(prices, fields, creditsPerUsd) : `is past the first ${MAX_MODELS} models`
    if (reason !== null) skipped.push({ model: model ?? `entry ${index + 1}`, reason })
  }
  return { pricing: prices.toFile(), skipped }
}

/** The reason why the model cannot be added, `null` when it was. */
function addModel(
  prices: ReturnType<typeof createImportedPrices>,
  fields: JsonObject,
  creditsPerUsd: number,
): string | null {
  const model = readText(fields['id'])
  const provider = readText(fields['provider'])
  const prompt = readPrice(fields['input_cost_credits'], fields['per_input_tokens'], creditsPerUsd)
  const completion = readPrice(fields['output_cost_credits'], fields['per_output_tokens'], creditsPerUsd)
  if (model === null || provider === null) return 'has no id or no provider'
  if (prompt === null || completion === null) return 'has no credits and tokens that make a price'
  return prices.add(canonicalProvider(provider), model, { prompt, completion }) ? null : 'is taken or reserved'
}

/** USD per million tokens of a price in credits: 3,750 credits for 1,000,000 tokens at 1,000 a dollar are 3.75. */
function creditsToUsd(credits: number, perTokens: number, creditsPerUsd: number): number {
  // Without the last binary digits, which carry the rounding of the division.
  return Number(((credits * 1e6) / (perTokens * creditsPerUsd)).toPrecision(14))
}

function readPrice(credits: unknown, tokens: unknown, creditsPerUsd: number): number | null {
  const cost = readCount(credits)
  const per = readCount(tokens)
  return cost === null || per === null || per === 0 ? null : creditsToUsd(cost, per, creditsPerUsd)
}
