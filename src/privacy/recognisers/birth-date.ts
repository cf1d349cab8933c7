import { endOfMatch, matching, type Range } from './matching.ts'

/** A date is personal only where a word says whose it is: the words and the date are one pattern. */
const LABELS =
  /date.of.birth|birth.?da(?:te|y)|d\.?o\.?b\.?|geb\.|geburts(?:datum|tag)|date de naissance|fecha.de.nacimiento|data.di.nascita|data.de.nascimento|geboortedatum|födelsedatum|syntymäaika|data urodzenia|дата рождения|生年月日|出生日期|생년월일/u
const VERBS = /born|geboren|née?(?=[ (]{1,3}le\b)|nacid[oa]|nat[oa](?= (?:il|l['’]|a |in )| ?:)|nascid[oa]/u
/** Between a label and its date stand signs and small words; behind a verb also a place. */
const SMALL_WORDS =
  /(?:[^\p{L}\d\n]|(?:is|was|on|the|le|il|el|em|o|am|den|der|ist|war|est|es|e|è|date|dd|mm|yyyy|iso)(?!\p{L})){0,12}?/u
const MONTH =
  /(?:jan|feb|mar|mär|apr|avr|may|mai|mag|jun|juin|giu|jul|juil|lug|aug|août|ago|sep|set|oct|okt|ott|nov|dec|dez|déc|dic|ene|abr|gen)\p{L}{0,7}\.?/u
const DATE =
  /\d{1,4}[-/. ]{1,2}\d{1,2}[-/. ]{1,2}\d{1,4}|(?:19|20)\d{6}|\d{1,2}(?:st|nd|rd|th|er|º)?\.?[ -](?:of |de )?MONTH,?[ -](?:de )?\d{2,4}|MONTH[ -]\d{1,2}(?:st|nd|rd|th)?,?[ -]\d{2,4}|\d{4}[年년] ?\d{1,2}[月월] ?\d{1,2}[日일]/

const BIRTH_DATE = new RegExp(
  `(?<!\\p{L})(?:(?:${LABELS.source})(?!\\p{L}|\\])${SMALL_WORDS.source}|(?:${VERBS.source})(?!\\p{L}|[-\\]])[^\\d\\n]{0,20}?)` +
    `(?<![\\p{L}\\d])(${DATE.source.replaceAll('MONTH', MONTH.source)})(?!\\d)`,
  'giu',
)

function readBirthDate(match: RegExpExecArray): Range | null {
  const date = match[1] ?? ''
  return isDate(date) ? endOfMatch(match, date.length) : null
}

/** Three numbers of which one can be a day, one a month and one a year: `1.2.3` is a version. */
function isDate(date: string): boolean {
  const numbers = date.split(/\D+/).filter((digits) => digits !== '')
  if (numbers.length < 3) return true
  const [day, month, year = ''] = /^\d{4}$/.test(numbers[0] ?? '') ? numbers.toReversed() : numbers
  const [smaller = 0, larger = 0] = [Number(day), Number(month)].toSorted((a, b) => a - b)
  return /^(?:\d\d|19\d\d|20\d\d)$/.test(year) && smaller >= 1 && smaller <= 12 && larger <= 31
}

export const findBirthDates = matching(BIRTH_DATE, readBirthDate)
