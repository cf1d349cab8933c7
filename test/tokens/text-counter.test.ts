import { describe, expect, it } from 'vitest'
import { countHeuristically, MAX_HEURISTIC_SAMPLE } from '../../src/tokens/text-counter.ts'
import { toCpuRatio } from '../setup/cpu-time.ts'

describe('guessing from scripts', () => {
  it.each([
    ['', 0],
    ['four score and seven years ago', 8],
    ['привет', 2],
    ['今天天气很好', 5],
    ['😀😀', 4],
  ])('takes "%s" for %i tokens', (text, tokens) => {
    expect(countHeuristically(text)).toBe(tokens)
  })

  it('looks at a part of a long text only', () => {
    const text = `${'a'.repeat(2_000_000)}${'漢'.repeat(2_000_000)}`
    expect(Math.abs(countHeuristically(text) / 2_000_000 - 1)).toBeLessThan(0.001)
    const sample = text.slice(-MAX_HEURISTIC_SAMPLE)
    const repeatedly = (part: string) => () => Array.from({ length: 20 }, () => countHeuristically(part))
    expect(toCpuRatio(repeatedly(text), repeatedly(sample))).toBeLessThan(6)
    expect(text.length).toBeGreaterThan(MAX_HEURISTIC_SAMPLE)
  })
})
