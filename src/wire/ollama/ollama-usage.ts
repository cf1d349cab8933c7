import { type JsonObject } from '../../core/json.ts'
import { createUsage, type ReportedUsage } from '../../core/records/usage.ts'
import { readTokenCount } from '../reading/token-count.ts'

/**
 * Ollama's top-level counts. `prompt_eval_count` includes what came from the cache (since July 2024), and is left out when
 * it is unknown or zero; `eval_count` includes thinking.
 */
export function readOllamaUsage(message: JsonObject): ReportedUsage | null {
  const input = readTokenCount(message['prompt_eval_count'])
  const output = readTokenCount(message['eval_count'])
  if (input === null && output === null) return null
  const raw = Object.fromEntries(
    Object.entries(message).filter(([key, value]) => typeof value === 'number' && /_(?:count|duration)$/.test(key)),
  )
  return createUsage({
    input,
    output,
    cacheRead: readTokenCount(message['prompt_eval_cached_count']),
    raw,
  })
}
