import { describe, expect, it } from 'vitest'
import { createSanitiser } from '../../src/privacy/sanitise.ts'
import { email, iban } from './entity-values.ts'
import {
  assignment,
  ASSIGNMENT_KINDS,
  DISGUISES,
  FALSE_BIRTH_DATES,
  foreignCard,
  foreignPhone,
  PREFIXED_TOKENS,
  TRUE_BIRTH_DATES,
  type Labelled,
} from './foreign-values.ts'
import { createRandom, type Random } from './random.ts'
import { toOptions } from './sanitiser-options.ts'

const { redactText } = createSanitiser(toOptions({ redactPii: true }))

/** What stays of a value in redacted text, six characters at least. */
function isFound({ text, value }: Labelled): boolean {
  const redacted = redactText(text)
  return redacted !== text && !redacted.includes(value.slice(0, 6)) && !redacted.includes(value.slice(-6))
}

/** Share of the texts whose value goes, printed with the first texts that were missed. */
function recallOf(kind: string, make: (random: Random) => Labelled, count = 500): number {
  const random = createRandom(kind.length)
  const missed = Array.from({ length: count }, () => make(random)).filter((labelled) => !isFound(labelled))
  const recall = 1 - missed.length / count
  const examples = missed.slice(0, 3).map(({ text }) => JSON.stringify(text))
  console.log(
    `recall ${kind}: ${(100 * recall).toFixed(1)} %${examples.length > 0 ? `, missed ${examples.join(' ')}` : ''}`,
  )
  return recall
}

describe('on foreign texts', () => {
  it('at least 99 of 100 cards are found', () => {
    expect(recallOf('cards', foreignCard)).toBeGreaterThanOrEqual(0.99)
  })

  it('at least 97 of 100 telephone numbers are found', () => {
    expect(recallOf('telephones', foreignPhone)).toBeGreaterThanOrEqual(0.97)
  })

  it.each(ASSIGNMENT_KINDS)('at least 95 of 100 secrets in assignments of %s are found', (kind) => {
    expect(recallOf(`assignments, ${kind}`, (random) => assignment(random, kind))).toBeGreaterThanOrEqual(0.95)
  })

  it('at least 95 of 100 bare tokens of every issuer are found', () => {
    const surroundings = [
      (value: string) => value,
      (value: string) => `use ${value} for now`,
      (value: string) => `"${value}"`,
      (value: string) => `(${value})`,
      (value: string) => `curl https://x.example/?k=${encodeURIComponent(value)}`,
    ]
    const found = Object.entries(PREFIXED_TOKENS).map(([issuer, create]) => {
      const recall = recallOf(
        `tokens, ${issuer}`,
        (random) => {
          const value = create(random)
          return { value, text: random.pick(surroundings)(value) }
        },
        100,
      )
      return [issuer, recall] as const
    })
    expect(found.filter(([, recall]) => recall < 0.95)).toEqual([])
  })

  it('dates of birth are found behind their labels, and no other dates', () => {
    const random = createRandom(4)
    const toDate = (): string => {
      const [day, month, year] = [random.integer(1, 28), random.integer(1, 12), random.integer(1930, 2015)]
      return random.pick([`${day}.${month}.${year}`, `${year}-${month}-${day}`, `${day}/${month}/${year}`])
    }
    const truths = Array.from({ length: 400 }, () => random.pick(TRUE_BIRTH_DATES)(toDate()))
    expect(truths.filter((text) => !redactText(text).includes('[DATE_OF_BIRTH]'))).toEqual([])
    const others = Array.from({ length: 400 }, () => random.pick(FALSE_BIRTH_DATES)(random))
    expect(others.filter((text) => redactText(text).includes('[DATE_OF_BIRTH]'))).toEqual([])
  })

  it.each(Object.entries(DISGUISES))('values are found in %s', (kind, disguise) => {
    const make = (random: Random): Labelled => {
      const value = random.pick([
        () => `${random.characters('abcdefgh', 7)}@example.com`,
        () => iban(random).replaceAll(' ', ''),
        () => `ghp_${random.characters('abcdefABCDEF0123456789', 36)}`,
      ])()
      return { value, text: `see ${disguise(value, random)} there` }
    }
    expect(recallOf(kind, make, 300)).toBeGreaterThanOrEqual(0.99)
  })

  it('values are found where a line ends inside them, and their neighbours stay', () => {
    const random = createRandom(6)
    for (let count = 0; count < 300; count++) {
      const value = email(random).replace(/[^\w@.+-]/g, 'a')
      const at = value.indexOf('@') + 1
      expect(redactText(`Write to ${value.slice(0, at)}\n  ${value.slice(at)} today`)).toBe('Write to [EMAIL] today')
    }
    expect(redactText('card 4111 1111\n1111 1111, thanks')).toBe('card [CREDIT_CARD], thanks')
    expect(redactText('IBAN DE89 3704 0044\n0532 0130 00 ok')).toBe('IBAN [IBAN] ok')
    expect(redactText('call +49 151\n23456789 now')).toBe('call [PHONE] now')
    expect(redactText('foo@bar.com\nnext\n@app.route("/x")\nlist.\n@decorator')).toBe(
      '[EMAIL]\nnext\n@app.route("/x")\nlist.\n@decorator',
    )
  })
})
