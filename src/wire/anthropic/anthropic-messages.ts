import { isObject, readArray, readCount, readObject, readText, type JsonObject } from '../../core/json.ts'
import { overlayUsage, toAnthropicUsage } from './anthropic-usage.ts'
import type { CompletionBuilder } from '../reading/completion-builder.ts'
import type { ReaderOptions, RequestFacts, ResponseReader, WireFormat } from '../format.ts'
import type { ReportedUsage } from '../../core/records/usage.ts'
import { createMessageReader } from '../reading/message-reader.ts'
import { readMessageUsage } from '../reading/message-usage.ts'
import { readTokenCount } from '../reading/token-count.ts'
import { readCommonRequest, toChatPrompt, toMessage } from '../request/request.ts'

const EVENTS = new Set([
  'message_start',
  'message_delta',
  'message_stop',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
])

/** Anthropic's Messages, also as Bedrock and Vertex pass them on. */
export const anthropicMessages: WireFormat = {
  name: 'anthropic-messages',
  operation: 'chat',
  path: /\/messages$|:(?:stream)?rawpredict$/,
  recognises(message) {
    const type = readText(message['type']) ?? ''
    return EVENTS.has(type) || (type === 'message' && message['role'] === 'assistant')
  },
  spreadsUsage: true,
  readRequest: readMessagesRequest,
  createReader: createMessagesReader,
}

function readMessagesRequest(body: JsonObject): RequestFacts {
  const messages = readArray(body['messages']).map((item) => {
    const message = readObject(item)
    return toMessage(message['role'], message['content'])
  })
  if (body['system'] !== undefined) messages.unshift(toMessage('system', body['system']))
  const schema = readObject(body['output_format'])['schema']
  return readCommonRequest(body, toChatPrompt(messages, body['tools'], schema))
}

function createMessagesReader(options: ReaderOptions): ResponseReader {
  const usage: Record<string, unknown> = {}
  /** Whether a count of output came that is no placeholder. */
  let hasOutput = false

  return createMessageReader(options, (message, notes) => {
    const type = message['type']
    const start = readObject(message['message'])
    notes.model = readText(start['model']) ?? notes.model
    const raw = isObject(start['usage']) ? start['usage'] : message['usage']
    if (isObject(raw)) {
      overlayUsage(usage, raw)
      // What `message_start` says of the output is a placeholder, 1 to 8 of any length to come.
      hasOutput ||= raw !== start['usage'] && readTokenCount(raw['output_tokens']) !== null
      // A gateway that speaks this protocol may still count in another provider's fields.
      const told = toAnthropicUsage(
        hasOutput || !('output_tokens' in usage) ? usage : { ...usage, output_tokens: null },
        notes.model,
      )
      notes.usage.assign(told ?? readMessageUsage(message))
    }
    if (readText(readObject(message['delta'])['stop_reason'])) notes.finished = true
    if (isRefusal(message) && usage['output_tokens'] === 0) notes.usage.assign(toFree(notes.usage.usage))
    if (type === 'message_stop') notes.terminated = true
    // Gateways that run tools send the messages of several turns as one stream.
    else if (type === 'message_start') notes.terminated = false
    if (type === 'message') {
      notes.finished ||= readText(message['stop_reason']) !== null
      for (const block of readArray(message['content'])) readBlock(readObject(block), notes.completion)
    } else readStreamed(message, notes.completion)
  })
}

function isRefusal(message: JsonObject): boolean {
  return message['stop_reason'] === 'refusal' || readObject(message['delta'])['stop_reason'] === 'refusal'
}

/** What is refused before a word was said is not charged. */
function toFree(usage: ReportedUsage): ReportedUsage {
  return { ...usage, billedInput: 0, billedOutput: 0 }
}

function readBlock(block: JsonObject, completion: CompletionBuilder): void {
  completion.text(block['text'])
  completion.reasoning(block['thinking'])
  if (isToolUse(block)) completion.wholeToolCall(block['name'], block['input'])
  else if (!READ_BLOCKS.has(block['type'])) completion.unread()
}

const READ_BLOCKS: ReadonlySet<unknown> = new Set(['text', 'thinking', 'redacted_thinking', 'fallback'])

function readStreamed(message: JsonObject, completion: CompletionBuilder): void {
  const key = readCount(message['index']) ?? 0
  const block = readObject(message['content_block'])
  completion.text(block['text'])
  completion.reasoning(block['thinking'])
  // The input of a started call is an empty object: its text follows in pieces.
  if (isToolUse(block)) completion.toolCall(key, block['name'], '')
  const delta = readObject(message['delta'])
  completion.text(delta['text'])
  completion.reasoning(delta['thinking'])
  if (delta['type'] === 'input_json_delta') completion.toolCall(key, null, delta['partial_json'])
}

function isToolUse(block: JsonObject): boolean {
  return block['type'] === 'tool_use' || block['type'] === 'server_tool_use'
}
