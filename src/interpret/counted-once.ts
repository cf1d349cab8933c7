import type { CapturedExchange } from '../capture/exchange.ts'
import type { RecentKeys } from '../core/recent-keys.ts'
import { readDeferredId } from '../providers/path-facts.ts'
import type { RequestFacts, ResponseFacts } from '../wire/format.ts'

/** What was counted lately, of what comes by more than once. */
export interface CountedOnce {
  /** Messages: some APIs tell of one in two requests (Open WebUI), the second within seconds. */
  readonly messages: RecentKeys
  /** Answers, of APIs that let one fetch them again, within minutes. */
  readonly answers: RecentKeys
}

/**
 * `counted_before`: also an answer that is fetched before it has ended. `passed_on`: the answer to a call that `trackFetch`
 * counts, on its way to the client.
 */
export type RepeatReason = 'counted_before' | 'passed_on'

/** Why an exchange tells of nothing new; `null` for one that does. */
export function findRepeat(
  exchange: CapturedExchange,
  facts: ResponseFacts,
  request: RequestFacts | null,
  { answers, messages }: CountedOnce,
): RepeatReason | null {
  if (!isFirstWitness(exchange, facts)) return 'passed_on'
  return isFirstAnswer(exchange, facts, answers) && isFirstMention(facts, request, messages) ? null : 'counted_before'
}

/** False where the answer came by as that to a call, too, which was made for this exchange by `trackFetch`. */
function isFirstWitness({ scope, host }: CapturedExchange, { givenId }: ResponseFacts): boolean {
  return scope === null || givenId === null || scope.isNews(givenId, host !== null)
}

/**
 * Notes the message that an exchange is about. False for an answer that only tells again of one that was counted. A request
 * that merely names a key always counts: clients choose their keys.
 */
function isFirstMention(facts: ResponseFacts, request: RequestFacts | null, counted: RecentKeys): boolean {
  if (facts.messageKey !== null) return counted.add(facts.messageKey)
  if (request?.messageKey) counted.add(request.messageKey)
  return true
}

/**
 * Notes a finished answer. False for one that is fetched: before it has ended, where it says nothing of its consumption,
 * or when it was counted already, by the call that asked for it or by an earlier fetch.
 */
function isFirstAnswer({ method, path }: CapturedExchange, facts: ResponseFacts, counted: RecentKeys): boolean {
  const { error, finished, usage } = facts
  const answerId = facts.answerId ?? readDeferredId(path)
  const isOver = error !== null || (finished && (usage.input ?? usage.output) !== null)
  const isTold = answerId !== null && isOver
  const isNew = isTold && counted.add(answerId)
  return method !== 'GET' || isNew
}
