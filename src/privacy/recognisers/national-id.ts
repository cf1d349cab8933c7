import { matching, wholeMatch, type Range, type Recogniser } from './matching.ts'

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE'
const HETU_LETTERS = '0123456789ABCDEFHJKLMNPRSTUVWXY'

/** Spain: DNI, and NIE for foreigners, whose first letter stands for a digit. */
const DNI = /(?<![\w.-])(?:\d{8}|[XYZxyz]-?\d{7})-?[A-Za-z](?!\w|-\w)/g
/** Italy: codice fiscale; letters may replace its digits where two people would share one. */
const CODICE_FISCALE = /(?<!\w)[A-Z]{6}[\dL-NP-V]{2}[A-EHLMPRST][\dL-NP-V]{2}[A-Z][\dL-NP-V]{3}[A-Z](?!\w)/gi
/** Finland: henkilötunnus, a birth date, a sign for the century, a serial number and a check character. */
const HETU = /(?<!\w)[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[\dA-FHJ-NPR-Y](?!\w)/g
/** United Kingdom: National Insurance number. It carries no check character. */
const NINO = /(?<!\w)(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)/g
/** Brazil: CPF as printed. */
const CPF = /(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d{2}(?!\w|-\d)/g
/** France: numéro de sécurité sociale, with its key of two digits. */
const NIR = /(?<![\w.-])[12] ?\d{2} ?[0-9]\d ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\w|[.-]\d)/g

/** Values of the characters at odd places; at even places a digit or letter counts its own rank. */
const ODD_PLACES = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]

function passesDni(id: string): boolean {
  const digits = id.slice(0, -1).replace(/[XYZ]/, (letter) => String('XYZ'.indexOf(letter)))
  return DNI_LETTERS[Number(digits) % 23] === id.at(-1)
}

function passesCodiceFiscale(id: string): boolean {
  let sum = 0
  for (let index = 0; index < 15; index++) {
    const rank = Number.parseInt(id.charAt(index), 36)
    const value = rank > 9 ? rank - 10 : rank
    sum += index % 2 === 0 ? (ODD_PLACES[value] ?? 0) : value
  }
  return String.fromCharCode(65 + (sum % 26)) === id.at(-1)
}

function passesHetu(id: string): boolean {
  return HETU_LETTERS[Number(id.slice(0, 6) + id.slice(7, 10)) % 31] === id.at(-1)
}

/** Two check digits, each the weighted sum of what stands before it. Eleven equal digits pass and are never issued. */
function passesCpf(id: string): boolean {
  if (/^(\d)\1+$/.test(id)) return false
  return [9, 10].every((length) => {
    let sum = 0
    for (let index = 0; index < length; index++) sum += Number(id[index]) * (length + 1 - index)
    return ((sum * 10) % 11) % 10 === Number(id[length])
  })
}

/** Corsica's departments 2A and 2B count as 19 and 18. Thirteen digits stay exact in a number. */
function passesNir(id: string): boolean {
  const digits = id.replace('2A', '19').replace('2B', '18')
  return 97 - (Number(digits.slice(0, 13)) % 97) === Number(digits.slice(13))
}

function checked(pattern: RegExp, passes: (id: string) => boolean): Recogniser {
  const read = (match: RegExpExecArray): Range | null =>
    passes(match[0].replace(/[ .-]/g, '').toUpperCase()) ? wholeMatch(match) : null
  return matching(pattern, read)
}

const recognisers = [
  checked(DNI, passesDni),
  checked(CODICE_FISCALE, passesCodiceFiscale),
  matching(HETU, (match) => (passesHetu(match[0]) ? wholeMatch(match) : null)),
  matching(NINO),
  checked(CPF, passesCpf),
  checked(NIR, passesNir),
]

export const findNationalIds: Recogniser = (text, onRange) => {
  for (const recognise of recognisers) recognise(text, onRange)
}
