import { isObject, readObject, readText } from '../../core/json.ts'
import { createUsage, type ReportedUsage } from '../../core/records/usage.ts'
import { readCachedModalities, readCacheWrites } from '../reading/cache-counts.ts'
import { findLeftOut, NOTHING_LEFT_OUT } from '../reading/left-out.ts'
import { readProviderCost } from '../reading/provider-cost.ts'
import { readTokenCount } from '../reading/token-count.ts'
import { readToolCalls } from '../reading/tool-calls.ts'

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
  const writes = readCacheWrites(raw, inputDetails)
  const parts = {
    reasoning: readTokenCount(outputDetails['reasoning_tokens']),
    cacheRead: readTokenCount(inputDetails['cached_tokens']),
    cacheWrite: writes.cacheWrite,
    audioInput: readTokenCount(inputDetails['audio_tokens']),
  }
  const surplus = (readTokenCount(raw['total_tokens']) ?? 0) - (input ?? NaN) - (output ?? NaN)
  const leftOut = (surplus > 0 && findLeftOut(surplus, parts)) || NOTHING_LEFT_OUT
  const cached = readCachedModalities(inputDetails)
  return createUsage({
    input: input === null ? null : input + leftOut.input,
    output: output === null ? null : output + leftOut.output,
    cacheRead: parts.cacheRead,
    audioCached: cached.audioCached,
    imageCached: cached.imageCached,
    cacheWrite: writes.cacheWrite,
    cacheWriteByLifetime: writes.cacheWriteByLifetime,
    reasoning: parts.reasoning,
    audioInput: parts.audioInput,
    audioOutput: readTokenCount(outputDetails['audio_tokens']),
    imageInput: readTokenCount(inputDetails['image_tokens']),
    imageOutput: readTokenCount(outputDetails['image_tokens']),
    providerCost: readProviderCost(raw),
    serviceTier: readText(raw['service_tier']),
    toolCalls: readToolCalls(raw),
    raw,
  })
}
