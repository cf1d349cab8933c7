import { isObject, readArray, readCount, readObject, readText, type JsonObject } from '../../core/json.ts'
import type { CompletionBuilder } from '../reading/completion-builder.ts'
import type { RequestFacts, WireFormat } from '../format.ts'
import { createMessageReader, type ResponseNotes } from '../reading/message-reader.ts'
import { readMessageUsage, readUsage } from '../reading/message-usage.ts'
import { readCommonRequest, readTextPrompt, toChatPrompt, toMessage } from '../request/request.ts'

/** Cohere's chat of version 2. */
export const cohereChat: WireFormat = {
  name: 'cohere-chat',
  operation: 'chat',
  path: /\/v2\/chat$/,
  recognises(message) {
    const type = readText(message['type']) ?? ''
    if (/^(?:message-(?:start|end)|content-(?:start|delta|end)|tool-(?:call|plan)-\w+)$/.test(type)) return true
    return isObject(message['message']) && 'billed_units' in readObject(message['usage'])
  },
  readRequest(body) {
    const messages = readArray(body['messages']).map((item) =>
      toMessage(readObject(item)['role'], readObject(item)['content']),
    )
    const schema = readObject(body['response_format'])['json_schema']
    return readCommonRequest(body, toChatPrompt(messages, body['tools'], schema))
  },
  createReader: (options) => createMessageReader(options, readChatMessage),
}

function readChatMessage(message: JsonObject, notes: ResponseNotes): void {
  notes.usage.assign(readMessageUsage(message))
  const delta = readObject(message['delta'])
  const reason = readText(message['finish_reason'] ?? delta['finish_reason'])
  if (reason !== null) notes.finished = true
  if (message['type'] === 'message-end') notes.terminated = true
  const error = readText(delta['error'])
  if (error !== null) notes.error = { code: null, message: error }
  else if (reason === 'ERROR') notes.error = { code: 'ERROR', message: null }
  readAnswer(readObject(message['message'] ?? delta['message']), readCount(message['index']) ?? 0, notes.completion)
}

function readAnswer(answer: JsonObject, key: number, completion: CompletionBuilder): void {
  const content = answer['content']
  for (const item of Array.isArray(content) ? content : [content]) {
    completion.text(readObject(item)['text'])
    completion.reasoning(readObject(item)['thinking'])
  }
  completion.text(answer['tool_plan'])
  const calls = answer['tool_calls']
  for (const item of Array.isArray(calls) ? calls : [calls]) {
    const called = readObject(readObject(item)['function'])
    if (Array.isArray(calls)) completion.wholeToolCall(called['name'], called['arguments'])
    else if (isObject(calls)) completion.toolCall(key, called['name'], called['arguments'])
  }
}

/** Cohere's generate, long superseded. Bedrock passes the same shape on without `meta`, and counts in its own fields. */
export const cohereGenerate: WireFormat = {
  name: 'cohere-generate',
  operation: 'text_completion',
  path: /\/v1\/generate$/,
  recognises: (message) => Array.isArray(message['generations']) && isObject(message['meta']),
  readRequest: (body) => readCommonRequest(body, readTextPrompt(body['prompt'], 'completion')),
  createReader: (options) => createMessageReader(options, readGenerateMessage),
}

function readGenerateMessage(message: JsonObject, notes: ResponseNotes): void {
  notes.usage.assign(readMessageUsage(message) ?? readUsage(message['meta']))
  if (message['is_finished'] === true) notes.terminated = true
  for (const [index, item] of readArray(message['generations']).entries()) {
    const generation = readObject(item)
    notes.completion.text(generation['text'], index)
    if (readText(generation['finish_reason'])) notes.finished = true
  }
}

/** Cohere's chat of version 1: NDJSON when streamed, also on Bedrock. */
export const cohereChatV1: WireFormat = {
  name: 'cohere-chat-v1',
  operation: 'chat',
  path: /\/v1\/chat$/,
  recognises: (message) =>
    typeof message['generation_id'] === 'string' ||
    (typeof message['is_finished'] === 'boolean' && typeof message['event_type'] === 'string'),
  readRequest: readV1Request,
  createReader: (options) => createMessageReader(options, readV1Message),
}

function readV1Request(body: JsonObject): RequestFacts {
  const history = readArray(body['chat_history']).map((item) =>
    toMessage(readObject(item)['role'], readObject(item)['message']),
  )
  // Writer serves OpenAI's chat at the same path.
  const messages = readArray(body['messages']).map((item) =>
    toMessage(readObject(item)['role'], readObject(item)['content']),
  )
  const preamble = body['preamble'] === undefined ? [] : [toMessage('system', body['preamble'])]
  const last = body['message'] === undefined ? [] : [toMessage('user', body['message'])]
  return readCommonRequest(body, toChatPrompt([...preamble, ...history, ...messages, ...last], body['tools'], null))
}

function readV1Message(message: JsonObject, notes: ResponseNotes): void {
  const end = message['event_type'] === 'stream-end'
  const whole = end ? readObject(message['response']) : message
  notes.usage.assign(readMessageUsage(message) ?? readUsage(whole['meta']))
  if (message['is_finished'] === true) notes.terminated = true
  if (readText(message['finish_reason'])) notes.finished = true
  // The last event repeats the whole text.
  if (end) return
  if (message['event_type'] === undefined) notes.finished = true
  notes.completion.text(message['text'])
  for (const call of readArray(message['tool_calls'])) {
    notes.completion.wholeToolCall(readObject(call)['name'], readObject(call)['parameters'])
  }
}
