import { isJsonText } from './json-text.ts'
import { startsEventStream } from './scanners/aws-eventstream.ts'

/** Bodies of several messages. */
export type StreamKind = 'sse' | 'ndjson' | 'json-array' | 'aws-eventstream'
export type BodyKind = 'json' | 'unknown' | StreamKind

/** Looked at of a body; a first line that is longer counts as plain JSON. */
const HEAD_BYTES = 128 * 1024
/** Room for a few blank lines, which keep a connection alive, and for the name of a field. */
const START_BYTES = 64
const LONGEST_START = 'event:'.length
const SSE_START = /^(?:data|event|id|retry)?:/
const PRETTY_START = /^\{\s*\n/
const SSE_LINE = /[\r\n](?:data|event):/
const NDJSON_TYPE = /\b(?:x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines|stream\+json|x-json-stream)\b/

/**
 * What a body is, by its first bytes, and by its content type where they do not tell: handlers often stream without
 * naming a type, or name the wrong one. A first line that says nothing (`[]`, `null`) does not outweigh the type of a
 * stream. `head`, bytes or text, may end anywhere.
 */
export function detectBodyKind(head: Buffer | string, contentType: string | null): BodyKind {
  const type = contentType?.toLowerCase() ?? ''
  if ((typeof head !== 'string' && startsEventStream(head)) || type.includes('vnd.amazon.eventstream'))
    return 'aws-eventstream'
  // Nearly always the first bytes tell, and the rest need not become text.
  const start = readText(head, START_BYTES)
  const text = start.length < LONGEST_START ? readText(head, HEAD_BYTES) : start
  const isObject = text.startsWith('{')
  if (!isObject && SSE_START.test(text)) return 'sse'
  if (NDJSON_TYPE.test(type)) {
    if (isObject ? !PRETTY_START.test(text) : startsLines(readText(head, HEAD_BYTES))) return 'ndjson'
  }
  const opensJson = isObject || text.startsWith('[')
  // No JSON text holds a line that begins so.
  if (type.includes('event-stream') && (!opensJson || SSE_LINE.test(readText(head, HEAD_BYTES)))) return 'sse'
  if (!opensJson) return 'unknown'
  if (!isObject) return 'json-array'
  return head.includes('\n') && startsLines(readText(head, HEAD_BYTES)) ? 'ndjson' : 'json'
}

/** A whole value in the first line and more behind it: lines, whatever the type says. Pretty-printed JSON opens with `{`. */
function startsLines(text: string): boolean {
  const lineEnd = text.indexOf('\n')
  return lineEnd !== -1 && text.slice(lineEnd).trim() !== '' && isJsonText(text.slice(0, lineEnd))
}

function readText(head: Buffer | string, length: number): string {
  const text = typeof head === 'string' ? head.slice(0, length) : head.toString('utf8', 0, length)
  return text.replace(/^\uFEFF/, '').trimStart()
}
