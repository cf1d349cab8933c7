import type { PromptMessage, ToolCall } from '../../core/records/conversation.ts'
import { isObject, readArray, readCount, readObject, readString, readText, type JsonObject } from '../../core/json.ts'
import { toArgumentsText, type CompletionBuilder } from '../reading/completion-builder.ts'
import type { ReaderOptions, RequestFacts, ResponseReader, WireFormat } from '../format.ts'
import { ChoiceEnds } from './choice-ends.ts'
import { createMessageReader, type ResponseNotes } from '../reading/message-reader.ts'
import { readMessageUsage } from '../reading/message-usage.ts'
import { readFailure, readResponseError } from '../reading/response-error.ts'
import { readChatPiece } from './openai-chat-piece.ts'
import { readCommonRequest, readMessageKey, toChatPrompt, toMessage } from '../request/request.ts'

/** OpenAI chat completions, and everybody who speaks them. */
export const openAiChat: WireFormat = {
  name: 'openai-chat',
  operation: 'chat',
  path: /\/chat\/completions$/,
  recognises(message) {
    if (isAsynchronous(message)) return true
    const object = message['object']
    if (object === 'chat.completion' || object === 'chat.completion.chunk') return true
    const choice = readArray(message['choices'])[0]
    return isObject(choice) && (isObject(choice['message']) || isObject(choice['delta']))
  },
  readRequest: readChatRequest,
  createReader: createChatReader,
}

function readChatRequest(body: JsonObject): RequestFacts {
  const tools = [...readArray(body['tools']), ...readArray(body['functions'])]
  const schema = readObject(readObject(body['response_format'])['json_schema'])['schema']
  const messages = readArray(body['messages']).map((message) => toChatMessage(readObject(message)))
  const facts = readCommonRequest(body, toChatPrompt(messages, tools, schema))
  return { ...facts, messageKey: readMessageKey(body) }
}

/** A message of OpenAI's or Ollama's shape: tool calls stand beside the content. */
export function toChatMessage(raw: JsonObject): PromptMessage {
  const message = toMessage(raw['role'], raw['content'])
  return {
    ...message,
    name: readText(raw['name']),
    toolCalls: [...message.toolCalls, ...readToolCalls(raw['tool_calls'])],
  }
}

/** Tool calls of a message in OpenAI's and Ollama's shape. */
export function readToolCalls(value: unknown): ToolCall[] {
  return readArray(value).map((item) => {
    const call = readObject(readObject(item)['function'])
    return { name: readString(call['name']) ?? '', arguments: toArgumentsText(call['arguments']) }
  })
}

function createChatReader(options: ReaderOptions): ResponseReader {
  const ends = new ChoiceEnds()
  return createMessageReader(options, (message, notes) => readChatMessage(message, notes, ends), readChatPiece)
}

function readChatMessage(message: JsonObject, notes: ResponseNotes, ends: ChoiceEnds): void {
  if (isAsynchronous(message)) return readAsynchronous(message, notes, ends)
  const usage = readMessageUsage(message)
  notes.usage.assign(usage)
  const choices = readArray(message['choices'])
  // Perplexity closes with an object that repeats the whole message: its text was already read.
  const repeats = message['object'] === 'chat.completion.done'
  if (isDeferred(message)) notes.consumption = false
  // An envelope without a letter in it.
  if (message['object'] === 'chat.completion' && choices.length === 0) notes.completion.unread()
  for (const item of choices) {
    const choice = readObject(item)
    notes.error = readResponseError(choice) ?? notes.error ?? readFailure(choice)
    if (!repeats) readChoice(choice, notes.completion)
  }
  ends.note(choices, usage, notes)
}

/** xAI's receipt for an answer that is fetched later. */
function isDeferred(message: JsonObject): boolean {
  return typeof message['request_id'] === 'string' && Object.keys(message).length === 1
}

/** Perplexity's asynchronous completions wrap the answer, which is not there yet when they are asked for. */
function isAsynchronous(message: JsonObject): boolean {
  return typeof message['status'] === 'string' && 'response' in message && typeof message['id'] === 'string'
}

function readAsynchronous(message: JsonObject, notes: ResponseNotes, ends: ChoiceEnds): void {
  notes.answerId = readText(message['id'])
  const answer = message['response']
  if (isObject(answer)) readChatMessage(answer, notes, ends)
  else if (message['status'] === 'FAILED')
    notes.error ??= { code: 'failed', message: readText(message['error_message']) }
  else notes.consumption = false
}

function readChoice(choice: JsonObject, completion: CompletionBuilder): void {
  const message = choice['message']
  const delta = choice['delta']
  // Perplexity and Writer send both: the delta is the news, the message repeats it or all that was said so far.
  const news = isObject(delta) && (completion.length > 0 || isSaying(delta) || !isObject(message)) ? delta : message
  if (isObject(news)) readAnswer(news, readCount(choice['index']) ?? 0, completion)
}

function isSaying(delta: JsonObject): boolean {
  return Object.entries(delta).some(([key, value]) => key !== 'role' && value !== null && value !== '')
}

function readAnswer(answer: JsonObject, choice: number, completion: CompletionBuilder): void {
  const content = answer['content']
  if (typeof content === 'string') completion.text(content, choice)
  else for (const part of readArray(content)) readContentPart(readObject(part), choice, completion)
  if (readArray(answer['images']).length > 0) completion.unread()
  completion.text(answer['refusal'], choice)
  completion.text(readObject(answer['audio'])['transcript'], choice)
  completion.reasoning(answer['reasoning_content'] ?? answer['reasoning'])
  for (const [position, item] of readArray(answer['tool_calls']).entries()) {
    const call = readObject(item)
    const called = readObject(call['function'])
    completion.toolCall(`${choice}:${readCount(call['index']) ?? position}`, called['name'], called['arguments'])
  }
  const legacyCall = answer['function_call']
  if (isObject(legacyCall)) completion.toolCall(`${choice}:f`, legacyCall['name'], legacyCall['arguments'])
}

/** Mistral's content parts: text, or thinking that holds text parts of its own. */
function readContentPart(part: JsonObject, choice: number, completion: CompletionBuilder): void {
  completion.text(part['text'], choice)
  if (typeof part['text'] !== 'string' && !Array.isArray(part['thinking'])) completion.unread()
  for (const thought of readArray(part['thinking'])) completion.reasoning(readObject(thought)['text'])
}
