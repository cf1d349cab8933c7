import { describe, expect, it } from 'vitest'
import { MAX_EXACT_LENGTH, toSamples, toWindowEnd } from '../../src/tokens/kernel/text-windows.ts'
import { toNaturalTexts } from './natural-texts.ts'

describe('cutting a text into windows', () => {
  it('takes a short text whole', () => {
    expect(toWindowEnd('short', 0, 100)).toBe(5)
  })

  it('cuts after the last word that ends inside the window', () => {
    expect(toWindowEnd('one two three', 0, 9)).toBe(7)
    expect(toWindowEnd('one two three', 7, 6)).toBe(13)
  })

  it('cuts after a character that punctuation follows, so that scripts without spaces have borders too', () => {
    expect(toWindowEnd('天气很好，我们去公园。', 0, 8)).toBe(4)
  })

  it('does not cut before an apostrophe, a mark, or half a pair', () => {
    expect(toWindowEnd("a it's", 0, 5)).toBe(1)
    expect(toWindowEnd('a e\u0301e', 0, 3)).toBe(1)
    expect(toWindowEnd('a b𝒳', 0, 3)).toBe(1)
  })

  it('cuts anywhere but inside a surrogate pair where there is no border', () => {
    expect(toWindowEnd('aaaaaaaa', 0, 5)).toBe(5)
    expect(toWindowEnd('😀😀😀', 0, 3)).toBe(2)
    expect(toWindowEnd('😀😀😀', 2, 3)).toBe(4)
  })

  it('always moves on, whatever the text', () => {
    for (const text of ['\ud83d\ud83d\ud83d', '😀😀', "'''''", '     ']) {
      for (let start = 0; start < text.length;) {
        const end = toWindowEnd(text, start, 2)
        expect(end).toBeGreaterThan(start)
        start = end
      }
    }
  })
})

describe('sampling a huge text', () => {
  const text = toNaturalTexts(MAX_EXACT_LENGTH + 100_000).English

  it('takes 256 windows of 4,096 characters out of all of it', () => {
    const samples = toSamples(text)
    expect(samples).toHaveLength(256)
    expect(samples.every((sample) => sample.length === 4_096)).toBe(true)
    expect(new Set(samples).size).toBe(256)
    expect(samples.every((sample) => text.includes(sample))).toBe(true)
  })

  it('never begins or ends inside a surrogate pair', () => {
    const samples = toSamples(`x${'😀'.repeat(MAX_EXACT_LENGTH / 2)}`)
    expect(samples.every((sample) => !/\p{Cs}/u.test(sample))).toBe(true)
  })
})
