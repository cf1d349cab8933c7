import type { MediaPart, Prompt, PromptMessage } from '../core/conversation.ts'
import { readArray, readNumber, readObject, readString, readText, type JsonObject } from '../core/json.ts'
import { readToolCalls } from './completion-builder.ts'
import type { SamplingParameters } from './format.ts'

/** Head of an inline payload that is kept: image formats state their dimensions in it. */
const MEDIA_HEAD_LENGTH = 64 * 1024

/** `messages`, `tools` and `response_format` of an OpenAI-style chat request. */
export function readChatPrompt(body: JsonObject): Prompt {
  const format = readObject(body['response_format'])
  return {
    kind: 'chat',
    messages: readArray(body['messages']).map((message) => readChatMessage(readObject(message))),
    tools: [...readArray(body['tools']), ...readArray(body['functions'])],
    responseSchema: readObject(format['json_schema'])['schema'] ?? null,
    tokenIds: 0,
  }
}

function readChatMessage(message: JsonObject): PromptMessage {
  const content = message['content']
  const texts: string[] = []
  const media: MediaPart[] = []
  if (typeof content === 'string') texts.push(content)
  else for (const part of readArray(content)) readPart(readObject(part), texts, media)
  return {
    role: readString(message['role']) ?? '',
    name: readText(message['name']),
    text: texts.join('\n'),
    media,
    toolCalls: readToolCalls(message['tool_calls']),
  }
}

function readPart(part: JsonObject, texts: string[], media: MediaPart[]): void {
  const text = readString(part['text']) ?? readString(part['refusal'])
  if (text !== null) texts.push(text)
  const image = part['image_url']
  if (image !== undefined) {
    const source = typeof image === 'string' ? { url: image } : readObject(image)
    media.push(toMediaPart('image', readString(source['url']), readText(readObject(source)['detail'])))
  }
  const audio = readObject(part['input_audio'])['data']
  if (audio !== undefined) media.push(toMediaPart('audio', readString(audio), null))
  const file = readObject(part['file'])
  if (part['file'] !== undefined) media.push(toMediaPart('file', readString(file['file_data']), null))
}

/** A data URL or bare base64, of which the head is kept; or a reference (`https:`, a file id), of which nothing is. */
export function toMediaPart(kind: MediaPart['kind'], source: string | null, detail: string | null): MediaPart {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(source?.slice(0, 32) ?? '')?.[1]?.toLowerCase()
  if (source === null || (scheme !== undefined && scheme !== 'data')) return { kind, data: null, dataLength: 0, detail }
  const start = scheme === 'data' ? source.indexOf(',') + 1 : 0
  return { kind, data: source.slice(start, start + MEDIA_HEAD_LENGTH), dataLength: source.length - start, detail }
}

export function readSamplingParameters(body: JsonObject): SamplingParameters {
  return {
    temperature: readNumber(body['temperature']),
    maxTokens: readNumber(body['max_completion_tokens']) ?? readNumber(body['max_tokens']),
    topP: readNumber(body['top_p']),
    frequencyPenalty: readNumber(body['frequency_penalty']),
    presencePenalty: readNumber(body['presence_penalty']),
  }
}

/** `user`, or the id inside `metadata` where gateways put it. */
export function readUserId(body: JsonObject): string | null {
  return readText(body['user']) ?? readText(readObject(body['metadata'])['user_id'])
}
