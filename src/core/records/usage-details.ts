import { isObject, readCount, type JsonObject } from '../json.ts'
import { createCounts, type TokenCounts } from './usage.ts'

/**
 * What a price can depend on beyond the token fields of an event, under the names that a price file has for it. Only what
 * was told is there.
 */
export interface UsageDetails {
  /** Part of `cache_write_tokens`, by lifetime: `{ "1h": 500 }`. */
  cache_write?: Record<string, number>
  /** Part of `cached_tokens` and `audio_prompt_tokens`. */
  audio_cached?: number
  /** Part of `cached_tokens` and `image_tokens`. */
  image_cached?: number
  /** Part of `completion_tokens` and `image_tokens`. */
  image_completion?: number
  /** What the provider bills where that differs from what was processed, in tokens. */
  billed_prompt?: number
  billed_completion?: number
  /** Calls of tools that are billed by the call: `{ "web_search": 2 }`. */
  tools?: Record<string, number>
  /** What is billed by the piece: `image`, `video_second`, `audio_second`, `character`, `page`. */
  per?: Record<string, number>
}

/** Fields that hold one number. */
const NUMBERS = [
  ['audio_cached', 'audioCached'],
  ['image_cached', 'imageCached'],
  ['image_completion', 'imageOutput'],
  ['billed_prompt', 'billedInput'],
  ['billed_completion', 'billedOutput'],
] as const satisfies readonly (readonly [keyof UsageDetails, keyof TokenCounts])[]

/** Fields that hold a number for each name. */
const NAMED = [
  ['cache_write', 'cacheWriteByLifetime'],
  ['tools', 'toolCalls'],
  ['per', 'units'],
] as const satisfies readonly (readonly [keyof UsageDetails, keyof TokenCounts])[]

/** `null` where the token fields of an event say all. */
export function toUsageDetails(counts: TokenCounts): UsageDetails | null {
  let details: UsageDetails | null = null
  for (const [field, count] of NUMBERS) {
    const value = counts[count]
    if (value !== null) (details ??= {})[field] = value
  }
  for (const [field, count] of NAMED) {
    // A key of these records costs nobody anything where it stands for none.
    for (const [name, value] of Object.entries(counts[count]))
      if (value > 0) ((details ??= {})[field] ??= {})[name] = value
  }
  return details
}

type DetailCounts = Pick<TokenCounts, (typeof NUMBERS)[number][1] | (typeof NAMED)[number][1]>

/** What an event tells of its details, read back. */
export function readUsageDetails(raw: unknown): DetailCounts {
  const details: JsonObject = isObject(raw) ? raw : {}
  const counts: Record<string, unknown> = {}
  for (const [field, count] of NUMBERS) counts[count] = readCount(details[field])
  for (const [field, count] of NAMED) counts[count] = readNamed(details[field])
  return createCounts({ ...counts })
}

function readNamed(raw: unknown): Record<string, number> {
  const counts = isObject(raw) ? Object.entries(raw).map(([name, value]) => [name, readCount(value)] as const) : []
  return Object.fromEntries(counts.filter((entry): entry is [string, number] => entry[1] !== null))
}
