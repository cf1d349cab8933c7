import type { Completion, Prompt } from '../core/conversation.ts'
import type { TokenCounts } from '../core/usage.ts'
import type { Calibration } from './calibration.ts'
import { toCountableCompletion, toCountablePrompt, type Countable } from './prompt/countable.ts'
import type { CountContext } from './kernel/counter.ts'
import { findModelFamily } from './model-families.ts'
import type { SideCounter } from './worker/side-counter.ts'

/** An exchange whose usage the provider reported. */
export interface ReportedExchange {
  readonly prompt: Prompt
  readonly completion: Completion
  readonly counts: TokenCounts
  readonly context: CountContext
}

export interface CalibratorOptions {
  readonly counter: SideCounter
  readonly calibration: Calibration
}

/** Estimates both sides of an exchange as if nothing had been reported, and notes how far that is off. */
export function createCalibrator({ counter, calibration }: CalibratorOptions): (e: ReportedExchange) => Promise<void> {
  async function compare(countable: Countable, reported: number | null, context: CountContext): Promise<void> {
    if (context.model === null || reported === null) return
    const { tokens } = await counter.estimate(countable, context, false)
    calibration.observe(context.model, countable.side, tokens, reported)
  }

  return async ({ prompt, completion, counts, context }) => {
    const { input, output, reasoning } = counts
    // What media cost is not a matter of the vocabulary.
    const isText = prompt.messages.every((message) => message.media.length === 0)
    if (isText) await compare(toCountablePrompt(prompt), input, context)
    // Compared is what can be seen: reasoning may be hidden or shortened, and then its length must be told.
    if (reasoning === null && findModelFamily(context).shows !== 'all') return
    const visible = reasoning ? { ...completion, reasoningText: '', reasoningLength: 0 } : completion
    await compare(toCountableCompletion(visible), output === null ? null : output - (reasoning ?? 0), context)
  }
}
