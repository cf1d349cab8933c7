import { isObject, readText, type JsonObject } from '../../core/json.ts'
import { createUsage, type ReportedUsage } from '../../core/records/usage.ts'
import { readTokenCount, sumKnown } from '../reading/token-count.ts'
import { readToolCalls } from '../reading/tool-calls.ts'
import { CACHE_KEYS, PROMPT_KEYS, promptTokens, readAnthropicCounts } from './anthropic-counts.ts'
import { readPasses } from './anthropic-passes.ts'

/** Anthropic's usage by shape: `null` unless it names the cache, without which it looks like OpenAI's Responses. */
export function readAnthropicUsage(raw: unknown): ReportedUsage | null {
  if (!isObject(raw)) return null
  const named = readTokenCount(raw['cache_creation_input_tokens']) ?? readTokenCount(raw['cache_read_input_tokens'])
  return named === null ? null : toAnthropicUsage(raw, null)
}

/**
 * Usage of a message. `input_tokens` leaves out what came from or went into the cache, so the three are added.
 * `model` is the one that the answer names: what it spent in extra passes is added, what others spent stands apart.
 */
export function toAnthropicUsage(raw: JsonObject, model: string | null): ReportedUsage | null {
  const counts = readAnthropicCounts(raw)
  if (!counts.input && counts.output === null) return null
  const region = readText(raw['inference_geo'])
  return createUsage({
    // Fast mode is charged like a tier of its own, whatever the tier beside it.
    serviceTier: raw['speed'] === 'fast' ? 'fast' : readText(raw['service_tier']),
    inferenceRegion: region === 'not_available' ? null : region,
    raw,
    // A prompt is never empty: a zero is a gateway that does not know.
    ...readPasses(raw['iterations'], model, { ...counts, input: counts.input || null, toolCalls: readToolCalls(raw) }),
  })
}

/** Far more than anybody sends. */
const MAX_FIELDS = 32

/**
 * Overlays a later usage object on what is known, field by field: `message_delta` is cumulative, may be larger or smaller
 * than `message_start`, and says `null`, or nothing, where it does not know. `known` is changed: copying it for each message
 * would cost a hostile stream's bytes many times over.
 */
export function overlayUsage(known: Record<string, unknown>, later: JsonObject): void {
  // A prompt is never empty: a later zero is a server that does not know, not a correction.
  const isUnknownPrompt = promptTokens(later) === 0 && Boolean(promptTokens(known))
  const uncached = isUnknownPrompt ? null : uncachedOfSamePrompt(known, later)
  for (const [key, value] of Object.entries(later)) {
    if (value === null || value === undefined || key === '__proto__') continue
    if (isUnknownPrompt && PROMPT_FIELDS.has(key)) continue
    if (Object.hasOwn(known, key) || Object.keys(known).length < MAX_FIELDS) known[key] = value
  }
  if (uncached !== null) known['input_tokens'] = uncached
}

const PROMPT_FIELDS: ReadonlySet<string> = new Set(PROMPT_KEYS)

/** Two counts of one prompt differ by a few tokens (recorded: 3000 and 3004). */
const SAME_PROMPT = 0.01

/**
 * A gateway that counts the whole prompt at the start, and tells afterwards how much of it the cache gave or took
 * (DashScope, November 2026): the cache is a part of that prompt. `null` for Anthropic, which tells of both together.
 */
function uncachedOfSamePrompt(earlier: JsonObject, later: JsonObject): number | null {
  const whole = readTokenCount(earlier['input_tokens'])
  const cached = cachedTokens(later)
  if (!whole || !cached || cachedTokens(earlier)) return null
  const told = readTokenCount(later['input_tokens'])
  if (told === null) return Math.max(0, whole - cached)
  const isRepeated = isNear(told, whole) && isNear(cached, whole)
  return isRepeated ? 0 : null
}

function isNear(count: number, whole: number): boolean {
  return Math.abs(count - whole) <= Math.max(1, whole * SAME_PROMPT)
}

function cachedTokens(raw: JsonObject): number | null {
  return sumKnown(CACHE_KEYS.map((key) => readTokenCount(raw[key])))
}
