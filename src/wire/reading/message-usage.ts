import { isObject, readArray, readObject, type JsonObject } from '../../core/json.ts'
import { createUsage, type ReportedUsage } from '../../core/records/usage.ts'
import { readAnthropicUsage } from '../anthropic/anthropic-usage.ts'
import { readBedrockUsage } from '../bedrock/bedrock-usage.ts'
import { readCohereUsage } from '../cohere/cohere-usage.ts'
import { readGeminiUsage, readInteractionUsage } from '../gemini/gemini-usage.ts'
import { readOpenAiUsage } from '../openai/openai-usage.ts'
import { readResponsesUsage } from '../openai/responses-usage.ts'
import { readTokenCount } from './token-count.ts'

/** In this order, because gateways merge shapes: LiteLLM and Open WebUI send OpenAI's fields beside everybody else's. */
const usageReaders = [
  readOpenAiUsage,
  readAnthropicUsage,
  readResponsesUsage,
  readBedrockUsage,
  readGeminiUsage,
  readInteractionUsage,
  readCohereUsage,
]

/** Reads a usage object by its shape, not by its sender: any gateway may pass on any provider's. */
export function readUsage(raw: unknown): ReportedUsage | null {
  if (!isObject(raw)) return null
  for (const read of usageReaders) {
    const usage = read(raw)
    if (usage) return usage
  }
  return null
}

/** The usage of one message. Where several places repeat it, one is taken: they are never added. */
export function readMessageUsage(message: JsonObject): ReportedUsage | null {
  const usage = readUsageInPlace(message)
  return isObject(message['timings']) ? withTimings(usage, message['timings']) : usage
}

function readUsageInPlace(message: JsonObject): ReportedUsage | null {
  return (
    readUsage(message['usage']) ??
    readUsage(message['usageMetadata']) ??
    readUsage(readObject(message['response'])['usage']) ??
    readUsage(readObject(message['message'])['usage']) ??
    readUsage(readObject(message['delta'])['usage']) ??
    readUsage(readObject(message['interaction'])['usage']) ??
    readUsage(readObject(message['metadata'])['usage']) ??
    readUsage(readObject(message['result'])['usage']) ??
    // Groq repeats its usage under `x_groq`; older servers have it only there. Moonshot had it inside the choice.
    readUsage(readObject(message['x_groq'])['usage']) ??
    readUsage(readObject(readArray(message['choices'])[0])['usage'])
  )
}

/**
 * llama.cpp measures every answer, and counts while it does: `prompt_n` are the tokens that were new, `cache_n` those that
 * its cache had. It sends a usage object to those only who ask for it.
 */
function withTimings(usage: ReportedUsage | null, timings: JsonObject): ReportedUsage | null {
  const cacheRead = readTokenCount(timings['cache_n'])
  if (usage) return { ...usage, cacheRead: usage.cacheRead ?? cacheRead }
  const fresh = readTokenCount(timings['prompt_n'])
  const output = readTokenCount(timings['predicted_n'])
  // Older servers do not say how much was cached, so that the whole prompt is unknown.
  const input = fresh === null || cacheRead === null ? null : fresh + cacheRead
  return input === null && output === null ? null : createUsage({ input, output, cacheRead, raw: timings })
}

/** Keys that hold counts or errors in any known format: looked for at the end of a body that was too large to keep. */
export const COUNT_KEYS = [
  'usage',
  'usageMetadata',
  'x_groq',
  'timings',
  'meta',
  'prompt_eval_count',
  'eval_count',
  'amazon-bedrock-invocationMetrics',
  'done',
  'done_reason',
  'error',
  'service_tier',
  'modelVersion',
] as const

/** Keys that tell model and format: they stand at the beginning, and further in they may belong to something nested. */
export const NAME_KEYS = ['model', 'object', 'type', 'role'] as const
