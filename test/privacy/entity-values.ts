import type { Random } from './random.ts'

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const HEX = '0123456789abcdef'
const BASE_62 = `${LOWER}${UPPER}0123456789`
const NAMES = [
  'alice',
  'bob',
  'jürgen',
  'maría',
  'olga',
  'wei',
  'fatima',
  'john.smith',
  'k_tanaka',
  "o'neil",
  'anna-lena',
]
const HOSTS = [
  'example.com',
  'mail.example.co.uk',
  'firma.de',
  'exemple.fr',
  'corp.internal.example.org',
  'пример.рф',
  'x.io',
]

export function email(random: Random): string {
  const tag = random.pick([
    '',
    '',
    `+${random.characters(LOWER, 4)}`,
    random.digits(2),
    `.${random.characters(LOWER, 5)}`,
  ])
  return `${random.pick(NAMES)}${tag}@${random.pick(HOSTS)}`
}

function withLuhn(digits: string): string {
  let sum = 0
  for (let index = digits.length - 1, double = true; index >= 0; index--, double = !double) {
    const value = Number(digits[index]) * (double ? 2 : 1)
    sum += value > 9 ? value - 9 : value
  }
  return digits + String((10 - (sum % 10)) % 10)
}

const CARD_KINDS: readonly (readonly [prefix: string, length: number])[] = [
  ['4', 16],
  ['4', 16],
  ['4', 13],
  ['4', 19],
  ['51', 16],
  ['55', 16],
  ['2221', 16],
  ['2720', 16],
  ['34', 15],
  ['37', 15],
  ['6011', 16],
  ['65', 16],
  ['644', 16],
  ['3528', 16],
  ['3589', 16],
  ['36', 14],
  ['300', 14],
  ['62', 16],
  ['2131', 15],
  ['1800', 15],
  ['5018', 12],
  ['6759', 12],
  ['6304', 16],
]

export function card(random: Random): string {
  const [prefix, length] = random.pick(CARD_KINDS)
  const digits = withLuhn(prefix + random.digits(length - prefix.length - 1))
  const separator = random.pick(['', '', '-', ' '])
  if (length === 16) return digits.match(/.{4}/g)!.join(separator)
  if (length === 15 && prefix.startsWith('3'))
    return [digits.slice(0, 4), digits.slice(4, 10), digits.slice(10)].join(separator)
  return digits
}

/** Structure of the domestic part: n is a digit, a an upper-case letter. */
const IBAN_COUNTRIES: readonly (readonly [country: string, structure: string])[] = [
  ['DE', 'n18'],
  ['GB', 'a4n14'],
  ['FR', 'n10a1n12'],
  ['ES', 'n20'],
  ['IT', 'a1n22'],
  ['NL', 'a4n10'],
  ['CH', 'n17'],
  ['AT', 'n16'],
  ['BE', 'n12'],
  ['PL', 'n24'],
  ['NO', 'n11'],
  ['SE', 'n20'],
  ['DK', 'n14'],
  ['FI', 'n14'],
  ['PT', 'n21'],
  ['IE', 'a4n14'],
  ['LU', 'n16'],
  ['MT', 'a4n23'],
  ['SA', 'n20'],
  ['AE', 'n19'],
  ['TR', 'n22'],
  ['BR', 'n23a2'],
]

export function ibanCountries(): readonly string[] {
  return IBAN_COUNTRIES.map(([country]) => country)
}

export function iban(random: Random, wanted?: string): string {
  const [country, structure] = IBAN_COUNTRIES.find(([name]) => name === wanted) ?? random.pick(IBAN_COUNTRIES)
  let account = ''
  for (const [, kind, count] of structure.matchAll(/([an])(\d+)/g)) {
    account += kind === 'n' ? random.digits(Number(count)) : random.characters(UPPER, Number(count))
  }
  const digits = `${account}${country}00`.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55))
  const check = 98n - (BigInt(digits) % 97n)
  const compact = country + String(check).padStart(2, '0') + account
  return random.pick([compact, compact.match(/.{1,4}/g)!.join(' ')])
}

export function socialSecurityNumber(random: Random): string {
  const area = random.pick([random.integer(1, 665), random.integer(667, 899)])
  return `${String(area).padStart(3, '0')}-${String(random.integer(1, 99)).padStart(2, '0')}-${String(random.integer(1, 9999)).padStart(4, '0')}`
}

export function ipAddress(random: Random): string {
  const group = (): string => random.characters(HEX, random.integer(1, 4)).replace(/^0+(?=.)/, '')
  return random.pick([
    () => [random.integer(1, 126), ...Array.from({ length: 3 }, () => random.integer(0, 255))].join('.'),
    () => [random.integer(128, 223), ...Array.from({ length: 3 }, () => random.integer(0, 255))].join('.'),
    () => ['2001', ...Array.from({ length: 7 }, group)].join(':'),
    () => `2a02:${group()}:${group()}::${group()}`,
    () => `fe80::${group()}:${group()}`,
  ])()
}

export function secret(random: Random): string {
  const body = (count: number): string => random.characters(BASE_62, count - 1) + random.digits(1)
  return random.pick([
    () => `sk-${body(48)}`,
    () => `sk-proj-${body(40)}_${body(20)}`,
    () => `sk-ant-api03-${body(60)}-${body(20)}AA`,
    () => `AIza${body(35)}`,
    () => `AKIA${random.characters(`${UPPER}234567`, 16)}`,
    () => `ghp_${body(36)}`,
    () => `gho_${body(36)}`,
    () => `github_pat_${body(22)}_${body(59)}`,
    () => `xoxb-${random.digits(11)}-${random.digits(12)}-${body(24)}`,
    () => `npm_${body(36)}`,
    () => `hf_${body(34)}`,
    () => `glpat-${body(20)}`,
    () => `gsk_${body(52)}`,
    () => `sk_live_${body(24)}`,
    () => `SG.${body(22)}.${body(43)}`,
    () => `eyJ${body(30)}.eyJ${body(60)}.${body(43)}`,
    () => `-----BEGIN PRIVATE KEY-----\n${body(64)}\n${body(40)}\n-----END PRIVATE KEY-----`,
  ])()
}

export function phone(random: Random): string {
  const d = random.digits
  const area = `${random.integer(2, 9)}${d(2)}`
  return random.pick([
    () => `+1 ${area} ${d(3)} ${d(4)}`,
    () => `+1-${area}-${d(3)}-${d(4)}`,
    () => `+1${area}${d(7)}`,
    () => `(${area}) ${d(3)}-${d(4)}`,
    () => `(${area})${d(3)}-${d(4)}x${d(4)}`,
    () => `${area}-${d(3)}-${d(4)}`,
    () => `${area}.${d(3)}.${d(4)} ext. ${d(3)}`,
    () => `001-${area}-${d(3)}-${d(4)}x${d(3)}`,
    () => `+49 151 ${d(8)}`,
    () => `+49 (0)30 ${d(3)} ${d(4)}`,
    () => `0049 30 ${d(7)}`,
    () => `+44 20 ${d(4)} ${d(4)}`,
    () => `+44 (0)20 ${d(4)} ${d(4)}`,
    () => `+33 6 ${d(2)} ${d(2)} ${d(2)} ${d(2)}`,
    () => `06 ${d(2)} ${d(2)} ${d(2)} ${d(2)}`,
    () => `+91-98${d(3)}-${d(5)}`,
    () => `+86 13${d(1)} ${d(4)} ${d(4)}`,
    () => `+81-90-${d(4)}-${d(4)}`,
    () => `090-${d(4)}-${d(4)}`,
    () => `(11) 9${d(4)}-${d(4)}`,
    () => `020 7${d(3)} ${d(4)}`,
  ])()
}
