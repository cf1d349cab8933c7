import type { CountQueue } from './count-queue.ts'
import type { Countable, Side } from '../prompt/countable.ts'
import type { CountContext, TokenCount } from '../kernel/counter.ts'
import type { CustomCounters } from '../custom-counters.ts'
import { findModelFamily, UNKNOWN_FAMILY } from '../model-families.ts'
import { countTexts } from '../kernel/text-counter.ts'

export interface SideCounterOptions {
  readonly queue: CountQueue
  readonly counters: CustomCounters
  /** What to multiply an estimate with for a model of an unknown family. */
  factorOf(model: string, side: Side): number
}

export interface SideCounter {
  /** By the model's custom counter, else as `estimate`. */
  count(countable: Countable, context: CountContext): Promise<TokenCount>
  /** By vocabulary and rules, corrected by `factorOf` when `corrected`. */
  estimate(countable: Countable, context: CountContext, corrected: boolean): Promise<TokenCount>
}

export function createSideCounter({ queue, counters, factorOf }: SideCounterOptions): SideCounter {
  async function estimate(countable: Countable, context: CountContext, corrected: boolean): Promise<TokenCount> {
    const family = findModelFamily(context)
    const { texts, overhead, exact, lowerBound } = countable.parts(family)
    const { tokens, counted, sampled } = await countTexts(queue, family.encoding, texts)
    const { model } = context
    const isUnknown = family === UNKNOWN_FAMILY && model !== null
    const factor = corrected && isUnknown ? factorOf(model, countable.side) : family.factor
    return {
      tokens: Math.round(tokens * countable.scale * factor) + overhead,
      source: family.exact && exact && counted ? 'tiktoken' : 'estimated',
      lowerBound,
      sampled: sampled || countable.partial,
    }
  }

  return {
    estimate,
    async count(countable, context) {
      const tokens = counters.has(context.model) ? await counters.count(countable.text(), context.model) : null
      if (tokens === null) return estimate(countable, context, true)
      const { scale, partial } = countable
      return { tokens: Math.round(tokens * scale), source: 'custom', lowerBound: false, sampled: partial }
    },
  }
}
