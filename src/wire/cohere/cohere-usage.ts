import { isObject, readObject } from '../../core/json.ts'
import { createUsage, type ReportedUsage } from '../../core/records/usage.ts'
import { readTokenCount } from '../reading/token-count.ts'

/**
 * Cohere's `usage` (v2) or `meta` (v1, embed, rerank). `tokens` is what was processed, `billed_units` what is charged:
 * a recorded prompt of 507 tokens was charged as 12. Old answers and embeddings have the billed units only.
 */
export function readCohereUsage(raw: unknown): ReportedUsage | null {
  if (!isObject(raw)) return null
  const tokens = readObject(raw['tokens'])
  const billed = readObject(raw['billed_units'])
  const billedInput = readTokenCount(billed['input_tokens'])
  const billedOutput = readTokenCount(billed['output_tokens'])
  const searches = readTokenCount(billed['search_units'])
  const input = readTokenCount(tokens['input_tokens']) ?? billedInput
  const output = readTokenCount(tokens['output_tokens']) ?? billedOutput
  const images = readTokenCount(billed['images'])
  if (input === null && output === null && searches === null && images === null) return null
  return createUsage({
    input,
    output,
    billedInput,
    billedOutput,
    cacheRead: readTokenCount(raw['cached_tokens']),
    reasoning: readTokenCount(tokens['reasoning_tokens']),
    imageInput: readTokenCount(billed['image_tokens']),
    toolCalls: searches ? { search_units: searches } : {},
    units: images ? { image: images } : {},
    raw,
  })
}
