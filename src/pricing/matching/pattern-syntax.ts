/** Tests one UTF-16 code unit. */
type CodeTest = (code: number) => boolean

/** What a pattern means, before it is compiled. Texts and classes are compared without regard to case. */
export type PatternNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'class'; readonly test: CodeTest }
  | { readonly kind: 'edge'; readonly edge: 'start' | 'end' | 'word' | 'no-word' }
  | { readonly kind: 'ahead'; readonly node: PatternNode; readonly expected: boolean }
  | { readonly kind: 'sequence'; readonly nodes: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly nodes: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly node: PatternNode; readonly min: number; readonly max: number }

const MAX_PATTERN_LENGTH = 500
const MAX_DEPTH = 30
const MAX_REPEAT = 200

interface Cursor {
  readonly pattern: string
  position: number
  depth: number
}

/**
 * The part of JavaScript's regular expressions that can be matched in linear time, and lookahead.
 * @throws Error that names the construct which is not supported, or the cap that is exceeded.
 */
export function parseRegex(source: string): PatternNode {
  if (source.length > MAX_PATTERN_LENGTH) throw new Error(`expected at most ${MAX_PATTERN_LENGTH} characters`)
  // Python's inline flag; matching disregards case anyway.
  const pattern = source.startsWith('(?i)') ? source.slice(4) : source
  const cursor: Cursor = { pattern, position: 0, depth: 0 }
  const node = parseChoice(cursor)
  if (cursor.position < pattern.length) throw new Error(`unexpected ")" at character ${cursor.position + 1}`)
  return node
}

function take(cursor: Cursor, text: string): boolean {
  if (!cursor.pattern.startsWith(text, cursor.position)) return false
  cursor.position += text.length
  return true
}

function parseChoice(cursor: Cursor): PatternNode {
  if (++cursor.depth > MAX_DEPTH) throw new Error(`expected groups at most ${MAX_DEPTH} deep`)
  const nodes = [parseSequence(cursor)]
  while (take(cursor, '|')) nodes.push(parseSequence(cursor))
  cursor.depth--
  return nodes.length === 1 ? nodes[0]! : { kind: 'choice', nodes }
}

function parseSequence(cursor: Cursor): PatternNode {
  const nodes: PatternNode[] = []
  for (let next = peek(cursor); next !== undefined && next !== '|' && next !== ')'; next = peek(cursor)) {
    nodes.push(parseRepeated(cursor))
  }
  return { kind: 'sequence', nodes }
}

function peek({ pattern, position }: Cursor): string | undefined {
  return pattern[position]
}

function parseRepeated(cursor: Cursor): PatternNode {
  if (readQuantifier(cursor) !== null) throw new Error(`nothing to repeat at character ${cursor.position}`)
  const node = parseAtom(cursor)
  const bounds = readQuantifier(cursor)
  if (bounds === null) return node
  // Laziness changes what is captured, not whether there is a match.
  take(cursor, '?')
  return { kind: 'repeat', node, ...bounds }
}

function parseAtom(cursor: Cursor): PatternNode {
  if (take(cursor, '(')) return parseGroup(cursor)
  if (take(cursor, '[')) return parseClass(cursor)
  if (take(cursor, '\\')) return parseEscape(cursor)
  if (take(cursor, '.')) return { kind: 'class', test: () => true }
  if (take(cursor, '^')) return { kind: 'edge', edge: 'start' }
  if (take(cursor, '$')) return { kind: 'edge', edge: 'end' }
  return { kind: 'text', text: cursor.pattern[cursor.position++]!.toLowerCase() }
}

function parseGroup(cursor: Cursor): PatternNode {
  const ahead = take(cursor, '?=') ? true : take(cursor, '?!') ? false : null
  if (ahead === null && !take(cursor, '?:') && take(cursor, '?')) {
    throw new Error('lookbehind, flags and named groups are not supported: use (?:...), (?=...) or (?!...)')
  }
  const node = parseChoice(cursor)
  if (!take(cursor, ')')) throw new Error('a group is not closed: expected ")"')
  return ahead === null ? node : { kind: 'ahead', node, expected: ahead }
}

function parseEscape(cursor: Cursor): PatternNode {
  const letter = cursor.pattern[cursor.position++]
  if (letter === undefined) throw new Error('a backslash at the end escapes nothing')
  if (letter === 'b' || letter === 'B') return { kind: 'edge', edge: letter === 'b' ? 'word' : 'no-word' }
  const test = classOf(letter)
  if (test) return { kind: 'class', test }
  if (/[a-z0-9]/i.test(letter)) throw new Error(`\\${letter} is not supported`)
  return { kind: 'text', text: letter.toLowerCase() }
}

function parseClass(cursor: Cursor): PatternNode {
  const negated = take(cursor, '^')
  const tests: CodeTest[] = []
  while (!take(cursor, ']')) tests.push(parseClassItem(cursor))
  const includes = (code: number) => tests.some((test) => test(code))
  return { kind: 'class', test: (code) => negated !== (includes(code) || includes(upperCode(code))) }
}

function parseClassItem(cursor: Cursor): CodeTest {
  const { pattern } = cursor
  const escaped = take(cursor, '\\')
  const letter = pattern[cursor.position++]
  if (letter === undefined) throw new Error('a character class is not closed: expected "]"')
  const named = escaped ? classOf(letter) : null
  if (named) return named
  if (escaped && /[a-z0-9]/i.test(letter)) throw new Error(`\\${letter} is not supported in a character class`)
  const from = letter.charCodeAt(0)
  const end = pattern[cursor.position + 1]
  if (peek(cursor) !== '-' || end === undefined || end === ']') return (code) => code === from
  cursor.position++
  take(cursor, '\\')
  const to = pattern.charCodeAt(cursor.position++)
  if (!(to >= from)) throw new Error(`a range is out of order at character ${cursor.position}`)
  return (code) => code >= from && code <= to
}

const BRACES = /\{(\d+)(,?)(\d*)\}/y

function readQuantifier(cursor: Cursor): { min: number; max: number } | null {
  if (take(cursor, '*')) return { min: 0, max: Infinity }
  if (take(cursor, '+')) return { min: 1, max: Infinity }
  if (take(cursor, '?')) return { min: 0, max: 1 }
  if (peek(cursor) !== '{') return null
  BRACES.lastIndex = cursor.position
  const braces = BRACES.exec(cursor.pattern)
  if (!braces) return null
  cursor.position = BRACES.lastIndex
  const min = Number(braces[1])
  const max = braces[3] !== '' ? Number(braces[3]) : braces[2] === '' ? min : Infinity
  if (min > max || min > MAX_REPEAT || (max > MAX_REPEAT && max !== Infinity)) {
    throw new Error(`expected a repetition of at most ${MAX_REPEAT}, lower bound first, in ${braces[0]}`)
  }
  return { min, max }
}

function classOf(letter: string): CodeTest | null {
  const test = { d: isDigit, w: isWord, s: isSpace }[letter.toLowerCase()]
  if (!test) return null
  return letter === letter.toLowerCase() ? test : (code) => !test(code)
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

export function isWord(code: number): boolean {
  return isDigit(code) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 160
}

/** Names arrive in lower case; a class may be written in upper case. */
function upperCode(code: number): number {
  return String.fromCharCode(code).toUpperCase().charCodeAt(0)
}
