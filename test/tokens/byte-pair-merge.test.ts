import { describe, expect, it } from 'vitest'
import { createBytePairMerge } from '../../src/tokens/kernel/byte-pair-merge.ts'
import { createRankTable } from '../../src/tokens/kernel/rank-table.ts'

const toBytes = (text: string) => new TextEncoder().encode(text)

/** Ranks 0-4 are single bytes, 5 `ab`, 6 `bc`, then a gap, 9 `abc`, 10 `aa`, 11 `aaaa`. */
const ranked = ['a', 'b', 'c', 'd', ' ', 'ab', 'bc', '', '', 'abc', 'aa', 'aaaa']
const lengths = Uint8Array.from(ranked, (token) => token.length)
const ranks = await createRankTable({ lengths, bytes: toBytes(ranked.join('')) })

const rankOf = (text: string) => ranks.rankOf(toBytes(text), 0, text.length)

function count(text: string): number {
  const bytes = toBytes(text)
  return createBytePairMerge(ranks, 64).count(bytes, bytes.length)
}

describe('a rank table', () => {
  it('finds the rank of every token, across gaps', () => {
    expect(['a', ' ', 'ab', 'bc', 'abc', 'aa', 'aaaa'].map(rankOf)).toEqual([0, 4, 5, 6, 9, 10, 11])
  })

  it('finds no rank for what is not a token', () => {
    expect(ranks.rankOf(toBytes('ac'), 0, 2)).toBe(-1)
    expect(ranks.rankOf(toBytes('aaaaaaaaaaaa'), 0, 12)).toBe(-1)
  })

  it('looks at the given range only', () => {
    expect(ranks.rankOf(toBytes('xabcx'), 1, 4)).toBe(9)
  })
})

describe('merging byte pairs', () => {
  it.each([
    ['', 0, 'nothing'],
    ['d', 1, 'a single byte'],
    ['abc', 1, 'a whole token'],
    ['abcd', 2, 'abc d: ab first, then abc'],
    ['aabcd', 3, 'a abc d: ab has a lower rank than aa'],
    ['bcab', 2, 'bc ab'],
    ['aaaaaaa', 3, 'aaaa aa a: pairs from the left'],
    ['dddd', 4, 'nothing to merge'],
  ])('makes of "%s" %i tokens (%s)', (text, tokens) => {
    expect(count(text)).toBe(tokens)
  })

  it('counts each piece anew, although its arrays are reused', () => {
    const merge = createBytePairMerge(ranks, 64)
    const counts = ['abcd', 'd', 'aaaaaaa', 'abcd'].map((text) => merge.count(toBytes(text), text.length))
    expect(counts).toEqual([2, 1, 3, 2])
  })

  it('refuses pieces longer than its positions can number', () => {
    expect(() => createBytePairMerge(ranks, 65_537)).toThrow('expected a piece length up to 65536, got 65537')
  })
})
