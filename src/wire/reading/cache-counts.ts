import { isObject, readArray, readObject, readText, type JsonObject } from '../../core/json.ts'
import type { TokenCounts } from '../../core/records/usage.ts'
import { firstTokenCount, readTokenCount, sumKnown } from './token-count.ts'

/** No honest usage tells of more lifetimes. */
const MAX_LIFETIMES = 8
/** `ephemeral_5m_input_tokens` (Anthropic, LiteLLM, DashScope), `ttl_30m_tokens` (OpenAI). */
const LIFETIME_KEY = /^(?:ephemeral|ttl)_(\d{1,3}[mhd])_(?:input_)?tokens$/
const LIFETIME = /^\d{1,3}[mhd]$/

/**
 * Tokens written to the cache by how long they are kept, from an object with a key for each lifetime, or from Bedrock's
 * list of `{ttl, inputTokens}`. Never more than was written in all, where that is told: a split that came early may be
 * out of date.
 */
export function readCacheLifetimes(details: unknown, written: number | null): Record<string, number> {
  const lifetimes: Record<string, number> = {}
  let left = written ?? Number.MAX_SAFE_INTEGER
  for (const [lifetime, told] of toPairs(details)) {
    const count = Math.min(readTokenCount(told) ?? 0, left)
    if (count === 0) continue
    lifetimes[lifetime] = (lifetimes[lifetime] ?? 0) + count
    left -= count
  }
  return lifetimes
}

function toPairs(details: unknown): [lifetime: string, count: unknown][] {
  const pairs: [string, unknown][] = []
  for (const item of readArray(details).slice(0, MAX_LIFETIMES)) {
    const lifetime = isObject(item) ? readText(item['ttl']) : null
    if (lifetime !== null && LIFETIME.test(lifetime))
      pairs.push([lifetime, (item as { inputTokens?: unknown }).inputTokens])
  }
  if (!isObject(details)) return pairs
  for (const key in details) {
    const lifetime = LIFETIME_KEY.exec(key)?.[1]
    if (lifetime !== undefined && pairs.push([lifetime, details[key]]) >= MAX_LIFETIMES) break
  }
  return pairs
}

const WRITTEN_KEYS = [
  'cache_write_tokens',
  'cached_write_tokens',
  'cache_creation_tokens',
  'cache_creation_input_tokens',
]
const LIFETIME_KEYS = [
  'cache_write_tokens_details',
  'cache_creation_token_details',
  'cache_creation_tokens_details',
  'cache_creation',
]

/**
 * Cache writes of a usage of OpenAI's shape: in the details of its prompt, as LiteLLM and DashScope write them, or beside
 * its counts, as gateways leave them that put Anthropic's fields next to OpenAI's.
 */
export function readCacheWrites(
  usage: JsonObject,
  promptDetails: JsonObject,
): Pick<TokenCounts, 'cacheWrite' | 'cacheWriteByLifetime'> {
  const told = firstTokenCount(promptDetails, WRITTEN_KEYS) ?? firstTokenCount(usage, WRITTEN_KEYS)
  const details = LIFETIME_KEYS.map((key) => promptDetails[key] ?? usage[key]).find(isObject)
  const cacheWriteByLifetime = readCacheLifetimes(details, told)
  return { cacheWrite: told ?? sumKnown(Object.values(cacheWriteByLifetime)), cacheWriteByLifetime }
}

/** `cached_tokens_details: {text_tokens, audio_tokens, image_tokens}`: what the cached part of a prompt was. */
export function readCachedModalities(promptDetails: JsonObject): Pick<TokenCounts, 'audioCached' | 'imageCached'> {
  const details = readObject(promptDetails['cached_tokens_details'])
  return { audioCached: readTokenCount(details['audio_tokens']), imageCached: readTokenCount(details['image_tokens']) }
}
