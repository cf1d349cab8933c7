import { describe, expect, it } from 'vitest'
import { learnCorrection, MIN_OBSERVATIONS, type Observation } from '../../src/tokens/learned-correction.ts'

/** Prompts of many lengths, reported as the function says. */
function observe(toReported: (estimated: number) => number, count = 40): Observation[] {
  return Array.from({ length: count }, (_, index) => {
    const estimated = 20 + 37 * ((index * 7) % 40)
    return { estimated, reported: toReported(estimated) }
  })
}

describe('a learned correction', () => {
  it('is a factor where the vocabulary differs', () => {
    const correct = learnCorrection(observe((estimated) => estimated * 1.3))
    expect([correct(100), correct(10_000)]).toEqual([130, 13_000])
  })

  it('is a number of tokens where the vendor adds instructions of its own, or adds none that were expected', () => {
    const more = learnCorrection(observe((estimated) => estimated + 500))
    expect([more(100), more(10_000), more(0)]).toEqual([600, 10_500, 0])
    const less = learnCorrection(observe((estimated) => estimated - 15))
    expect([less(100), less(10_000)]).toEqual([85, 9_985])
  })

  it('is none below twenty observations', () => {
    const few = observe((estimated) => estimated * 2, MIN_OBSERVATIONS - 1)
    expect(learnCorrection(few)(100)).toBe(100)
    expect(learnCorrection([...few, ...few.slice(0, 1)])(100)).toBe(200)
  })

  it('is none where estimates are as good as they can be', () => {
    const noise = (estimated: number) => Math.round(estimated * (1 + (((estimated * 31) % 11) - 5) / 1_000))
    expect(learnCorrection(observe(noise))(12_345)).toBe(12_345)
  })

  it('is not moved by outliers, however far out', () => {
    const clean = observe((estimated) => Math.round(estimated * 1.3))
    const outliers = observe(() => 1_000_000_000, 15)
    expect(learnCorrection([...clean, ...outliers])(1_000)).toBeCloseTo(1_300, -1)
  })

  it('stays between a half and twice the estimate where it is a factor, and leaves half of a short text', () => {
    const same = (reported: number) => Array.from({ length: 40 }, () => ({ estimated: 100, reported }))
    const factor = learnCorrection(observe((estimated) => estimated * 1.9))
    expect(factor(1_000)).toBe(1_900)
    const offset = learnCorrection(same(10))
    expect([offset(100), offset(1_000)]).toEqual([50, 500])
  })
})
