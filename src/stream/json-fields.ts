import { parseJson } from '../core/json.ts'

/**
 * Reads the first or the last value of each key from a piece of JSON text that has no beginning or no end: the head or the
 * tail of a body that was too large to keep. Looks at any depth; a value that is cut off is left out. Linear in the length
 * of `text` times the number of keys.
 */
export function readJsonFields(
  text: string,
  keys: readonly string[],
  occurrence: 'first' | 'last',
): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  const find = occurrence === 'first' ? firstStart : lastStart
  for (const key of keys) {
    const value = readValue(text, find(text, `"${key}"`))
    if (value !== undefined) fields[key] = value
  }
  return fields
}

/** Start of the value behind the first occurrence of the key; -1 when there is none. */
function firstStart(text: string, quotedKey: string): number {
  for (let at = text.indexOf(quotedKey); at !== -1; at = text.indexOf(quotedKey, at + 1)) {
    const start = valueStart(text, at, quotedKey)
    if (start !== -1) return start
  }
  return -1
}

/** As `firstStart`, for the last occurrence. It counts even when it is cut off: an earlier one may be out of date. */
function lastStart(text: string, quotedKey: string): number {
  for (let at = text.lastIndexOf(quotedKey); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(quotedKey, at - 1)) {
    const start = valueStart(text, at, quotedKey)
    if (start !== -1) return start
  }
  return -1
}

function valueStart(text: string, at: number, quotedKey: string): number {
  // Inside a string the quote is escaped: `\"usage\"` is somebody's text, not a key.
  if (text[at - 1] === '\\') return -1
  const colon = skipSpace(text, at + quotedKey.length)
  return text[colon] === ':' ? skipSpace(text, colon + 1) : -1
}

function readValue(text: string, start: number): unknown {
  const end = start === -1 ? -1 : valueEnd(text, start)
  return end === -1 ? undefined : parseJson(text.slice(start, end))
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++
  return at
}

/** Index behind the value that starts at `start`; -1 when the text ends first. */
function valueEnd(text: string, start: number): number {
  let depth = 0
  let inString = false
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (inString) {
      if (character === '\\') at++
      else if (character === '"') {
        inString = false
        if (depth === 0) return at + 1
      }
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']' || character === ',') {
      if (depth === 0) return at
      if (character !== ',' && --depth === 0) return at + 1
    }
  }
  return -1
}
