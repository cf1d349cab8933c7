import { BoundedText } from '../core/bounded-text.ts'
import type { Completion, Prompt, PromptMessage, ToolCall } from '../core/records/conversation.ts'
import { OPEN_END, SAMPLE_MARGIN } from './redact-to-length.ts'

/**
 * The beginning of a prompt, as it came: one line for each message of a chat (`user: ...`), the bare texts otherwise;
 * images, audio and files as `[image]`, `[audio]`, `[file]`. With the margin that redaction reads behind `maxLength`: the
 * choke point redacts it and cuts it.
 */
export function toPromptSample(prompt: Prompt, maxLength: number): string {
  const raw = new BoundedText(maxLength + SAMPLE_MARGIN)
  for (const message of prompt.messages) {
    if (raw.truncated) break
    if (raw.length > 0) raw.append('\n')
    if (prompt.kind === 'chat') raw.append(`${message.role}: `)
    appendMessage(raw, message)
  }
  return raw.truncated ? raw.text + OPEN_END : raw.text
}

/** The beginning of an answer and, behind its text, the tool calls it makes, in the same way. Reasoning is left out. */
export function toCompletionSample(completion: Completion, maxLength: number): string {
  const raw = new BoundedText(maxLength + SAMPLE_MARGIN)
  raw.append(completion.text)
  const isPart = completion.textLength > completion.text.length
  if (!isPart) appendToolCalls(raw, completion.toolCalls)
  return isPart || raw.truncated ? raw.text + OPEN_END : raw.text
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
