import type { CustomCounters } from './custom-counters.ts'
import { findModelFamily, type ModelNames } from './families/model-families.ts'
import type { Subject } from './learned-correction.ts'
import type { Countable } from './prompt/countable.ts'
import { countTexts } from './text-counter.ts'
import type { CountQueue } from './worker/count-queue.ts'

/** What is known of the model that a text is counted for. */
export interface CountContext extends ModelNames {
  /** Under pressure: a long text is counted by a few samples of it. Default `false`. */
  readonly coarse?: boolean
}

export interface TokenCount {
  readonly tokens: number
  /**
   * `custom`: a registered counter; `tiktoken`: the model's own vocabulary; `estimated`: another vocabulary, samples of the
   * text, a part of the prompt, what was learned, or a guess.
   */
  readonly source: 'custom' | 'tiktoken' | 'estimated'
  /** True when parts that nobody shows (hidden reasoning, audio, files) could not be counted. */
  readonly lowerBound: boolean
  /** True when only samples of a huge text (`coarse`: of a long one) were counted. */
  readonly sampled: boolean
}

export interface SideCounterOptions {
  readonly queue: CountQueue
  readonly counters: CustomCounters
  /** An estimate as corrected by what was learned of the model. */
  correct(subject: Subject, estimated: number): number
}

export interface SideCounter {
  /** By the model's custom counter, else as `estimate`. */
  count(countable: Countable, context: CountContext): Promise<TokenCount>
  /** By vocabulary and rules, and by what was learned when `corrected`. */
  estimate(countable: Countable, context: CountContext, corrected: boolean): Promise<TokenCount>
}

export function createSideCounter({ queue, counters, correct }: SideCounterOptions): SideCounter {
  async function estimate(countable: Countable, context: CountContext, corrected: boolean): Promise<TokenCount> {
    const family = findModelFamily(context)
    const { texts, overhead, exact, lowerBound } = countable.parts(family)
    const { tokens, counted, sampled } = await countTexts(queue, family.encoding, texts, context.coarse === true)
    const { model, format = null } = context
    const { side, hasTools, scale } = countable
    const estimated = Math.round(tokens * scale * family.factor) + overhead
    const better = corrected && model !== null ? correct({ model, format, side, hasTools }, estimated) : estimated
    const isSampled = sampled || countable.partial
    const isOwn = family.exact && exact && counted && !isSampled && better === estimated
    return { tokens: better, source: isOwn ? 'tiktoken' : 'estimated', lowerBound, sampled: isSampled }
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
