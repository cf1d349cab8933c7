import type { Completion, Prompt } from '../core/records/conversation.ts'
import type { RequestFacts } from '../wire/format.ts'
import type { ReadResponse } from './judge-exchange.ts'

/** What missing counts can be estimated from. */
export interface Estimable {
  readonly prompt: Prompt | null
  readonly completion: Completion | null
}

const NOTHING: Estimable = { prompt: null, completion: null }

/** What they put out is no text. */
const MEDIA_OPERATIONS: ReadonlySet<string | undefined> = new Set(['image_generation', 'video_generation', 'speech'])

/** Nothing is estimated where no answer was delivered: whether a model was asked at all is not known then. */
export function toEstimable(status: number | null, request: RequestFacts | null, response: ReadResponse): Estimable {
  const { completion, error, finished, hasUnread, understood } = response.facts
  const hasText = completion.textLength > 0 || completion.reasoningLength > 0 || completion.toolCalls.length > 0
  const isReadable = response.malformed === 0 && !response.isEmpty && !response.truncated
  const isAnswer = hasText || (error === null && isReadable && (finished || response.isStream))
  if (status === null || status >= 300 || !isAnswer) return NOTHING
  const prompt = request?.prompt ?? null
  // Of an answer that was not understood it is unknown how much it said.
  const isUnread = !hasText && (hasUnread || MEDIA_OPERATIONS.has(response.format?.operation))
  if (response.isOpaque || !understood || isUnread) return { prompt, completion: null }
  // An answer that was read as a whole and holds no text is an estimate of 0.
  return { prompt, completion: { ...completion, forcedTool: prompt?.forcedTool ?? null } }
}
