import { isObject, readArray, readObject, readText, type JsonObject } from '../../core/json.ts'
import { UNKNOWN_COUNTS, UNKNOWN_USAGE, type ReportedUsage, type TokenCounts } from '../../core/usage.ts'
import { readTokens, sumKnown } from '../reading/token-count.ts'

/** Anthropic's usage by shape: `null` unless it names the cache, without which it looks like OpenAI's Responses. */
export function readAnthropicUsage(raw: unknown): ReportedUsage | null {
  if (!isObject(raw)) return null
  const named = readTokens(raw['cache_creation_input_tokens']) ?? readTokens(raw['cache_read_input_tokens'])
  return named === null ? null : toAnthropicUsage(raw, null)
}

/**
 * Usage of a message. `input_tokens` leaves out what came from or went into the cache, so the three are added.
 * `model` prices the extra passes that name no model of their own.
 */
export function toAnthropicUsage(raw: JsonObject, model: string | null): ReportedUsage | null {
  const counts = readCounts(raw)
  if (counts.input === null && counts.output === null) return null
  return {
    ...UNKNOWN_USAGE,
    ...counts,
    toolCalls: readServerTools(readObject(raw['server_tool_use'])),
    serviceTier: readText(raw['service_tier']),
    otherModels: readExtraPasses(raw['iterations'], model),
    raw,
  }
}

/** Far more than anybody sends. Each message copies them, so that a stream of ever new ones would take quadratic time. */
const MAX_FIELDS = 32

/**
 * Overlays a later usage object on an earlier one, field by field: `message_delta` is cumulative, may be larger or smaller
 * than `message_start`, and says `null`, or nothing, where it does not know.
 */
export function overlayUsage(earlier: JsonObject, later: JsonObject): JsonObject {
  const fields = new Map(Object.entries(earlier))
  for (const [key, value] of Object.entries(later)) {
    const isKnown = fields.has(key) || fields.size < MAX_FIELDS
    if (isKnown && value !== null && value !== undefined) fields.set(key, value)
  }
  const merged = Object.fromEntries(fields)
  // A prompt is never empty: a later zero is a server that does not know, not a correction.
  return promptTokens(later) === 0 && promptTokens(earlier) ? { ...merged, ...pick(earlier, PROMPT_KEYS) } : merged
}

const PROMPT_KEYS = ['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'] as const

function promptTokens(raw: JsonObject): number | null {
  return sumKnown(PROMPT_KEYS.map((key) => readTokens(raw[key])))
}

function pick(source: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.filter((key) => key in source).map((key) => [key, source[key]]))
}

function readCounts(raw: JsonObject): TokenCounts {
  const cacheWrite = readTokens(raw['cache_creation_input_tokens'])
  const output = readTokens(raw['output_tokens'])
  return {
    ...UNKNOWN_COUNTS,
    input: promptTokens(raw),
    output,
    cacheRead: readTokens(raw['cache_read_input_tokens']),
    cacheWrite,
    cacheWriteByLifetime: readLifetimes(readObject(raw['cache_creation']), cacheWrite ?? 0),
    reasoning: readTokens(readObject(raw['output_tokens_details'])['thinking_tokens']),
  }
}

/** Told in `message_start` only, so the later total may have shrunk below it: never more than was written in all. */
function readLifetimes(details: JsonObject, written: number): Record<string, number> {
  const lifetimes: Record<string, number> = {}
  let left = written
  for (const lifetime of ['5m', '1h']) {
    const count = Math.min(readTokens(details[`ephemeral_${lifetime}_input_tokens`]) ?? 0, left)
    if (count > 0) lifetimes[lifetime] = count
    left -= count
  }
  return lifetimes
}

function readServerTools(raw: JsonObject): Record<string, number> {
  const calls: Record<string, number> = {}
  for (const tool of ['web_search', 'web_fetch']) {
    const count = readTokens(raw[`${tool}_requests`])
    if (count) calls[tool] = count
  }
  return calls
}

/** Passes that the top level leaves out although they are charged: an advisor of another model, compaction. */
const EXTRA_PASSES = new Set(['advisor_message', 'compaction'])

function readExtraPasses(iterations: unknown, model: string | null): ReportedUsage['otherModels'] {
  return readArray(iterations)
    .map(readObject)
    .filter((pass) => EXTRA_PASSES.has(readText(pass['type']) ?? ''))
    .map((pass) => ({ model: readText(pass['model']) ?? model ?? '', counts: readCounts(pass) }))
}
