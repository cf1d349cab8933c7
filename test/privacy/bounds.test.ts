import { describe, expect, it } from 'vitest'
import { createSanitiser } from '../../src/privacy/sanitise.ts'
import { surround, VALUES } from './labelled-texts.ts'
import { createRandom } from './random.ts'
import { toOptions } from './sanitiser-options.ts'

const KNOWN = {
  userId: 'aaaaaaaaab',
  email: 'a@a.aa',
  name: 'a a a b',
  ip: '1.1.1.1',
  sessionId: '1-1-1-2',
  conversationId: null,
}

/** Repeated, each of these makes some naive pattern take the square of its length. */
const ATTACKS = [
  'a', '1', '@', ' ', '\n', '"', 'é', '漢', '😀', 'a.', '1-', '1.', '(1', 'a@', '@a.', 'a@b.co ', '+1', '00', 'a:', '://', 'a://b:c@', '::', 'f0:',
  'eyJ', 'eyJaaaaaaaaaa.', 'sk-', '-----BEGIN PRIVATE KEY-----', 'password=', 'password=,', 'token: ', '--password ',
  'IBAN ', 'IBANAA11', 'AA11', 'born on ', 'Bearer ', 'ssn 1', '4111 ', '4111111111111111 ', '+14155550123', 'phone 12345 ', '1.1.1.1 ',
  '%20', '%40', '\\n', '&#64;', '[PHONE]', '12345678-',
] // prettier-ignore

const { redactText } = createSanitiser(toOptions({ redactPii: true }))

function timeOf(text: string): number {
  const start = performance.now()
  redactText(text, KNOWN)
  return performance.now() - start
}

/** Each text's best time: runs take turns, so that a busy machine slows all alike. */
function bestTimes(texts: readonly string[]): number[] {
  const best = texts.map(timeOf)
  for (let run = 1; run < 5; run++) {
    for (const [index, text] of texts.entries()) best[index] = Math.min(best[index]!, timeOf(text))
  }
  return best
}

function repeatTo(length: number, part: string): string {
  return part.repeat(Math.ceil(length / part.length)).slice(0, length)
}

describe('redaction time', () => {
  it.each(ATTACKS)('grows with the length of %j, to two seconds at most for a megabyte', (attack) => {
    expect(timeOf(repeatTo(1_000_000, attack))).toBeLessThan(2_000)
    const [half, whole] = bestTimes([repeatTo(200_000, attack), repeatTo(400_000, attack)])
    // Below some milliseconds other processes and the garbage collector decide.
    expect(whole).toBeLessThan(Math.max(half!, 20) * 2.5)
  })

  it('is half a millisecond at most for 99 of 100 samples of 500 characters', () => {
    const random = createRandom(31)
    const makers = Object.values(VALUES)
    const texts = Array.from({ length: 2_000 }, () => {
      let text = ''
      while (text.length < 500) text += `${surround(random, random.pick(makers)(random))} `
      return text.slice(0, 500)
    })
    for (const text of texts) redactText(text)
    const times = bestTimes(texts).toSorted((a, b) => a - b)
    expect(times[Math.floor(times.length * 0.99)]).toBeLessThan(0.5)
  })
})
