import { isObject, readArray, readObject, readText } from '../../core/json.ts'
import { UNKNOWN_USAGE, type ReportedUsage } from '../../core/usage.ts'
import { readTokens, sumKnown } from '../reading/token-count.ts'

/**
 * `usageMetadata` of Gemini's generateContent. Thoughts are not in `candidatesTokenCount` and tool prompts not in
 * `promptTokenCount`; the cache is inside the prompt. `null` when nothing is counted (Vertex: `{trafficType}`).
 */
export function readGeminiUsage(raw: unknown): ReportedUsage | null {
  if (!isObject(raw)) return null
  const prompt = readTokens(raw['promptTokenCount'])
  const thoughts = readTokens(raw['thoughtsTokenCount'])
  // The Live API says `response` where the others say `candidates`.
  const candidates = readTokens(raw['candidatesTokenCount']) ?? readTokens(raw['responseTokenCount'])
  if (prompt === null && candidates === null && thoughts === null) return null
  const input = sumKnown([prompt, readTokens(raw['toolUsePromptTokenCount'])])
  const output = sumKnown([candidates, thoughts]) ?? outputOfTotal(readTokens(raw['totalTokenCount']), input)
  return {
    ...UNKNOWN_USAGE,
    input,
    output,
    cacheRead: readTokens(raw['cachedContentTokenCount']),
    reasoning: thoughts,
    audioInput: ofModality(raw['promptTokensDetails'], 'AUDIO'),
    audioCacheRead: ofModality(raw['cacheTokensDetails'], 'AUDIO'),
    imageInput: ofModality(raw['promptTokensDetails'], 'IMAGE'),
    audioOutput: ofModality(raw['candidatesTokensDetails'], 'AUDIO'),
    imageOutput: ofModality(raw['candidatesTokensDetails'], 'IMAGE'),
    serviceTier: readText(raw['serviceTier']),
    raw,
  }
}

/** Nothing generated (a blocked prompt, an embedding): the field is left out, and the total equals the prompt. */
function outputOfTotal(total: number | null, input: number | null): number | null {
  return total !== null && input !== null && total >= input ? total - input : null
}

/** Vertex writes enums as numbers when asked for `enum-encoding=int`. */
const MODALITY_NUMBERS = { IMAGE: 2, AUDIO: 4 } as const

function ofModality(details: unknown, modality: keyof typeof MODALITY_NUMBERS): number | null {
  for (const item of readArray(details)) {
    const detail = readObject(item)
    const name = detail['modality']
    if (name === modality || name === MODALITY_NUMBERS[modality]) return readTokens(detail['tokenCount'])
  }
  return null
}

/** Usage of Gemini's Interactions API. Thoughts and tool prompts stand outside, as the total shows. */
export function readInteractionUsage(raw: unknown): ReportedUsage | null {
  if (!isObject(raw)) return null
  const prompt = readTokens(raw['total_input_tokens'])
  const generated = readTokens(raw['total_output_tokens'])
  if (prompt === null && generated === null) return null
  const thoughts = readTokens(raw['total_thought_tokens'])
  const input = sumKnown([prompt, readTokens(raw['total_tool_use_tokens'])])
  return {
    ...UNKNOWN_USAGE,
    input,
    output: sumKnown([generated, thoughts]),
    cacheRead: readTokens(raw['total_cached_tokens']),
    reasoning: thoughts,
    raw,
  }
}
