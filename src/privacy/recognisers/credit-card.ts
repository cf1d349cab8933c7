import { matching, passesLuhn, textBefore, type Range, type Recogniser } from './matching.ts'

/**
 * Digits as cards are printed: in one piece, 4-4-4-4 (and a rest of up to three), 4-6-4, 4-6-5. Never behind a point
 * (a fraction), nor inside a longer token such as a UUID or a hash; a word for cards or codes may touch them.
 */
const DIGITS =
  /(?:\d{12,19}|\d{4}([ .+\-_/\u00a0\u2007\u2010-\u2013\u202f]|[ -]{2,3})\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ .\u00a0\u2010-\u2013-])\d{6}\2\d{4,5}|\d{4}([ .-])\d{4}\3\d{4}\3\d{1,3})(?![\dB-DF-Zb-df-z]|[AEae](?!xp|XP)|\.\d)/
const PRINTED_CARD = new RegExp(`(?<![A-Za-z\\d]|(?:^|[^A-Za-z.])\\.|[0-9a-f]{4}-)${DIGITS.source}`, 'gm')
const TOUCHING_CARD = new RegExp(`\\b(?:cc|pan|card|visa|amex|mc|mastercard|no|nr)${DIGITS.source}`, 'gi')

/** Issuer prefixes (ISO/IEC 7812) with the lengths in use: a check digit alone lets one number in ten pass. */
const ISSUERS: readonly (readonly [prefix: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^5[1-5]|^2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)/, [16]],
  [/^3[47]/, [15]],
  [/^6(?:011|4[4-9]|5)/, [16, 19]],
  [/^3(?:0[0-5]|095|[689])/, [14, 16]],
  [/^35(?:2[89]|[3-8])|^3(?:088|096|112|158|337)/, [16]],
  [/^(?:1800|2131)/, [15]],
  [/^62|^81/, [16, 19]],
  [/^220[0-4]|^9792|^50(?:6[01]|78|9\d)|^508[5-9]|^60|^5[68]|^5019|^67/, [16]],
  [/^(?:5018|5020|5038|5893|63(?:04|3[134]|9[01])|6759|676[1-3]|0604)/, [12, 13, 14, 15, 16, 17, 18, 19]],
]

/** Article numbers share their length and one in ten their check digit with old 13-digit cards. */
const OTHER_NUMBER =
  /\b(?:ean|gtin|upc|isbn|barcode|sku|imei|epoch|timestamp|tracking)\b[^\p{L}\d]{0,4}(?:\p{L}{2,10}[^\p{L}\d]{1,3})?$/iu

const CARD_WORD =
  /\bcards?\b|credit|debit|\bvisa\b|master ?card|\bamex\b|american express|maestro|diners|\bcc\b|\bpan\b|karten?(?:nummer)?\b|carte|tarjeta|cartão|carta di|карт|カード|卡/i

function readCard(match: RegExpExecArray, text: string): Range | null {
  const start = match.index + match[0].search(/\d/)
  const digits = match[0].replace(/\D/g, '')
  const isIssued = ISSUERS.some(([prefix, lengths]) => lengths.includes(digits.length) && prefix.test(digits))
  const before = textBefore(text, start)
  if (OTHER_NUMBER.test(before)) return null
  // Behind the word a wrong check digit (a typing slip, a made-up example) or a prefix that is out of use does not matter.
  const isCard =
    (isIssued && passesLuhn(digits)) || ((isIssued ? digits.length > 13 : passesLuhn(digits)) && CARD_WORD.test(before))
  return isCard ? { start, end: match.index + match[0].length } : null
}

const findPrinted = matching(PRINTED_CARD, readCard)
const findTouching = matching(TOUCHING_CARD, readCard)

export const findCreditCards: Recogniser = (text, onRange) => {
  findPrinted(text, onRange)
  findTouching(text, onRange)
}
