import { endOfMatch, matching } from './matching.ts'

/** A date is personal only where a word says whose it is: the words and the date are one pattern. */
const WORDS =
  /(?<!\p{L})(?:date.of.birth|birth.?da(?:te|y)|d\.?o\.?b\.?|born|geboren|geb\.|geburts(?:datum|tag)|née?|date de naissance|fecha.de.nacimiento|nacid[oa]|data.di.nascita|nat[oa]|data.de.nascimento|nascid[oa]|geboortedatum|födelsedatum|syntymäaika|data urodzenia|дата рождения|生年月日|出生日期|생년월일)/u
const MONTH =
  /(?:jan|feb|mar|mär|apr|avr|may|mai|mag|jun|juin|giu|jul|juil|lug|aug|août|ago|sep|set|oct|okt|ott|nov|dec|dez|déc|dic|ene|abr|gen)\p{L}{0,7}\.?/u
const DATE =
  /\d{1,4}[-/. ]{1,2}\d{1,2}[-/. ]{1,2}\d{1,4}|(?:19|20)\d{6}|\d{1,2}(?:st|nd|rd|th|er|º)?\.?[ -](?:of |de )?MONTH,?[ -](?:de )?\d{2,4}|MONTH[ -]\d{1,2}(?:st|nd|rd|th)?,?[ -]\d{2,4}|\d{4}[年년] ?\d{1,2}[月월] ?\d{1,2}[日일]/

const BIRTH_DATE = new RegExp(
  `${WORDS.source}(?!\\])[^\\d\\n]{0,20}?(?<![\\p{L}\\d])(${DATE.source.replaceAll('MONTH', MONTH.source)})(?!\\d)`,
  'giu',
)

export const findBirthDates = matching(BIRTH_DATE, (match) => endOfMatch(match, match[1]?.length ?? 0))
