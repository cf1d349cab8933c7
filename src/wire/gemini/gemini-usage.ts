import { isObject, readArray, readObject, readText, type JsonObject } from '../../core/json.ts'
import { createUsage, type ReportedUsage } from '../../core/records/usage.ts'
import { readTokenCount, sumKnown } from '../reading/token-count.ts'

/**
 * `usageMetadata` of Gemini's generateContent. Thoughts are not in `candidatesTokenCount` and tool prompts not in
 * `promptTokenCount`; the cache is inside the prompt. `null` when nothing is counted (Vertex: `{trafficType}`).
 */
export function readGeminiUsage(raw: unknown): ReportedUsage | null {
  if (!isObject(raw)) return null
  const prompt = readTokenCount(raw['promptTokenCount'])
  const thoughts = readTokenCount(raw['thoughtsTokenCount'])
  // The Live API says `response` where the others say `candidates`.
  const candidates = readTokenCount(raw['candidatesTokenCount']) ?? readTokenCount(raw['responseTokenCount'])
  if (prompt === null && candidates === null && thoughts === null) return null
  const input = sumKnown([prompt, readTokenCount(raw['toolUsePromptTokenCount'])])
  const output = sumKnown([candidates, thoughts]) ?? outputOfTotal(readTokenCount(raw['totalTokenCount']), input)
  return createUsage({
    input,
    output,
    cacheRead: readTokenCount(raw['cachedContentTokenCount']) ?? ofAllModalities(raw['cacheTokensDetails']),
    audioCached: ofModality(raw['cacheTokensDetails'], 'AUDIO'),
    imageCached: ofModality(raw['cacheTokensDetails'], 'IMAGE'),
    reasoning: thoughts,
    audioInput: ofModality(raw['promptTokensDetails'], 'AUDIO'),
    imageInput: ofModality(raw['promptTokensDetails'], 'IMAGE'),
    audioOutput: ofModality(raw['candidatesTokensDetails'], 'AUDIO'),
    imageOutput: ofModality(raw['candidatesTokensDetails'], 'IMAGE'),
    serviceTier: readGeminiTier(raw),
    raw,
  })
}

/** Vertex states the kind of traffic, of which the plain one is no tier. */
const TIER_OF_TRAFFIC: ReadonlyMap<unknown, string> = new Map([
  ['ON_DEMAND_FLEX', 'flex'],
  ['ON_DEMAND_PRIORITY', 'priority'],
  ['ON_DEMAND_OFFPEAK', 'offpeak'],
  ['PROVISIONED_THROUGHPUT', 'provisioned_throughput'],
])

/** The tier an answer was served at: `flex`, `priority`, ...; `null` where nothing is told. */
export function readGeminiTier(raw: JsonObject): string | null {
  const told = readText(raw['serviceTier'])
    ?.toLowerCase()
    .replace(/^service_tier_/, '')
  return told === undefined || told === 'unspecified' ? (TIER_OF_TRAFFIC.get(raw['trafficType']) ?? null) : told
}

/** Nothing generated (a blocked prompt, an embedding): the field is left out, and the total equals the prompt. */
function outputOfTotal(total: number | null, input: number | null): number | null {
  return total !== null && input !== null && total >= input ? total - input : null
}

function ofAllModalities(details: unknown): number | null {
  return sumKnown(readArray(details).map((detail) => readTokenCount(readObject(detail)['tokenCount'])))
}

/** Vertex writes enums as numbers when asked for `enum-encoding=int`. */
const MODALITY_NUMBERS = { IMAGE: 2, AUDIO: 4 } as const

function ofModality(details: unknown, modality: keyof typeof MODALITY_NUMBERS): number | null {
  for (const item of readArray(details)) {
    const detail = readObject(item)
    const name = detail['modality']
    if (name === modality || name === MODALITY_NUMBERS[modality]) return readTokenCount(detail['tokenCount'])
  }
  return null
}

/** Usage of Gemini's Interactions API. Thoughts and tool prompts stand outside, as the total shows. */
export function readInteractionUsage(raw: unknown): ReportedUsage | null {
  if (!isObject(raw)) return null
  const prompt = readTokenCount(raw['total_input_tokens'])
  const generated = readTokenCount(raw['total_output_tokens'])
  if (prompt === null && generated === null) return null
  const thoughts = readTokenCount(raw['total_thought_tokens'])
  const input = sumKnown([prompt, readTokenCount(raw['total_tool_use_tokens'])])
  return createUsage({
    input,
    output: sumKnown([generated, thoughts]),
    cacheRead: readTokenCount(raw['total_cached_tokens']),
    audioCached: ofInteractionModality(raw['cached_tokens_by_modality'], 'audio'),
    imageCached: ofInteractionModality(raw['cached_tokens_by_modality'], 'image'),
    audioInput: ofInteractionModality(raw['input_tokens_by_modality'], 'audio'),
    imageInput: ofInteractionModality(raw['input_tokens_by_modality'], 'image'),
    audioOutput: ofInteractionModality(raw['output_tokens_by_modality'], 'audio'),
    imageOutput: ofInteractionModality(raw['output_tokens_by_modality'], 'image'),
    toolCalls: readGroundingCalls(raw['grounding_tool_count']),
    reasoning: thoughts,
    raw,
  })
}

/** `[{modality: "audio", tokens: 30}]` */
function ofInteractionModality(details: unknown, modality: string): number | null {
  const detail = readArray(details)
    .map(readObject)
    .find((item) => item['modality'] === modality)
  return detail ? readTokenCount(detail['tokens']) : null
}

/** `[{type: "google_search", count: 2}]` */
function readGroundingCalls(counts: unknown): Record<string, number> {
  const calls: Record<string, number> = {}
  for (const item of readArray(counts).slice(0, 16)) {
    const type = readText(readObject(item)['type'])
    const count = readTokenCount(readObject(item)['count'])
    if (type !== null && count) calls[type === 'google_search' ? 'web_search' : type] = count
  }
  return calls
}
