import { BoundedText } from '../core/bounded-text.ts'
import type { Completion, Prompt, PromptMessage, ToolCall } from '../core/conversation.ts'
import { redactToLength, SAMPLE_MARGIN, type Redact } from './redact-to-length.ts'

export { SAMPLE_MARGIN }

/**
 * The beginning of a prompt, at most `maxLength` UTF-16 units: one line for each message of a chat (`user: ...`), the
 * bare texts otherwise; images, audio and files as `[image]`, `[audio]`, `[file]`. Empty when `redact` gives nothing back.
 */
export function toPromptSample(prompt: Prompt, maxLength: number, redact: Redact | null): string {
  const raw = new BoundedText(maxLength + SAMPLE_MARGIN)
  for (const message of prompt.messages) {
    if (raw.truncated) break
    if (raw.length > 0) raw.append('\n')
    if (prompt.kind === 'chat') raw.append(`${message.role}: `)
    appendMessage(raw, message)
  }
  return redactToLength(raw.text, maxLength, redact, raw.truncated) ?? ''
}

/** The beginning of an answer and, behind its text, the tool calls it makes. Reasoning is left out. */
export function toCompletionSample(completion: Completion, maxLength: number, redact: Redact | null): string {
  const raw = new BoundedText(maxLength + SAMPLE_MARGIN)
  raw.append(completion.text)
  const isPart = completion.textLength > completion.text.length
  if (!isPart) appendToolCalls(raw, completion.toolCalls)
  return redactToLength(raw.text, maxLength, redact, isPart || raw.truncated) ?? ''
}

function appendMessage(raw: BoundedText, message: PromptMessage): void {
  raw.append(message.text)
  for (const [index, part] of message.media.entries()) {
    if (raw.truncated) return
    raw.append(index > 0 || message.text !== '' ? ` [${part.kind}]` : `[${part.kind}]`)
  }
  appendToolCalls(raw, message.toolCalls)
}

function appendToolCalls(raw: BoundedText, toolCalls: readonly ToolCall[]): void {
  for (const call of toolCalls) {
    if (raw.truncated) return
    if (raw.length > 0) raw.append('\n')
    raw.append(`${call.name}(${call.arguments})`)
  }
}
