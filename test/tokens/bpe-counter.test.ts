import { get_encoding } from 'tiktoken'
import { beforeAll, describe, expect, it } from 'vitest'
import { countAll, createBpeCounter, type WindowCounter } from '../../src/tokens/kernel/bpe-counter.ts'
import { loadEncoding } from '../../src/tokens/kernel/encodings.ts'
import { MAX_WINDOW } from '../../src/tokens/kernel/text-windows.ts'
import { toAdversarialTexts } from './adversarial-texts.ts'
import { toNaturalTexts } from './natural-texts.ts'
import { toCpuRatio } from '../setup/cpu-time.ts'
import { createRandom, toRandomText } from './random-text.ts'

const CASES = 4_000

describe.each(['o200k_base', 'cl100k_base', 'p50k_base'] as const)('counting with %s', (name) => {
  let counter: WindowCounter
  const reference = get_encoding(name)
  const count = (text: string) => countAll(counter, text)
  const countByReference = (text: string) => reference.encode_ordinary(text).length

  beforeAll(async () => {
    counter = createBpeCounter(await loadEncoding(name))
  })

  it(`agrees with the reference encoder on ${CASES} random texts`, () => {
    const random = createRandom(20_261_121)
    const mismatches: unknown[] = []
    for (let index = 0; index < CASES; index++) {
      const text = toRandomText(random, 40)
      const counted = count(text)
      const expected = countByReference(text)
      if (counted !== expected) mismatches.push({ text, counted, expected })
    }
    expect(mismatches).toEqual([])
  })

  it.each([
    ['nothing', ''],
    ['special tokens, as plain text', 'before <|endoftext|> <|im_start|>user<|fim_prefix|> after'],
    ['a byte order mark', '\ufefftext \ufeff'],
    ['a next-line character, white space for Unicode but not for JavaScript', 'one \u0085\u0085 two'],
    ['contractions with a long s', "it'ſ, IT'S, we'RE, they'll"],
    ['halves of surrogate pairs', 'a\ud83d b\ude00\ud83d'],
    ['a family of emoji', '👩‍👩‍👧‍👦👩‍👩‍👧‍👦'],
    ['white space before a word and at the end', 'a    b\n\n  c  \n '],
  ])('counts %s like the reference encoder', (_, text) => {
    expect(count(text)).toBe(countByReference(text))
  })

  it('counts natural text in windows exactly as in one go', () => {
    for (const text of Object.values(toNaturalTexts(60_000))) expect(count(text)).toBe(countByReference(text))
  })

  it('is off by at most one token where a window is cut because the text has no border', () => {
    for (const text of Object.values(toAdversarialTexts(MAX_WINDOW + 300))) {
      expect(Math.abs(count(text) - countByReference(text))).toBeLessThanOrEqual(1)
    }
  })
})

describe('counting hostile text', () => {
  const { English } = toNaturalTexts(65_536)

  it.each(Object.entries(toAdversarialTexts(65_536)))(
    'takes at most 16 times as long for %s as for English',
    async (_, text) => {
      const counter = createBpeCounter(await loadEncoding('o200k_base'))
      expect(countAll(counter, text)).toBeGreaterThan(0)
      const ratio = toCpuRatio(
        () => countAll(counter, text),
        () => countAll(counter, English),
        2,
      )
      expect(ratio / (Buffer.byteLength(text) / Buffer.byteLength(English))).toBeLessThan(16)
    },
  )

  it('counts ten million characters of emoji without an exception', async () => {
    const counter = createBpeCounter(await loadEncoding('o200k_base'))
    expect(countAll(counter, '😀'.repeat(5_000_000))).toBe(5_000_000)
  })
})
