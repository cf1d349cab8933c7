import { isObject, parseJson } from '../core/json.ts'

export type BodyKind = 'json' | 'sse' | 'ndjson' | 'unknown'

const SSE_START = /^(?:data|event|id|retry)?:/
const NDJSON_TYPE = /\b(?:x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines|stream\+json|x-json-stream)\b/

/**
 * What a body is, by its first bytes, and by its content type where they do not tell: handlers often stream without
 * naming a type, or name the wrong one. `head` may end anywhere.
 */
export function detectBodyKind(head: Buffer, contentType: string | null): BodyKind {
  const text = head
    .toString('utf8', 0, 16 * 1024)
    .replace(/^\uFEFF/, '')
    .trimStart()
  const type = contentType?.toLowerCase() ?? ''
  if (SSE_START.test(text) || (text === '' && type.includes('event-stream'))) return 'sse'
  if (!text.startsWith('{') && !text.startsWith('[')) return 'unknown'
  if (NDJSON_TYPE.test(type)) return 'ndjson'
  // A whole object in the first line and more behind it: lines, whatever the type says. Pretty-printed JSON opens with `{`.
  const lineEnd = text.indexOf('\n')
  const more = lineEnd !== -1 && text.slice(lineEnd).trim() !== ''
  return more && isObject(parseJson(text.slice(0, lineEnd))) ? 'ndjson' : 'json'
}
