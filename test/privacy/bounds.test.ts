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
  '%20', '%40', '\\n', '&#64;', '[PHONE]', '12345678-', '1111\n', 'a@\n', '\u00ad', '\u009b', '%2525', '\\u00e9', '&amp;', 'token,', '<token ',
  'token\n', 'tel: 12345 ', 'ghp_a\n', 's.', 'A1b2C3d4',
] // prettier-ignore

const { redactText } = createSanitiser(toOptions({ redactPii: true }))

/** Milliseconds of processor time, which other processes do not lengthen as they lengthen the clock's. */
function workOf(text: string): number {
  const start = process.cpuUsage()
  redactText(text, KNOWN)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1_000
}

/** The least work of each text in several rounds: rounds take turns, so that compiling and collecting garbage hit all alike. */
function leastWork(texts: readonly string[], rounds: number): number[] {
  const least = texts.map(workOf)
  for (let round = 1; round < rounds; round++) {
    for (const [index, text] of texts.entries()) least[index] = Math.min(least[index]!, workOf(text))
  }
  return least
}

function repeatTo(length: number, part: string): string {
  return part.repeat(Math.ceil(length / part.length)).slice(0, length)
}

const ORDINARY = [
  'Please summarise the minutes of the meeting on 12 March, and write to jane.roe@example.com or +1 415 555 0123.',
  'const total = items.reduce((sum, { price }) => sum + price, 0) // {"id":"7b0c2b8e-8d1f-4f5e-9c39-0f2a1a3f9f10"}',
].join('\n')

describe('the work of redaction', () => {
  const [ordinary] = leastWork([repeatTo(500_000, ORDINARY)], 3)

  it.each(ATTACKS)('grows with the length of %j, to a few times that of ordinary text at most', (attack) => {
    const lengths = [250_000, 500_000]
    // A busy machine may slow one of the two: the best of a few comparisons tells.
    const ratios = Array.from({ length: 4 }, () => {
      const [half, whole] = leastWork(
        lengths.map((length) => repeatTo(length, attack)),
        2,
      )
      // Below some milliseconds the garbage collector decides.
      return { growth: whole! / Math.max(half!, 20), cost: whole! / ordinary! }
    })
    expect(Math.min(...ratios.map(({ growth }) => growth))).toBeLessThan(2.5)
    expect(Math.min(...ratios.map(({ cost }) => cost))).toBeLessThan(20)
  })

  it('is that of ordinary text of a few times the length for 99 of 100 samples of 500 characters', () => {
    const random = createRandom(31)
    const makers = Object.values(VALUES)
    const texts = Array.from({ length: 2_000 }, () => {
      let text = ''
      while (text.length < 500) text += `${surround(random, random.pick(makers)(random))} `
      return text.slice(0, 500)
    })
    const [sample] = leastWork([repeatTo(500, ORDINARY)], 200)
    const work = leastWork(texts, 5).toSorted((a, b) => a - b)
    expect(work[Math.floor(work.length * 0.99)]).toBeLessThan(15 * Math.max(sample!, 0.03))
  })
})
