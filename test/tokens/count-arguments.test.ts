import { describe, expect, it } from 'vitest'
import { toCpuRatio } from '../setup/cpu-time.ts'
import { countArguments } from '../../src/tokens/prompt/count-arguments.ts'

describe('the arguments of a call', () => {
  it.each([
    ['', 0],
    ['{}', 0],
    ['{"city":"Bern"}', 1],
    ['{"city": "Bern", "days": 3}', 2],
    ['{"place":{"city":"Bern","at":[{"x":1}]},"days":3}', 2],
    ['{"note":"a: b, \\"c\\": {d}","days":3}', 2],
    ['["a","b"]', 0],
    ['{"city":"Be', 1],
    ['{:::::::::}', 0],
    ['{"":"":"":"":"":"":', 4],
  ])('of %s are %d', (json, expected) => {
    expect(countArguments(json)).toBe(expected)
  })

  it('are counted in one walk, whatever the text', () => {
    for (const piece of ['{"a":', '"\\', '[{', ':', 'x']) {
      const [short, long] = [piece.repeat(20_000), piece.repeat(200_000)]
      const ratio = toCpuRatio(
        () => countArguments(long),
        () => countArguments(short),
      )
      expect(ratio).toBeLessThan(30)
    }
  })
})
