import type { CapturedBody, CapturedExchange } from '../../capture/exchange.ts'
import type { Completion, Prompt, ToolCall } from '../../core/records/conversation.ts'
import { estimateValueBytes } from '../../core/value-size.ts'
import type { InterpretedExchange } from '../interpreted-exchange.ts'
import { MAX_COMPLETION_LENGTH } from './message-reading.ts'

/** A record without its bodies and texts: some sixty fields. */
const BASE_BYTES = 2_048
/** One of many in a prompt, without its text. */
const MESSAGE_BYTES = 128

/** Memory an exchange takes while it waits to be read. */
export function estimateExchangeBytes({ request, response }: CapturedExchange): number {
  return BASE_BYTES + parsedBytes(request) + bodyBytes(request.body) + bodyBytes(response.body)
}

/** The same once it is read: compressed bodies have become texts by then. */
export function estimateInterpretedBytes({ prompt, completion, metadata }: InterpretedExchange): number {
  return BASE_BYTES + estimateValueBytes(metadata) + promptBytes(prompt) + completionBytes(completion)
}

function promptBytes(prompt: Prompt | null): number {
  if (!prompt) return 0
  let bytes = estimateValueBytes(prompt.responseSchema)
  for (const tool of prompt.tools) bytes += estimateValueBytes(tool)
  for (const { text, toolCalls, media } of prompt.messages) {
    bytes += MESSAGE_BYTES + 2 * text.length + callBytes(toolCalls)
    for (const { data } of media) bytes += MESSAGE_BYTES + 2 * (data?.length ?? 0)
  }
  return bytes
}

function completionBytes(completion: Completion | null): number {
  return completion
    ? 2 * (completion.text.length + completion.reasoningText.length) + callBytes(completion.toolCalls)
    : 0
}

function callBytes(calls: readonly ToolCall[]): number {
  return calls.reduce((bytes, call) => bytes + MESSAGE_BYTES + 2 * (call.name.length + call.arguments.length), 0)
}

function parsedBytes({ parsedBody, headers }: CapturedExchange['request']): number {
  if (parsedBody === null) return 0
  const told = Number(headers['content-length'] ?? Number.NaN)
  return Number.isFinite(told) && headers['content-encoding'] === undefined ? told : estimateValueBytes(parsedBody)
}

/** A digest keeps a part of what went through it: the texts of the answer. */
function bodyBytes(body: CapturedBody | null): number {
  if (!body) return 0
  return body.head.heldBytes + body.tail.length + (body.digest ? Math.min(body.size, 2 * MAX_COMPLETION_LENGTH) : 0)
}
