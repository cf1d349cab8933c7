import { randomFillSync } from 'node:crypto'

const ID_BYTES = 16
/** Asking the system once for many is what makes one cheap. */
const pool = Buffer.allocUnsafeSlow(256 * ID_BYTES)
let next = pool.length

const TEXT_LENGTH = 36
const text = Buffer.alloc(TEXT_LENGTH, '-')
/** Where the two digits of each byte stand, the hyphens left out. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]
const DIGITS = Buffer.from('0123456789abcdef')

/**
 * A UUID of version 4 (RFC 9562) as a flat text. That of `crypto.randomUUID()` is a rope of 700 bytes, which every event
 * would carry through the collections of garbage until it is written.
 */
export function createUniqueId(): string {
  if (next === pool.length) {
    randomFillSync(pool)
    next = 0
  }
  pool[next + 6] = (pool[next + 6]! & 0x0f) | 0x40
  pool[next + 8] = (pool[next + 8]! & 0x3f) | 0x80
  for (const place of PLACES) {
    const byte = pool[next++]!
    text[place] = DIGITS[byte >> 4]!
    text[place + 1] = DIGITS[byte & 0x0f]!
  }
  return text.toString('latin1')
}
