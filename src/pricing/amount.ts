/**
 * Exact money: an integer number of 10^-24 currency units. A price per token with seventeen significant digits fits
 * without loss, so products and sums are exact and rounding happens once, in `toNumbers`.
 */
export type Amount = bigint

const DECIMALS = 24
/** Any decimal of up to fifteen significant digits survives the way through a double and back. */
const SAFE_DIGITS = 15
/** Powers of ten as big as any sensible price needs: computing one costs more than the whole rest. */
const POWERS = Array.from({ length: 64 }, (_, exponent) => 10n ** BigInt(exponent))
/** The most decimals that are written. Powers of ten up to 10^22 are exact doubles. */
const MAX_WRITTEN_DECIMALS = 20

/** The shortest decimal that reads back as `value`, times 10^`shift`. `value` is finite and not negative. */
export function toAmount(value: number, shift = 0): Amount {
  const { digits, exponent } = readDecimal(value)
  const places = exponent + shift + DECIMALS
  return places >= 0 ? digits * power(places) : divide(digits, power(-places))
}

/** Moves the decimal point without binary rounding: `shiftDecimal(0.0000025, 6)` is 2.5. */
export function shiftDecimal(value: number, shift: number): number {
  const { digits, exponent } = readDecimal(value)
  return Number(`${digits}e${exponent + shift}`)
}

/** `amount` times `factor`, rounded to the nearest unit. */
export function multiply(amount: Amount, factor: Amount): Amount {
  return divide(amount * factor, power(DECIMALS))
}

export function toNumber(amount: Amount): number {
  return Number(`${amount}e-${DECIMALS}`)
}

/**
 * Rounds parts to one common number of decimals, chosen so that their sum has fifteen significant digits at most.
 * The sum of the rounded parts then holds in the decimals that are written, not only approximately:
 * 0.1 and 0.2 give 0.3.
 */
export function toNumbers(parts: readonly Amount[]): { parts: number[]; sum: number } {
  let total = 0n
  for (const part of parts) total += part
  const wholeDigits = total === 0n ? 0 : Math.floor(Math.log10(Number(total))) + 1 - DECIMALS
  const decimals = Math.min(Math.max(SAFE_DIGITS - wholeDigits, 0), MAX_WRITTEN_DECIMALS)
  const unit = power(DECIMALS - decimals)
  const scale = Number(power(decimals))
  // Both the rounded units and the scale are exact doubles, so each quotient is the double nearest to the decimal.
  const units = parts.map((part) => (part === 0n ? 0 : Number(divide(part, unit))))
  let sum = 0
  for (const rounded of units) sum += rounded
  return { parts: units.map((rounded) => rounded / scale), sum: sum / scale }
}

function readDecimal(value: number): { digits: bigint; exponent: number } {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }
}

function divide(amount: bigint, divisor: bigint): bigint {
  return (amount + divisor / 2n) / divisor
}

function power(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent)
}
