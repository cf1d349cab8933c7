import { matching, textBefore, wholeMatch, type Range, type Recogniser } from './matching.ts'

/** Social Security Numbers as issued, and taxpayer numbers (9xx-5x to 9xx-9x), with dashes. */
const DASHED =
  /(?<![A-Za-z\d]|\d[.-])(?:(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}|9\d{2}-[5-9]\d-\d{4})(?![A-Za-z\d]|[.-]\d)/g
const ANY_FORM = /(?<![A-Za-z\d]|\d[.-])\d{3}[ .\-\u2011\u2013]?\d{2}[ .\-\u2011\u2013]?\d{4}(?![A-Za-z\d]|[.-]\d)/g
const CONTEXT = /\bssn|[a-z_]ssn|\bssan\b|\bitin\b|social.{0,3}sec|soc\.? sec|seguro social|tax(?:payer)? id/i

function inContext(match: RegExpExecArray, text: string): Range | null {
  return CONTEXT.test(textBefore(text, match.index)) ? wholeMatch(match) : null
}

const findDashed = matching(DASHED)
const findNamed = matching(ANY_FORM, inContext)

export const findSocialSecurityNumbers: Recogniser = (text, onRange) => {
  findDashed(text, onRange)
  findNamed(text, onRange)
}
