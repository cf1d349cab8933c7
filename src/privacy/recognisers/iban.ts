import { endOfMatch, matching, type Range, type Recogniser } from './matching.ts'

/** Length by country, from the SWIFT IBAN registry and, behind it, the countries that use the format unregistered. */
const LENGTHS = readLengths(
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 ' +
    'YE30 AO25 BF28 BJ28 CF27 CG27 CI28 CM27 CV25 DZ26 GA27 GQ27 GW25 IR26 KM27 MA28 MG27 ML28 MZ25 NE28 SN28 TD27 ' +
    'TG28',
)

const COUNTRY_AND_CHECK = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ \-\u00a0]?[A-Za-z0-9])/g
/** Behind the word a wrong check digit (a typing slip, a made-up example) does not matter. */
const NAMED = /[Ii][Bb][Aa][Nn][^\n]{0,24}?(?<![A-Za-z0-9])([A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30})(?![A-Za-z0-9])/g
const SEPARATOR = /[ \-\u00a0]/
const BASE_36 = /[A-Za-z0-9]/

function readLengths(table: string): ReadonlyMap<string, number> {
  return new Map(table.split(' ').map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]))
}

function readIban(match: RegExpExecArray, text: string): Range | null {
  const length = LENGTHS.get(match[0].slice(0, 2).toUpperCase())
  if (length === undefined) return null
  let digits = ''
  let end = match.index
  while (digits.length < length) {
    const character = text.charAt(end)
    if (BASE_36.test(character)) digits += character
    else if (!SEPARATOR.test(character) || !BASE_36.test(text.charAt(end + 1))) return null
    end++
  }
  // A longer run is a random token, of which one in 97 passes.
  if (BASE_36.test(text.charAt(end))) return null
  return passesMod97(digits.toUpperCase()) ? { start: match.index, end } : null
}

/** ISO 13616: the first four characters go to the end, letters become 10 to 35, and the rest of 97 is 1. */
function passesMod97(iban: string): boolean {
  let rest = 0
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

const findValid = matching(COUNTRY_AND_CHECK, readIban)
const findNamed = matching(NAMED, (match) => endOfMatch(match, match[1]?.length ?? 0))

export const findIbans: Recogniser = (text, onRange) => {
  findValid(text, onRange)
  findNamed(text, onRange)
}
