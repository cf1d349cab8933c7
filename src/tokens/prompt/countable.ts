import type { Completion, Prompt } from '../../core/records/conversation.ts'
import { toCompletionParts, toPromptParts, type CountParts } from './chat-rules.ts'
import type { ModelFamily } from '../families/model-family.ts'

export type Side = 'prompt' | 'completion'

/** One side of an exchange in the two forms that can be counted. */
export interface Countable {
  readonly side: Side
  /** Whether tools or their calls are part of it. */
  readonly hasTools: boolean
  /** For custom counters: the bare text. */
  text(): string
  /** For vocabularies: texts and overhead by the rules of the family. */
  parts(family: ModelFamily): CountParts
  /** Characters that were delivered for each one that was kept. */
  readonly scale: number
  /** True when not all that was delivered was kept. */
  readonly partial: boolean
}

/** For text of which nothing but the length is known. */
const CHARACTERS_PER_TOKEN = 4

export function toCountablePrompt(prompt: Prompt): Countable {
  return {
    side: 'prompt',
    hasTools: prompt.tools.length > 0 || prompt.messages.some((message) => message.toolCalls.length > 0),
    text: () => join(prompt.messages.map((message) => message.text)),
    parts: (family) => toPromptParts(prompt, family),
    scale: 1,
    partial: false,
  }
}

export function toCountableCompletion(completion: Completion): Countable {
  const { text, reasoningText, toolCalls } = completion
  const kept = text.length + reasoningText.length
  const delivered =
    Math.max(text.length, completion.textLength) + Math.max(reasoningText.length, completion.reasoningLength)
  return {
    side: 'completion',
    hasTools: toolCalls.length > 0,
    text: () => join([reasoningText, text, ...toolCalls.flatMap((call) => [call.name, call.arguments])]),
    parts(family) {
      const parts = toCompletionParts(completion, family)
      if (kept > 0 || delivered === 0) return parts
      return { ...parts, overhead: parts.overhead + Math.ceil(delivered / CHARACTERS_PER_TOKEN), exact: false }
    },
    scale: kept === 0 ? 1 : delivered / kept,
    partial: delivered > kept,
  }
}

function join(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n')
}
