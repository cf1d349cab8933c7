import { readArray, readObject, readText, type JsonObject } from '../../core/json.ts'
import type { ReportedUsage, TokenCounts } from '../../core/records/usage.ts'
import { readTokenCount, sumKnown } from '../reading/token-count.ts'
import { promptTokens, readAnthropicCounts } from './anthropic-counts.ts'

/**
 * Adds the passes that the top level of a usage leaves out although they are charged. Those of the answer's own model
 * (compaction) become part of its counts, as Anthropic says to bill; those of another (an advisor, a model that declined
 * before the one that answered) stand apart.
 */
export function readPasses(
  iterations: unknown,
  model: string | null,
  answer: TokenCounts,
): TokenCounts & Pick<ReportedUsage, 'otherModels'> {
  const passes = readArray(iterations).map(readObject)
  const served = readText(passes.findLast(({ type }) => type === 'fallback_message')?.['model'])
  let counts = answer
  const otherModels: { model: string; counts: TokenCounts }[] = []
  for (const pass of passes) {
    const name = readText(pass['model']) ?? model ?? ''
    if (!isLeftOut(pass, served) || !isCounted(pass)) continue
    if (name === (served ?? model ?? '')) counts = addPass(counts, readAnthropicCounts(pass))
    else otherModels.push({ model: name, counts: readAnthropicCounts(pass) })
  }
  return { otherModels, ...counts }
}

function isCounted(pass: JsonObject): boolean {
  return readTokenCount(pass['output_tokens']) !== null || promptTokens(pass) !== null
}

/** The top level is the sum of the answer's own passes; with a fallback, of those of the model that answered. */
function isLeftOut(pass: JsonObject, served: string | null): boolean {
  const type = pass['type']
  if (type === 'compaction' || type === 'advisor_message') return true
  const model = readText(pass['model'])
  // An attempt that declined before it said anything is not charged.
  const isCharged = readTokenCount(pass['output_tokens']) !== 0
  return type === 'message' && served !== null && model !== null && model !== served && isCharged
}

function addPass(sum: TokenCounts, pass: TokenCounts): TokenCounts {
  const lifetimes = { ...sum.cacheWriteByLifetime }
  for (const [lifetime, count] of Object.entries(pass.cacheWriteByLifetime)) {
    lifetimes[lifetime] = (lifetimes[lifetime] ?? 0) + count
  }
  return {
    ...sum,
    input: sumKnown([sum.input, pass.input]),
    output: sumKnown([sum.output, pass.output]),
    cacheRead: sumKnown([sum.cacheRead, pass.cacheRead]),
    cacheWrite: sumKnown([sum.cacheWrite, pass.cacheWrite]),
    cacheWriteByLifetime: lifetimes,
    reasoning: sumKnown([sum.reasoning, pass.reasoning]),
  }
}
