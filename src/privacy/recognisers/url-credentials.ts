import type { Recogniser } from './matching.ts'

/** Longest user name and password, together, that is looked for before the at sign. */
const MAX_LENGTH = 320
const END_OF_AUTHORITY = /[\s/?#"'<>`\\]/

/** The `user:password` of `scheme://user:password@host`; host and path stay readable. */
export const findUrlCredentials: Recogniser = (text, onRange) => {
  for (let found = text.indexOf('://'); found !== -1; found = text.indexOf('://', found + 3)) {
    const start = found + 3
    const limit = Math.min(text.length, start + MAX_LENGTH)
    let at = -1
    // The last at sign: passwords hold unescaped ones.
    for (let index = start; index < limit && !END_OF_AUTHORITY.test(text.charAt(index)); index++) {
      if (text[index] === '@') at = index
    }
    if (at > start && text.slice(start, at).includes(':')) onRange(start, at)
  }
}
