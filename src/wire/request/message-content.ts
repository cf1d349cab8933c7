import type { MediaPart, ToolCall } from '../../core/records/conversation.ts'
import { isObject, readObject, readString, readText, toJsonText, type JsonObject } from '../../core/json.ts'
import { toArgumentsText } from '../reading/completion-builder.ts'

/** What the content of one prompt message holds. */
export interface MessageContent {
  readonly text: string
  readonly media: readonly MediaPart[]
  readonly toolCalls: readonly ToolCall[]
}

interface FoundContent {
  readonly texts: string[]
  readonly media: MediaPart[]
  readonly toolCalls: ToolCall[]
}

/** Head of an inline payload that is kept: image formats state their dimensions in it. */
const MEDIA_HEAD_LENGTH = 64 * 1024

/** Tool results hold parts of their own, one level down in every format. */
const MAX_DEPTH = 3

/**
 * Reads message content of any format: a text, or parts in the shapes of OpenAI (chat and Responses), Anthropic, Gemini,
 * Cohere and Bedrock. Their keys do not collide, so one reader serves them all.
 */
export function readContent(content: unknown): MessageContent {
  const found: FoundContent = { texts: [], media: [], toolCalls: [] }
  collect(content, found, 0)
  return { text: found.texts.join('\n'), media: found.media, toolCalls: found.toolCalls }
}

function collect(content: unknown, found: FoundContent, depth: number): void {
  if (depth > MAX_DEPTH) return
  for (const part of Array.isArray(content) ? content : [content]) {
    if (typeof part === 'string') found.texts.push(part)
    else if (isObject(part)) collectPart(part, found, depth)
  }
}

function collectPart(part: JsonObject, found: FoundContent, depth: number): void {
  for (const key of ['text', 'refusal', 'thinking']) {
    const text = part[key]
    if (typeof text === 'string') found.texts.push(text)
  }
  collectMedia(part, found.media)
  collectCall(part, found.toolCalls)
  if (part['type'] === 'tool_result') collect(part['content'], found, depth + 1)
  collect(readObject(part['toolResult'])['content'], found, depth + 1)
  const value = part['json'] ?? readObject(part['functionResponse'])['response']
  if (value !== undefined) found.texts.push(toJsonText(value))
}

function collectCall(part: JsonObject, toolCalls: ToolCall[]): void {
  const call =
    part['type'] === 'tool_use' ? part : readObject(part['functionCall'] ?? part['function_call'] ?? part['toolUse'])
  const name = readString(call['name'])
  if (name !== null) toolCalls.push({ name, arguments: toArgumentsText(call['input'] ?? call['args']) })
}

function collectMedia(part: JsonObject, media: MediaPart[]): void {
  const image = part['image_url']
  if (image !== undefined) {
    const url = isObject(image) ? image['url'] : image
    const detail = readText(readObject(image)['detail']) ?? readText(part['detail'])
    media.push(toMediaPart('image', readString(url), detail))
  }
  const audio = part['input_audio']
  if (audio !== undefined) media.push(toMediaPart('audio', readString(readObject(audio)['data']), null))
  const file = part['type'] === 'input_file' ? part : part['file']
  if (isObject(file)) media.push(toMediaPart('file', readString(file['file_data']), null))
  collectInline(part, media)
}

/** Anthropic's `source`, Gemini's `inlineData` and `fileData`, Bedrock's `image` and `document`. */
function collectInline(part: JsonObject, media: MediaPart[]): void {
  const type = part['type']
  if (type === 'image' || type === 'document') {
    const source = readObject(part['source'])
    media.push(toMediaPart(type === 'image' ? 'image' : 'file', readString(source['data'] ?? source['url']), null))
  }
  const inline = part['inlineData'] ?? part['inline_data'] ?? part['fileData'] ?? part['file_data']
  if (isObject(inline)) {
    const mimeType = readString(inline['mimeType'] ?? inline['mime_type']) ?? ''
    media.push(toMediaPart(kindOfMimeType(mimeType), readString(inline['data']), null))
  }
  for (const [key, kind] of [
    ['image', 'image'],
    ['document', 'file'],
  ] as const) {
    const source = readObject(part[key])['source']
    if (isObject(source)) media.push(toMediaPart(kind, readString(source['bytes']), null))
  }
}

function kindOfMimeType(mimeType: string): MediaPart['kind'] {
  if (mimeType.startsWith('image/')) return 'image'
  return mimeType.startsWith('audio/') ? 'audio' : 'file'
}

/** A data URL or bare base64, of which the head is kept; or a reference (`https:`, a file id), of which nothing is. */
export function toMediaPart(kind: MediaPart['kind'], source: string | null, detail: string | null): MediaPart {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(source?.slice(0, 32) ?? '')?.[1]?.toLowerCase()
  if (source === null || (scheme !== undefined && scheme !== 'data')) return { kind, data: null, dataLength: 0, detail }
  const start = scheme === 'data' ? source.indexOf(',') + 1 : 0
  return { kind, data: source.slice(start, start + MEDIA_HEAD_LENGTH), dataLength: source.length - start, detail }
}
