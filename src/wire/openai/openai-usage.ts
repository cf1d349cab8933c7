import { isObject, readObject, readText, type JsonObject } from '../../core/json.ts'
import { UNKNOWN_USAGE, type ReportedUsage } from '../../core/usage.ts'
import { readProviderCost } from '../reading/provider-cost.ts'
import { firstTokenCount, readTokenCount } from '../reading/token-count.ts'

/**
 * The usage object of the OpenAI chat, completions and embeddings APIs and of the many hosts that speak them.
 * `null` when it holds no token count at all (`{}`, `null`, cache statistics).
 *
 * Parts are as told, even where one is larger than its total (OpenRouter: reasoning 118, output 107; Grok on Azure: cached
 * 163, prompt 7): the two totals are what the provider stands by.
 * `prompt_tokens` includes the cache, even where Anthropic's exclusive fields stand beside it (LiteLLM sends both).
 */
export function readOpenAiUsage(raw: unknown): ReportedUsage | null {
  if (!isObject(raw)) return null
  const sides = readSides(raw)
  if (sides === null) return null
  const { prompt, completion } = sides
  const promptDetails = readDetails(raw, 'prompt')
  const completionDetails = readDetails(raw, 'completion')
  const parts = {
    reasoning: readTokenCount(completionDetails['reasoning_tokens']) ?? readTokenCount(raw['reasoning_tokens']),
    cacheRead: readTokenCount(promptDetails['cached_tokens']) ?? firstTokenCount(raw, CACHE_READ_KEYS),
    audioInput: readTokenCount(promptDetails['audio_tokens']),
  }
  const cacheWrite =
    firstTokenCount(promptDetails, CACHE_WRITE_DETAILS) ?? readTokenCount(raw['cache_creation_input_tokens'])
  const outside = readOutside(raw, sides, parts)
  const input = prompt === null ? null : prompt + outside.input
  const output = completion === null ? null : completion + outside.output
  return {
    ...UNKNOWN_USAGE,
    input,
    output,
    cacheRead: parts.cacheRead,
    cacheWrite,
    reasoning: parts.reasoning,
    audioInput: parts.audioInput,
    audioOutput: readTokenCount(completionDetails['audio_tokens']),
    imageInput: readTokenCount(promptDetails['image_tokens']),
    imageOutput: readTokenCount(completionDetails['image_tokens']),
    providerCost: readProviderCost(raw),
    serviceTier: readText(raw['service_tier']),
    toolCalls: readSearches(raw),
    raw,
  }
}

const CACHE_READ_KEYS = ['prompt_cache_hit_tokens', 'num_cached_tokens', 'cached_tokens', 'cache_read_input_tokens']
const CACHE_WRITE_DETAILS = ['cache_write_tokens', 'cache_creation_tokens']

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

/** Mistral, the Assistants API and Writer write `prompt_token_details`. */
function readDetails(raw: JsonObject, side: 'prompt' | 'completion'): JsonObject {
  return readObject(raw[`${side}_tokens_details`] ?? raw[`${side}_token_details`])
}

interface Parts {
  readonly reasoning: number | null
  readonly cacheRead: number | null
  readonly audioInput: number | null
}

/**
 * Tokens that the two main fields leave out, told by a total that is larger than their sum: reasoning (xAI), audio in the
 * prompt (Mistral), else output that is not shown (Gemini's thoughts behind its OpenAI-compatible API).
 */
function readOutside(raw: JsonObject, { prompt, completion }: Sides, parts: Parts): { input: number; output: number } {
  // Perplexity's deep research leaves both out of its total too, and charges for them.
  const citations = readTokenCount(raw['citation_tokens'])
  if (citations !== null) return { input: 0, output: citations + (readTokenCount(raw['reasoning_tokens']) ?? 0) }
  const { reasoning, cacheRead, audioInput } = parts
  const total = readTokenCount(raw['total_tokens'])
  const surplus = total === null || prompt === null || completion === null ? 0 : total - prompt - completion
  if (surplus <= 0) return { input: 0, output: 0 }
  const ofPrompt = surplus !== reasoning && (surplus === audioInput || surplus === cacheRead)
  return ofPrompt ? { input: surplus, output: 0 } : { input: 0, output: surplus }
}

/** Perplexity's searches, which it charges by the request. */
function readSearches(raw: JsonObject): Record<string, number> {
  const searches = readTokenCount(raw['num_search_queries'])
  return searches ? { web_search: searches } : {}
}
