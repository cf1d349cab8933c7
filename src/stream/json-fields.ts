import { parseJson } from '../core/json.ts'

/**
 * Reads the last value of each key from a piece of JSON text that has no beginning or no end: the tail (or head) of a body
 * that was too large to keep. Looks at any depth; values that are cut off are left out. Linear in the length of `text`
 * times the number of keys.
 */
export function readJsonFields(text: string, keys: readonly string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const key of keys) {
    const value = lastValue(text, `"${key}"`)
    if (value !== undefined) fields[key] = value
  }
  return fields
}

function lastValue(text: string, quotedKey: string): unknown {
  for (let at = text.lastIndexOf(quotedKey); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(quotedKey, at - 1)) {
    // Inside a string the quote is escaped: `\"usage\"` is somebody's text, not a key.
    if (text[at - 1] === '\\') continue
    const colon = skipSpace(text, at + quotedKey.length)
    if (text[colon] !== ':') continue
    const start = skipSpace(text, colon + 1)
    const end = valueEnd(text, start)
    // Only the last value counts, even when it is cut off: an earlier one may be out of date.
    return end === -1 ? undefined : parseJson(text.slice(start, end))
  }
  return undefined
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
