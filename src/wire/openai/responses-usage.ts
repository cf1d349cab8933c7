import { isObject, readObject, readText, type JsonObject } from '../../core/json.ts'
import { UNKNOWN_USAGE, type ReportedUsage } from '../../core/usage.ts'
import { readProviderCost } from '../reading/provider-cost.ts'
import { readTokenCount, sumKnown } from '../reading/token-count.ts'

/**
 * `input_tokens` and `output_tokens` in the meaning of OpenAI's Responses, image and audio APIs: cache and reasoning are
 * inside. `null` when there is neither (`{type: "duration"}` of a transcription, xAI's images).
 */
export function readResponsesUsage(raw: unknown): ReportedUsage | null {
  if (!isObject(raw)) return null
  const input = readTokenCount(raw['input_tokens'])
  const output = readTokenCount(raw['output_tokens'])
  if (input === null && output === null) return null
  const inputDetails = readObject(raw['input_tokens_details'] ?? raw['input_token_details'])
  const outputDetails = readObject(raw['output_tokens_details'] ?? raw['output_token_details'])
  const lifetimes = readLifetimes(readObject(inputDetails['cache_write_tokens_details']))
  const cacheRead = readTokenCount(inputDetails['cached_tokens'])
  const cacheWrite = readTokenCount(inputDetails['cache_write_tokens']) ?? sumKnown(Object.values(lifetimes))
  return {
    ...UNKNOWN_USAGE,
    input,
    output,
    cacheRead,
    cacheWrite: cacheWrite,
    cacheWriteByLifetime: lifetimes,
    reasoning: readTokenCount(outputDetails['reasoning_tokens']),
    audioInput: readTokenCount(inputDetails['audio_tokens']),
    audioOutput: readTokenCount(outputDetails['audio_tokens']),
    imageInput: readTokenCount(inputDetails['image_tokens']),
    imageOutput: readTokenCount(outputDetails['image_tokens']),
    providerCost: readProviderCost(raw),
    serviceTier: readText(raw['service_tier']),
    raw,
  }
}

/** `{ttl_30m_tokens: 500}` says that 500 tokens were written for half an hour. */
function readLifetimes(details: JsonObject): Record<string, number> {
  const lifetimes: Record<string, number> = {}
  for (const lifetime of ['5m', '30m', '1h', '12h']) {
    const count = readTokenCount(details[`ttl_${lifetime}_tokens`])
    if (count) lifetimes[lifetime] = count
  }
  return lifetimes
}
