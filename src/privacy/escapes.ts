/** A text with its escapes resolved, and for each of its positions the one in the original. */
export interface UnescapedText {
  readonly text: string
  toOriginal(position: number): number
}

const WIDTHLESS = /[\u00ad\u180e\u200b-\u200d\u2060\ufeff]/g
/** A percent sign that was itself escaped, up to three times. */
const PERCENT = '%(?:25){0,3}'
const NAMED: Readonly<Record<string, string>> = {
  amp: '&', apos: "'", bsol: '\\', colon: ':', commat: '@', dash: '-', equals: '=', gt: '>', hyphen: '-', lowbar: '_', lpar: '(',
  lt: '<', nbsp: ' ', newline: '\n', num: '#', percnt: '%', period: '.', plus: '+', quot: '"', rpar: ')', shy: '', sol: '/', tab: '\t',
} // prettier-ignore

/**
 * Characters as URLs (in UTF-8), JSON, programs and HTML escape them, where escapes may be escaped again; and characters
 * without width, which break a word for nobody who reads it.
 */
const ESCAPE = new RegExp(
  [
    `${PERCENT}(0[9ad]|[2-7][0-9a-f]|[c-f][0-9a-f](?:${PERCENT}[89ab][0-9a-f]){1,3})`,
    String.raw`\\{1,4}(?:u([0-9a-f]{4})|u\{0{0,4}([0-9a-f]{2,5})\}|x([2-7][0-9a-f])|([nrt"'/]))`,
    `&(?:amp;){0,2}(?:#x0{0,4}([0-9a-f]{2,5});?|#0{0,4}(\\d{2,6});?|(${Object.keys(NAMED).join('|')});)`,
    WIDTHLESS.source,
  ].join('|'),
  'gi',
)
const MAY_ESCAPE = /[%\\&\u00ad\u180e\u200b-\u200d\u2060\ufeff]/
const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }
const INNER_PERCENT = new RegExp(PERCENT, 'g')

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
    const characters = toCharacters(match).replace(WIDTHLESS, '')
    parts.push(characters)
    for (let index = 0; index < characters.length; index++) positions[length++] = match.index
    from = ESCAPE.lastIndex
  }
  if (parts.length === 0) return null
  keep(text.length)
  positions[length] = text.length
  return { text: parts.join(''), toOriginal: (position) => positions[position] ?? text.length }
}

function toCharacters([escape, url, json, braced, byte, letter, hexadecimal, decimal, name]: RegExpExecArray): string {
  if (letter !== undefined) return LETTERS[letter] ?? letter
  if (name !== undefined) return NAMED[name.toLowerCase()] ?? escape
  if (decimal !== undefined) return toCharacter(Number(decimal))
  if (url !== undefined && url.length > 2) return Buffer.from(url.replace(INNER_PERCENT, ''), 'hex').toString('utf8')
  const digits = url ?? json ?? braced ?? byte ?? hexadecimal
  return digits === undefined ? '' : toCharacter(Number.parseInt(digits, 16))
}

function toCharacter(code: number): string {
  return code > 0x10ffff ? '' : String.fromCodePoint(code)
}
