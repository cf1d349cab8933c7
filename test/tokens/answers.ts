import { EMPTY_COMPLETION, type Completion } from '../../src/core/records/conversation.ts'
import type { CountContext, TokenCount } from '../../src/tokens/side-counter.ts'
import type { TokenEstimator } from '../../src/tokens/token-estimator.ts'

export function toAnswer(text: string, textLength = text.length): Completion {
  return { ...EMPTY_COMPLETION, text, textLength }
}

/** Counts a text as an answer that is nothing else. */
export function countText(estimator: TokenEstimator, text: string, context: CountContext): Promise<TokenCount> {
  return estimator.countCompletion(toAnswer(text), context)
}
