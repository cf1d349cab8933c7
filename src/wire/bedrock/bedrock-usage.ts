import { isObject, type JsonObject } from '../../core/json.ts'
import { createUsage, type ReportedUsage } from '../../core/records/usage.ts'
import { readCacheLifetimes } from '../reading/cache-counts.ts'
import { firstTokenCount, readTokenCount, sumKnown } from '../reading/token-count.ts'

const CACHE_READ_KEYS = ['cacheReadInputTokens', 'cacheReadInputTokenCount']
const CACHE_WRITE_KEYS = ['cacheWriteInputTokens', 'cacheWriteInputTokenCount']

/** Usage of Bedrock's Converse, also Amazon Nova's own. Cache reads and writes stand outside `inputTokens`. */
export function readBedrockUsage(raw: unknown): ReportedUsage | null {
  if (!isObject(raw)) return null
  const uncached = readTokenCount(raw['inputTokens'])
  const output = readTokenCount(raw['outputTokens'])
  if (uncached === null && output === null) return null
  const cacheRead = firstTokenCount(raw, CACHE_READ_KEYS)
  const cacheWrite = firstTokenCount(raw, CACHE_WRITE_KEYS)
  return createUsage({
    input: sumKnown([uncached, cacheRead, cacheWrite]),
    output,
    cacheRead,
    cacheWrite,
    cacheWriteByLifetime: readCacheLifetimes(raw['cacheDetails'], cacheWrite ?? 0),
    raw,
  })
}

/**
 * What Bedrock itself counted of an invocation, which is what it charges; the model's own counts differ at times.
 * A cache that it does not mention keeps the size the model told.
 */
export function readInvocationMetrics(raw: unknown, told: ReportedUsage): ReportedUsage | null {
  if (!isObject(raw)) return null
  return toInvocationUsage(
    {
      input: readTokenCount(raw['inputTokenCount']),
      output: readTokenCount(raw['outputTokenCount']),
      cacheRead: firstTokenCount(raw, CACHE_READ_KEYS),
      cacheWrite: firstTokenCount(raw, CACHE_WRITE_KEYS),
    },
    told,
    raw,
  )
}

/** The same counts in the headers of an InvokeModel response: the only place for models that report none themselves. */
export function readInvocationHeaders(headers: JsonObject, told: ReportedUsage): ReportedUsage | null {
  const counts = {
    input: readHeader(headers, 'input-token-count'),
    output: readHeader(headers, 'output-token-count'),
    cacheRead: readHeader(headers, 'cache-read-input-token-count'),
    cacheWrite: readHeader(headers, 'cache-write-input-token-count'),
  }
  return toInvocationUsage(counts, told, { headers: counts })
}

function readHeader(headers: JsonObject, name: string): number | null {
  const value = headers[`x-amzn-bedrock-${name}`]
  return typeof value === 'string' && /^\d{1,12}$/.test(value) ? readTokenCount(Number(value)) : null
}

interface InvocationCounts {
  readonly input: number | null
  readonly output: number | null
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
}

function toInvocationUsage(counts: InvocationCounts, told: ReportedUsage, raw: unknown): ReportedUsage | null {
  if (counts.input === null && counts.output === null) return null
  // What the body adds to the same counts (passes of compaction) is charged too.
  if (isObject(told.raw) && told.raw['input_tokens'] === counts.input && told.raw['output_tokens'] === counts.output)
    return told
  const cacheRead = counts.cacheRead ?? told.cacheRead
  const cacheWrite = counts.cacheWrite ?? told.cacheWrite
  return {
    ...told,
    input: counts.input === null ? told.input : sumKnown([counts.input, cacheRead, cacheWrite]),
    output: counts.output ?? told.output,
    cacheRead,
    cacheWrite,
    raw: told.raw ?? raw,
  }
}
