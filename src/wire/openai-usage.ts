import { isObject, readCount, readNumber, readObject, readText, type JsonObject } from '../core/json.ts'
import { UNKNOWN_USAGE, type ReportedUsage } from '../core/usage.ts'

/**
 * The usage object of the OpenAI chat and completions APIs and of the many hosts that speak them.
 * `null` when it holds no token count at all (`{}`, `null`, cache statistics).
 *
 * `prompt_tokens` always includes the cache, even where Anthropic's exclusive fields stand beside it (LiteLLM sends both).
 */
export function readOpenAiUsage(raw: unknown): ReportedUsage | null {
  if (!isObject(raw)) return null
  const input = readCount(raw['prompt_tokens'])
  const completion = readCount(raw['completion_tokens'])
  if (input === null && completion === null) return null
  const promptDetails = readObject(raw['prompt_tokens_details'])
  const completionDetails = readObject(raw['completion_tokens_details'])
  const reasoning = readCount(completionDetails['reasoning_tokens']) ?? readCount(raw['reasoning_tokens'])
  const reasoningOutside = isReasoningOutside(raw, input, completion, reasoning)
  const output = completion !== null && reasoningOutside ? completion + (reasoning ?? 0) : completion
  return {
    ...UNKNOWN_USAGE,
    input,
    output,
    cacheRead: readCacheRead(raw, promptDetails),
    cacheWrite: readCacheWrite(raw, promptDetails),
    // Never larger than its total: LiteLLM has sent reasoning 109 of completion 102.
    reasoning: reasoning !== null && output !== null ? Math.min(reasoning, output) : reasoning,
    audioInput: readCount(promptDetails['audio_tokens']),
    audioOutput: readCount(completionDetails['audio_tokens']),
    imageInput: readCount(promptDetails['image_tokens']),
    imageOutput: readCount(completionDetails['image_tokens']),
    providerCost: readProviderCost(raw),
    serviceTier: readText(raw['service_tier']),
    raw,
  }
}

/** xAI and Perplexity report reasoning beside the completion; the total tells them from everybody else. */
function isReasoningOutside(
  raw: JsonObject,
  input: number | null,
  completion: number | null,
  reasoning: number | null,
): boolean {
  const total = readCount(raw['total_tokens'])
  if (total === null || input === null || completion === null || !reasoning) return false
  return total === input + completion + reasoning
}

function readCacheRead(raw: JsonObject, details: JsonObject): number | null {
  return (
    readCount(details['cached_tokens']) ??
    readCount(raw['prompt_cache_hit_tokens']) ??
    readCount(raw['num_cached_tokens']) ??
    readCount(raw['cached_tokens']) ??
    readCount(raw['cache_read_input_tokens'])
  )
}

function readCacheWrite(raw: JsonObject, details: JsonObject): number | null {
  return (
    readCount(details['cache_write_tokens']) ??
    readCount(details['cache_creation_tokens']) ??
    readCount(raw['cache_creation_input_tokens'])
  )
}

/** xAI counts in ticks: 10,000,000,000 of them are one US dollar. */
const TICKS_PER_USD = 1e10

function readProviderCost(raw: JsonObject): number | null {
  const ticks = readNumber(raw['cost_in_usd_ticks'])
  if (ticks !== null) return ticks / TICKS_PER_USD
  // OpenRouter. With a customer's own key `cost` is only its fee, and the upstream's price stands beside it.
  const upstream =
    raw['is_byok'] === true ? readNumber(readObject(raw['cost_details'])['upstream_inference_cost']) : null
  return upstream ?? readNumber(raw['cost'])
}
