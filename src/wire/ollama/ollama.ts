import { EMPTY_PROMPT, type Prompt } from '../../core/records/conversation.ts'
import { isObject, readArray, readObject, readString, readText, type JsonObject } from '../../core/json.ts'
import type { RequestFacts, WireFormat } from '../format.ts'
import { toMediaPart } from '../request/message-content.ts'
import { createMessageReader, type ResponseNotes } from '../reading/message-reader.ts'
import { readOllamaUsage } from './ollama-usage.ts'
import { readToolCalls, toChatMessage } from '../openai/openai-chat.ts'
import { readCommonRequest, readSamplingParameters, toChatPrompt } from '../request/request.ts'

/** Ollama's native `/api/chat`. Streams unless told otherwise. */
export const ollamaChat: WireFormat = {
  name: 'ollama-chat',
  operation: 'chat',
  path: /\/api\/chat$/,
  recognises: (message) => typeof message['done'] === 'boolean' && isObject(message['message']),
  readRequest: (body) => readOllamaRequest(body, readMessages(body)),
  createReader: (options) => createMessageReader(options, readOllamaMessage),
}

/** Ollama's native `/api/generate`. Streams unless told otherwise. */
export const ollamaGenerate: WireFormat = {
  name: 'ollama-generate',
  operation: 'text_completion',
  path: /\/api\/generate$/,
  recognises: (message) => typeof message['done'] === 'boolean' && typeof message['response'] === 'string',
  readRequest: (body) => readOllamaRequest(body, readGeneratePrompt(body)),
  createReader: (options) => createMessageReader(options, readOllamaMessage),
}

function readOllamaRequest(body: JsonObject, prompt: Prompt): RequestFacts {
  return {
    ...readCommonRequest(body, prompt),
    stream: body['stream'] !== false,
    parameters: readSamplingParameters(readObject(body['options'])),
  }
}

function readMessages(body: JsonObject): Prompt {
  const messages = readArray(body['messages']).map((item) => {
    const message = readObject(item)
    return { ...toChatMessage(message), media: readImages(message) }
  })
  return toChatPrompt(messages, body['tools'], readSchema(body))
}

function readGeneratePrompt(body: JsonObject): Prompt {
  const texts = [readText(body['system']), readText(body['prompt']), readText(body['suffix'])]
  const text = texts.filter((part) => part !== null).join('\n')
  const media = readImages(body)
  const isTold = body['prompt'] !== undefined || text !== '' || media.length > 0
  const messages = isTold ? [{ role: '', name: null, text, media, toolCalls: [] }] : []
  return { ...EMPTY_PROMPT, kind: 'completion', messages, responseSchema: readSchema(body) }
}

function readImages(message: JsonObject) {
  return readArray(message['images']).map((image) => toMediaPart('image', readString(image), null))
}

function readSchema(body: JsonObject): unknown {
  return isObject(body['format']) ? body['format'] : null
}

function readOllamaMessage(message: JsonObject, notes: ResponseNotes): void {
  // Counts stand in the last message only, but behind a huge `context` they may be all that is left of it.
  const usage = readOllamaUsage(message)
  notes.usage.assign(usage)
  if (usage) notes.finished = true
  if (message['done'] === true) notes.terminated = true
  // An empty prompt only loads or unloads the model: the answer has no counts and nothing was consumed.
  const reason = message['done_reason']
  if (reason === 'load' || reason === 'unload') notes.consumption = false
  const answer = readObject(message['message'])
  notes.completion.text(answer['content'] ?? message['response'])
  notes.completion.reasoning(answer['thinking'] ?? message['thinking'])
  for (const call of readToolCalls(answer['tool_calls'])) notes.completion.wholeToolCall(call.name, call.arguments)
}
