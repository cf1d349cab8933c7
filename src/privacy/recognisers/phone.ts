import { matching, textBefore, textBehind, wholeMatch, type Range, type Recogniser } from './matching.ts'

/** A plus and at least eight digits: nothing else is written so. */
const INTERNATIONAL =
  /(?<![\w+.])\+\(?[1-9](?:[ .\-()/\u00a0\u2009\u2010-\u2013\u202f]{0,3}\d){7,14}(?!\d|(?!x\d|ext)[A-Za-z])/g
const DOUBLE_ZERO = /(?<![\w+.-])00[1-9](?:[ .\-()/\u00a0]{0,2}\d){7,14}(?!(?!x\d)\w|[.,-]\d)/g
/** 3-3-4 digits with an area code in parentheses, dashes or dots. Spaces alone make a list of numbers as well. */
const NORTH_AMERICAN =
  /(?<![\w+]|[^A-Za-z]\.|\w-)(?:1[ .-]?)?(?:\(\d{3}\)[ .-]{0,2}\d{3}[ .\u2010-\u2013-]?\d{4}|\d{3}([.\u2010-\u2013-])\d{3}\1\d{4}|\d{3}[ /]\d{3}[-.]\d{4})(?!\d|[.,-]\d)/g
const AREA_IN_PARENTHESES =
  /(?<![\w.])\((?:0\d{1,4}|\d{2})\)[ .-]?\d{2,5}[ .-]?\d{3,5}(?:[ .-]?\d{2,4})?(?![\w]|[.,-]\d)/g
/** National forms whose leading zero and grouping are enough: 06 12 34 56 78, 020 7946 0958, 03-1234-5678, 030/1234567. */
const GROUPED_NATIONAL =
  /(?<![\w.,:+-]|\b[\da-f]{2} )0(?:[1-9](?:[ .-]\d{2}){4}|\d{2,4}(?:[ ./-]\d{2,4}){2,4}|[1-9](?:[ .-]\d{3,4}){2}|\d{1,4}[ /]\d{6,8}|\d{1,3}-\d{7,8}|\d{3,4}[/-]\d{5,8})(?!\w|[.,:-]\d| [\da-f]{1,4}\b)/g
/**
 * Further forms that are written for nothing else: 8 (916) 123-45-67 (Russia), 1300 123 456 (Australia), 1-800-FLOWERS, and
 * 555-0123, the exchange of made-up examples.
 */
const NATIONAL =
  /(?<![\w.,:+$€£#-]|\d )(?:8[ -]?\(?[3489]\d{2}\)?[ -]\d{3}[ -]\d{2}[ -]\d{2}|1[38]00 \d{3} \d{3}|1-8(?:00|33|44|55|66|77|88)-(?=[A-Z\d-]{0,7}[A-Z])[A-Z\d]{3,4}-?[A-Z\d]{3,4}|555-\d{4})(?!\w|[.,:-]\d)/g
/** Any run of seven to fifteen digits: a number only where a word says so. */
const PLAIN =
  /(?<![\w,+$€£#-]|[^A-Za-z]\.|\d:|\d )\(?\d(?:[ .\-()/\u00a0\u2009\u2010-\u2013\u202f]{0,2}\d){6,14}(?!(?!x\d)[\w%]|[.,:-]\d)/g
/** Five or six digits, as in a town: only right behind the word. */
const SHORT = /(?<![\w,+$€£#-]|[^A-Za-z]\.|\d:|\d )\d(?:[ .\-/]?\d){4,5}(?![\w%]|[.,:-]\d|[ -]\d)/g
const LABEL =
  /(?:phone|telef[oô]n[eo]?|telefoon|téléphone|mobile?|\bcell|handy|\bfax|\btel|\btél|\bph|\bmob|\bfon|\bfone)(?: (?:no|nr|number|nummer))?[.:"'\s=]{1,5}$/i

const DECIMAL = /^\d+\.\d+$/
const EXTENSION = /^(?:[ ,;]{0,2}(?:x|ext\.?|extension|durchwahl|poste|#)[ .:]?\d{1,6})(?!\d)/i

/** Words that name a telephone, in the languages of the larger platforms; whole words where they are short. */
const TELEPHONE_WORD =
  /phone|telef|téléph|telephon|mobil|\bmob\b|\bph\b|\bfon\b|\bfone|voicemail|landline|festnetz|komórk|móvil|\bcell|celular|cellulare|handy|rufnummer|whats ?app|\bfax|\btel\b|\btél\b|\bsms\b|\bgsm\b|hotline|puhelin|\bmsisdn\b|телефон|тел\.|моб\.|电话|電話|手机|手機|携帯|휴대|전화|फ़?ोन|मोबाइल|هاتف|جوال|τηλ|טלפון|điện thoại|โทร/i
/** Words that ask to be called: a number behind them is likely, an order number possible. */
const CALLING_WORD =
  /\bcall(?!s|back|er|ee)|\bdial|\bring\b|\breach (?:me|us|him|her|them)|\btext (?:me|us|him|her)|\bcontact|my number|number is|anruf|ruf(?:en)? (?:sie|mich|uns)|appel|llam|chiam|ligue|\bbel\b|\bnummer\b|numéro|número|звон|позвон/i
/** A word right before a number that says it is another one. */
const OTHER_NUMBER =
  /(?:\b|_)(?:order|invoice|tracking|reference|ref|ticket|case(?= (?:number|no|nr|id))|serial|sku|part|item|product|model|account|acct|isbn|issn|ean|gtin|upc|barcode|version|build|commit|timestamp|epoch|port|zip|id|ids|uid|uuid|vat|amount|total|price|batch|lot|bestellnummer|rechnung|commande|pedido)\b[^\p{L}\d]{0,4}(?:(?:number|no|nr|num|code|is|was|of)\b[^\p{L}\d]{0,4}){0,2}$/iu

function withExtension(match: RegExpExecArray, text: string): Range {
  const { start, end } = wholeMatch(match)
  return { start, end: end + (EXTENSION.exec(textBehind(text, end))?.[0].length ?? 0) }
}

function unlessNamedOtherwise(match: RegExpExecArray, text: string): Range | null {
  return OTHER_NUMBER.test(textBefore(text, match.index)) ? null : withExtension(match, text)
}

/** Nine to twelve digits that do not begin with a date. */
function groupedNational(match: RegExpExecArray, text: string): Range | null {
  const count = match[0].replace(/\D/g, '').length
  return count < 9 || count > 12 || isTimeOrDate(match[0]) ? null : unlessNamedOtherwise(match, text)
}

function withDoubleZero(match: RegExpExecArray, text: string): Range | null {
  // Zero-padded numbers are shorter, or parts of an identifier such as `arn:aws:...:001234567890:...`.
  const isPadded = /^\d+$/.test(match[0]) && (match[0].length < 12 || text[match.index - 1] === ':')
  return isPadded && !TELEPHONE_WORD.test(textBefore(text, match.index)) ? null : unlessNamedOtherwise(match, text)
}

function withContext(match: RegExpExecArray, text: string): Range | null {
  const before = textBefore(text, match.index)
  if (DECIMAL.test(match[0]) || OTHER_NUMBER.test(before)) return null
  const range = withExtension(match, text)
  if (TELEPHONE_WORD.test(before) || TELEPHONE_WORD.test(textBehind(text, range.end, 24))) return range
  return CALLING_WORD.test(before) && !isCount(match[0]) && !isTimeOrDate(match[0]) ? range : null
}

/** `we call it 1250000 times` */
function isCount(candidate: string): boolean {
  return /^\d{7,8}$|0{4}$/.test(candidate)
}

/** Unix seconds and milliseconds of this century begin with 1; dates are eight digits from 19 or 20. */
function isTimeOrDate(candidate: string): boolean {
  return /^1\d{9}(?:\d{3})?$|^(?:19|20)\d\d[-/. ]?[01]\d[-/. ]?[0-3]\d$|^[0-3]\d[-/. ][01]\d[-/. ](?:19|20)\d\d/.test(
    candidate,
  )
}

function behindLabel(match: RegExpExecArray, text: string): Range | null {
  return LABEL.test(textBefore(text, match.index)) ? withExtension(match, text) : null
}

const recognisers = [
  matching(INTERNATIONAL, withExtension),
  matching(DOUBLE_ZERO, withDoubleZero),
  matching(NORTH_AMERICAN, unlessNamedOtherwise),
  matching(AREA_IN_PARENTHESES, unlessNamedOtherwise),
  matching(GROUPED_NATIONAL, groupedNational),
  matching(NATIONAL, unlessNamedOtherwise),
  matching(PLAIN, withContext),
  matching(SHORT, behindLabel),
]

export const findPhones: Recogniser = (text, onRange) => {
  for (const recognise of recognisers) recognise(text, onRange)
}
