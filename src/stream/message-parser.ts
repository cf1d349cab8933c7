import { isObject, parseJson, type JsonObject } from '../core/json.ts'
import { isJsonText, isSpace, nestsTooDeep } from './json-text.ts'

const BYTE_ORDER_MARK = 0xfeff
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
/** Parses that may fail in one stream. An honest one has a few broken messages. */
const MAX_FAILURES = 8

/**
 * Parses the messages of one stream. Parsing what is no JSON takes seven microseconds for the error alone, however short it
 * is, and a stream may hold a million such messages: what cannot be an object is not parsed, and after a few failures every
 * message is checked before. What comes out is the same.
 */
export class MessageParser {
  #failures = 0

  /** `null` when the message is no JSON object. */
  parse(text: string): JsonObject | null {
    if (!isInBraces(text) || nestsTooDeep(text)) return null
    if (this.#failures >= MAX_FAILURES && !isJsonText(withoutMark(text))) return null
    const value = parseJson(text)
    if (isObject(value)) return value
    this.#failures++
    return null
  }
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text
}

function isInBraces(text: string): boolean {
  let start = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0
  while (isSpace(text.charCodeAt(start))) start++
  if (text.charCodeAt(start) !== OPEN_BRACE) return false
  let end = text.length - 1
  while (isSpace(text.charCodeAt(end))) end--
  return text.charCodeAt(end) === CLOSE_BRACE
}
