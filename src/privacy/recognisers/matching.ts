/** A half-open range of UTF-16 positions. */
export interface Range {
  readonly start: number
  readonly end: number
}

/**
 * Reports every range of `text` that must go. Ranges may overlap and come in any order.
 * Time is linear in the length of `text`, whatever it holds: see `matching` for the rules that patterns keep.
 */
export type Recogniser = (text: string, onRange: (start: number, end: number) => void) => void

/** How far before and behind a candidate a word may stand that tells what the candidate is. */
const CONTEXT_LENGTH = 40
/** Also one that the border of the context cuts. */
const PLACEHOLDER = /\[[A-Z_]{1,20}(?:\]|$)|^[A-Z_]{1,20}\]/g

/**
 * A recogniser from a global pattern whose match `accept` narrows, or refuses with `null`.
 * Patterns begin with a literal or a look-behind and bound every quantifier; a group is repeated only where each round
 * must consume a digit or a sign. After a refusal the search goes on one character further, so a try must cost a constant.
 */
export function matching(
  pattern: RegExp,
  accept: (match: RegExpExecArray, text: string) => Range | null = wholeMatch,
): Recogniser {
  return (text, onRange) => {
    pattern.lastIndex = 0
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const range = accept(match, text)
      if (range) onRange(range.start, range.end)
      pattern.lastIndex = range ? Math.max(range.end, match.index + 1) : match.index + 1
    }
  }
}

export function wholeMatch(match: RegExpExecArray): Range {
  return { start: match.index, end: match.index + match[0].length }
}

/** The range of the last `length` characters of a match: for patterns that begin with the words before a value. */
export function endOfMatch(match: RegExpExecArray, length: number): Range {
  const end = match.index + match[0].length
  return { start: end - length, end }
}

/** What stands right before `position`, without placeholders: `[PHONE]` must not make a telephone of its neighbour. */
export function textBefore(text: string, position: number, length = CONTEXT_LENGTH): string {
  return text.slice(Math.max(0, position - length), position).replace(PLACEHOLDER, ' ')
}

/** What stands right behind `position`, without placeholders. */
export function textBehind(text: string, position: number, length = CONTEXT_LENGTH): string {
  return text.slice(position, position + length).replace(PLACEHOLDER, ' ')
}

/** Check digit of payment cards (ISO/IEC 7812-1). */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let index = digits.length - 1, double = false; index >= 0; index--, double = !double) {
    const digit = digits.charCodeAt(index) - 48
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit
  }
  return sum % 10 === 0
}
