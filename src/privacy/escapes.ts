/** A text with its escapes resolved, and for each of its positions the one in the original. */
export interface UnescapedText {
  readonly text: string
  toOriginal(position: number): number
}

/** ASCII characters as URLs, JSON and HTML escape them; JSON inside JSON doubles the backslashes. */
const ESCAPE = /%(0[9ad]|[2-7][0-9a-f])|\\{1,4}(?:u00([2-7][0-9a-f])|([nrt"'/]))|&#(?:x([2-7][0-9a-f])|(\d{2,3}));/gi
const MAY_ESCAPE = /[%\\&]/
const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/**
 * The text as its reader will see it, `null` when nothing is escaped. `%2B1%20415...` is a telephone number, and the
 * `n` of a `\n` before a card number is no letter of a longer token.
 */
export function readEscapes(text: string): UnescapedText | null {
  if (!MAY_ESCAPE.test(text)) return null
  const parts: string[] = []
  const positions = new Uint32Array(text.length + 1)
  let length = 0
  let from = 0
  function keep(to: number): void {
    parts.push(text.slice(from, to))
    while (from < to) positions[length++] = from++
  }
  ESCAPE.lastIndex = 0
  for (let match = ESCAPE.exec(text); match !== null; match = ESCAPE.exec(text)) {
    keep(match.index)
    parts.push(toCharacter(match))
    positions[length++] = match.index
    from = ESCAPE.lastIndex
  }
  if (parts.length === 0) return null
  keep(text.length)
  positions[length] = text.length
  return { text: parts.join(''), toOriginal: (position) => positions[position] ?? text.length }
}

function toCharacter([, url, json, letter, hexadecimal, decimal]: RegExpExecArray): string {
  if (letter !== undefined) return LETTERS[letter] ?? letter
  const code = decimal === undefined ? Number.parseInt(url ?? json ?? hexadecimal ?? '', 16) : Number(decimal)
  return String.fromCharCode(code)
}
