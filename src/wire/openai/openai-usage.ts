import { isObject, readObject, readText, type JsonObject } from '../../core/json.ts'
import { createUsage, type ReportedUsage } from '../../core/records/usage.ts'
import { readGeminiTier } from '../gemini/gemini-usage.ts'
import { readCachedModalities, readCacheWrites } from '../reading/cache-counts.ts'
import { findLeftOut, NOTHING_LEFT_OUT, type LeftOut, type SeparableParts } from '../reading/left-out.ts'
import { readProviderCost } from '../reading/provider-cost.ts'
import { firstTokenCount, readTokenCount } from '../reading/token-count.ts'
import { readSeconds } from '../reading/unit-count.ts'
import { readToolCalls } from '../reading/tool-calls.ts'

/**
 * The usage object of the OpenAI chat, completions and embeddings APIs and of the many hosts that speak them.
 * `null` when it holds no token count at all (`{}`, `null`, cache statistics).
 *
 * Parts are as told, even where one is larger than its total (OpenRouter: reasoning 118, output 107; Grok on Azure: cached
 * 163, prompt 7): the two totals are what the provider stands by.
 * `prompt_tokens` includes the cache, even where Anthropic's exclusive fields stand beside it (LiteLLM sends both), but
 * where the total says otherwise (Portkey).
 */
export function readOpenAiUsage(raw: unknown): ReportedUsage | null {
  if (!isObject(raw)) return null
  const sides = readSides(raw)
  if (sides === null) return null
  const { prompt, completion } = sides
  // Mistral, the Assistants API and Writer write `prompt_token_details`.
  const promptDetails = readObject(raw['prompt_tokens_details'] ?? raw['prompt_token_details'])
  const completionDetails = readObject(raw['completion_tokens_details'] ?? raw['completion_token_details'])
  const writes = readCacheWrites(raw, promptDetails)
  const parts = {
    reasoning: readTokenCount(completionDetails['reasoning_tokens']) ?? readTokenCount(raw['reasoning_tokens']),
    cacheRead: readCacheRead(raw, promptDetails),
    cacheWrite: writes.cacheWrite,
    audioInput: readTokenCount(promptDetails['audio_tokens']),
  }
  const leftOut = readLeftOut(raw, sides, parts)
  const input = prompt === null ? null : prompt + leftOut.input
  const output = completion === null ? null : completion + leftOut.output
  const cached = readCachedModalities(promptDetails)
  // Without spreads, for it is made on nearly every exchange: four of them take twelve times as long.
  return createUsage({
    input,
    output,
    cacheRead: parts.cacheRead,
    audioCached: cached.audioCached,
    imageCached: cached.imageCached,
    cacheWrite: writes.cacheWrite,
    cacheWriteByLifetime: writes.cacheWriteByLifetime,
    reasoning: parts.reasoning,
    audioInput: parts.audioInput,
    audioOutput: readTokenCount(completionDetails['audio_tokens']),
    imageInput: readTokenCount(promptDetails['image_tokens']),
    imageOutput: readTokenCount(completionDetails['image_tokens']),
    toolCalls: readToolCalls(raw),
    units: readUnits(raw),
    providerCost: readProviderCost(raw),
    serviceTier: readText(raw['service_tier']) ?? readVertexTier(raw),
    raw,
  })
}

/** Vertex's OpenAI-compatible API says there what its own says in `usageMetadata`. */
function readVertexTier(raw: JsonObject): string | null {
  const google = readObject(raw['extra_properties'])['google']
  return isObject(google) ? readGeminiTier({ trafficType: google['traffic_type'] }) : null
}

/** Mistral charges sound by its length, beside the tokens it became. */
function readUnits(raw: JsonObject): Record<string, number> {
  const seconds = readSeconds(raw['prompt_audio_seconds'])
  return seconds ? { audio_second: seconds } : {}
}

const CACHE_READ_KEYS = [
  'cached_read_tokens',
  'prompt_cache_hit_tokens',
  'num_cached_tokens',
  'cached_tokens',
  'cache_read_input_tokens',
]

/** A gateway may fill in a 0 at one place and tell the count at another. */
function readCacheRead(raw: JsonObject, promptDetails: JsonObject): number | null {
  const told = readTokenCount(promptDetails['cached_tokens']) ?? readTokenCount(promptDetails['cached_read_tokens'])
  return told || (firstTokenCount(raw, CACHE_READ_KEYS) ?? told)
}

interface Sides {
  readonly prompt: number | null
  readonly completion: number | null
}

/** Where one side is left out the total tells it: an embedding has no completion, Ollama leaves out zeros. */
function readSides(raw: JsonObject): Sides | null {
  const completion = readTokenCount(raw['completion_tokens'])
  if (isConvertedUnknown(raw)) return { prompt: null, completion }
  const prompt = readTokenCount(raw['prompt_tokens'])
  const total = readTokenCount(raw['total_tokens'])
  if (prompt === null && completion === null) return null
  return { prompt: prompt ?? difference(total, completion), completion: completion ?? difference(total, prompt) }
}

/** Open WebUI turns a prompt count that Ollama left out into 0; Ollama's own counts beside it give that away. */
function isConvertedUnknown(raw: JsonObject): boolean {
  return raw['prompt_tokens'] === 0 && 'eval_count' in raw && !raw['prompt_eval_count']
}

function difference(total: number | null, part: number | null): number | null {
  return total !== null && part !== null && total >= part ? total - part : null
}

function readLeftOut(raw: JsonObject, { prompt, completion }: Sides, parts: SeparableParts): LeftOut {
  // Perplexity's deep research leaves both out of its total too, and charges for them.
  const citations = readTokenCount(raw['citation_tokens'])
  if (citations !== null) return { input: 0, output: citations + (readTokenCount(raw['reasoning_tokens']) ?? 0) }
  if (prompt === null || completion === null) return NOTHING_LEFT_OUT
  const total = readTokenCount(raw['total_tokens'])
  if (total === null) return { input: cacheOutside(parts, prompt), output: 0 }
  const surplus = total - prompt - completion
  if (surplus <= 0) return NOTHING_LEFT_OUT
  // What Mistral's connectors put into the prompt.
  if (surplus === readTokenCount(raw['connector_tokens'])) return { input: surplus, output: 0 }
  // Gemini's OpenAI-compatible API tells nothing of its thoughts but the total. Where parts are told that do not explain
  // the total, whose tokens they are is not known.
  return findLeftOut(surplus, parts) ?? (isBare(raw) ? { input: 0, output: surplus } : NOTHING_LEFT_OUT)
}

/** A prompt that is smaller than its cached parts, and no total: the cache cannot be inside it. */
function cacheOutside({ cacheRead, cacheWrite }: SeparableParts, prompt: number): number {
  const cached = (cacheRead ?? 0) + (cacheWrite ?? 0)
  return cached > prompt ? cached : 0
}

function isBare(raw: JsonObject): boolean {
  return Object.entries(raw).every(([key, value]) => SIDE_KEYS.has(key) || !isTelling(value))
}

const SIDE_KEYS = new Set(['prompt_tokens', 'completion_tokens', 'total_tokens'])

/** Whether a value tells of tokens: a count, zero too, or details that hold some. */
function isTelling(value: unknown): boolean {
  return typeof value === 'number' || (isObject(value) && Object.values(value).some((part) => typeof part === 'number'))
}
