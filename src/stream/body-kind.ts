import { isObject, parseJson } from '../core/json.ts'
import { startsEventStream } from './aws-eventstream.ts'

/** Bodies of several messages. */
export type StreamKind = 'sse' | 'ndjson' | 'json-array' | 'aws-eventstream'
export type BodyKind = 'json' | 'unknown' | StreamKind

/** Looked at of a body; a first line that is longer counts as plain JSON. */
const HEAD_BYTES = 128 * 1024
const SSE_START = /^(?:data|event|id|retry)?:/
const NDJSON_TYPE = /\b(?:x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines|stream\+json|x-json-stream)\b/

/**
 * What a body is, by its first bytes, and by its content type where they do not tell: handlers often stream without
 * naming a type, or name the wrong one. `head` may end anywhere.
 */
export function detectBodyKind(head: Buffer, contentType: string | null): BodyKind {
  const type = contentType?.toLowerCase() ?? ''
  if (startsEventStream(head) || type.includes('vnd.amazon.eventstream')) return 'aws-eventstream'
  const text = head
    .toString('utf8', 0, HEAD_BYTES)
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (text.startsWith('[')) return 'json-array'
  if (!text.startsWith('{')) return SSE_START.test(text) || type.includes('event-stream') ? 'sse' : 'unknown'
  if (NDJSON_TYPE.test(type)) return 'ndjson'
  // A whole object in the first line and more behind it: lines, whatever the type says. Pretty-printed JSON opens with `{`.
  const lineEnd = text.indexOf('\n')
  const more = lineEnd !== -1 && text.slice(lineEnd).trim() !== ''
  return more && isObject(parseJson(text.slice(0, lineEnd))) ? 'ndjson' : 'json'
}
