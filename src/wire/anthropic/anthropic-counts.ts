import { readObject, type JsonObject } from '../../core/json.ts'
import { createCounts, type TokenCounts } from '../../core/records/usage.ts'
import { readCacheLifetimes } from '../reading/cache-counts.ts'
import { readTokenCount, sumKnown } from '../reading/token-count.ts'

export const CACHE_KEYS = ['cache_read_input_tokens', 'cache_creation_input_tokens'] as const
export const PROMPT_KEYS = ['input_tokens', ...CACHE_KEYS] as const

/** Counts of one usage object, of a whole answer or of one pass. */
export function readAnthropicCounts(raw: JsonObject): TokenCounts {
  const lifetimes = raw['cache_creation']
  const told = readTokenCount(raw['cache_creation_input_tokens'])
  const cacheWriteByLifetime = readCacheLifetimes(lifetimes, told)
  const written = told ?? sumKnown(Object.values(cacheWriteByLifetime))
  const output = readTokenCount(raw['output_tokens'])
  return createCounts({
    input: isCacheInside(raw, output)
      ? readTokenCount(raw['input_tokens'])
      : promptTokens({ ...raw, cache_creation_input_tokens: written }),
    output,
    cacheRead: readTokenCount(raw['cache_read_input_tokens']),
    cacheWrite: written,
    cacheWriteByLifetime,
    reasoning: readTokenCount(readObject(raw['output_tokens_details'])['thinking_tokens']),
  })
}

/** Gateways that count the cache as part of `input_tokens` give themselves away by their total; Anthropic sends none. */
function isCacheInside(raw: JsonObject, output: number | null): boolean {
  const input = readTokenCount(raw['input_tokens'])
  const total = readTokenCount(raw['total_tokens'])
  return input !== null && output !== null && total === input + output
}

/** Everything the prompt held: Anthropic counts the cache beside the rest. */
export function promptTokens(raw: JsonObject): number | null {
  return sumKnown(PROMPT_KEYS.map((key) => readTokenCount(raw[key])))
}
