import { readCount } from '../../core/json.ts'

/** A day of sound or film: nobody is served more in one call. */
const MAX_SECONDS = 86_400

/** Seconds, or any count of things that are charged by the piece, as a number or a text (`"8"`, `"8s"`). */
export function readSeconds(value: unknown): number | null {
  const number = typeof value === 'string' ? Number(/^(\d{1,6}(?:\.\d{1,6})?)s?$/.exec(value)?.[1] ?? NaN) : value
  const seconds = readCount(number)
  return seconds !== null && seconds <= MAX_SECONDS ? seconds : null
}
