import { toErrorMessage } from '../../core/errors.ts'

/** A JSON text that does not parse, with the place counted from 1. */
export class JsonSyntaxError extends Error {}

/**
 * JSON.parse whose error names line and column: V8 leaves the place out of some of its messages.
 * @throws JsonSyntaxError
 */
export function parseJsonText(text: string): unknown {
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  try {
    return JSON.parse(source)
  } catch (error) {
    const before = source.slice(0, findSyntaxError(source)).split('\n')
    const place = `line ${before.length}, column ${before.at(-1)!.length + 1}`
    // Neither the message as it is nor its cause: V8 quotes what stands there.
    const reason = toErrorMessage(error).replace(/(?:, (?:\.{3})?|^)".*$/s, '')
    throw new JsonSyntaxError(`not valid JSON at ${place}: ${reason}`)
  }
}

const whitespace = /[ \t\r\n]*/y
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

type Expected = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing'

/** Offset of the first token that cannot stand where it stands, or of the end where the text stops too early. */
function findSyntaxError(text: string): number {
  const open: string[] = []
  let expected: Expected = 'value'
  let position = skip(whitespace, text, 0)
  while (position < text.length) {
    const next = skipToken(text, position, expected, open)
    if (next === null) return position
    expected = next.expected
    position = skip(whitespace, text, next.position)
  }
  return text.length
}

function skipToken(
  text: string,
  position: number,
  expected: Expected,
  open: string[],
): { expected: Expected; position: number } | null {
  const letter = text[position]!
  const afterValue = (): Expected => (open.length > 0 ? 'comma-or-end' : 'nothing')
  if ((letter === '{' || letter === '[') && expected.startsWith('value')) {
    open.push(letter)
    return { expected: letter === '{' ? 'key-or-end' : 'value-or-end', position: position + 1 }
  }
  if ((letter === '}' || letter === ']') && expected.endsWith('-or-end') && isClosedBy(open.at(-1), letter)) {
    open.pop()
    return { expected: afterValue(), position: position + 1 }
  }
  if (letter === ',' && expected === 'comma-or-end') {
    return { expected: open.at(-1) === '{' ? 'key' : 'value', position: position + 1 }
  }
  if (letter === ':' && expected === 'colon') return { expected: 'value', position: position + 1 }
  const end = letter === '"' ? skipString(text, position) : skip(scalar, text, position)
  if (end === position) return null
  if (expected.startsWith('value')) return { expected: afterValue(), position: end }
  return expected.startsWith('key') && letter === '"' ? { expected: 'colon', position: end } : null
}

/** Stays at `position` when the string does not end, holds a control character or an escape that JSON does not know. */
function skipString(text: string, position: number): number {
  let index = position + 1
  while (index < text.length && text[index] !== '"') {
    const next = text[index] === '\\' ? skip(escape, text, index) : index + 1
    if (next === index || text.charCodeAt(index) < 0x20) return position
    index = next
  }
  return index < text.length ? index + 1 : position
}

function isClosedBy(opener: string | undefined, closer: string): boolean {
  return (opener === '{' && closer === '}') || (opener === '[' && closer === ']')
}

function skip(pattern: RegExp, text: string, position: number): number {
  pattern.lastIndex = position
  return pattern.test(text) ? pattern.lastIndex : position
}
