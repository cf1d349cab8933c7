const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_BRACKET = 91
const BACKSLASH = 92
const OPEN_BRACE = 123
/** Lies behind the code of an opening bracket or brace by this. */
const TO_CLOSING = 2

const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y

/** Whether `JSON.parse` takes the text, told without the error that it throws: that takes longer than many messages. */
export function isJsonText(text: string): boolean {
  /** What closes the objects and arrays that are open. */
  const closing: number[] = []
  let at = 0
  let wantsValue = true
  for (;;) {
    at = skipSpace(text, at)
    if (at === -1) return false
    const code = text.charCodeAt(at)
    if (wantsValue) {
      if (code !== OPEN_BRACE && code !== OPEN_BRACKET) {
        at = code === QUOTE ? stringEnd(text, at) : tokenEnd(SCALAR, text, at)
        wantsValue = false
        continue
      }
      at = skipSpace(text, at + 1)
      wantsValue = text.charCodeAt(at) !== code + TO_CLOSING
      if (!wantsValue) at++
      else {
        closing.push(code + TO_CLOSING)
        if (code === OPEN_BRACE) at = keyEnd(text, at)
      }
    } else if (closing.length === 0) return at === text.length
    else if (code === closing.at(-1)) {
      closing.pop()
      at++
    } else if (code === COMMA) {
      wantsValue = true
      at = closing.at(-1) === OPEN_BRACE + TO_CLOSING ? keyEnd(text, skipSpace(text, at + 1)) : at + 1
    } else return false
  }
}

/** No honest message comes near it; half a million open brackets take `JSON.parse` half a second. */
const MAX_DEPTH = 1_000
/** Shorter texts are parsed in no time whatever they hold. */
const SHALLOW_LENGTH = 64 * 1024

/** Whether brackets nest so deep that parsing the text would hold up the event loop. */
export function nestsTooDeep(text: string): boolean {
  if (text.length <= SHALLOW_LENGTH) return false
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) inString = !inString
    else if (code === BACKSLASH) at++
    else if (inString) continue
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return true
    } else if (code === OPEN_BRACE + TO_CLOSING || code === OPEN_BRACKET + TO_CLOSING) depth--
  }
  return false
}

/** Those below answer the index behind what they read; -1 where it is not there, also at an index of -1. */
function keyEnd(text: string, at: number): number {
  const end = skipSpace(text, stringEnd(text, at))
  return end !== -1 && text.charCodeAt(end) === COLON ? end + 1 : -1
}

function stringEnd(text: string, start: number): number {
  if (start === -1 || text.charCodeAt(start) !== QUOTE) return -1
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (code < 32) return -1
    if (code !== BACKSLASH) continue
    const end = tokenEnd(ESCAPE, text, at)
    if (end === -1) return -1
    at = end - 1
  }
  return -1
}

function tokenEnd(token: RegExp, text: string, at: number): number {
  token.lastIndex = at
  return token.test(text) ? token.lastIndex : -1
}

function skipSpace(text: string, from: number): number {
  if (from === -1) return -1
  let at = from
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

/** The white space of JSON, which is less than that of JavaScript. */
export function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9
}
