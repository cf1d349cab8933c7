import { describe, expect, it } from 'vitest'
import { costOf, measureUnit, searchCosts } from './cost-fuzzer.ts'
import { limitOf } from './limits.ts'
import { createTargets } from './targets.ts'
import { worstShapes } from './worst-shapes.ts'

const targets = await createTargets()

describe('the cost of a byte', () => {
  it.each(worstShapes)(
    'is within its limit for $name, and does not grow with their number ($target)',
    ({ target: name, make }) => {
      const target = targets.find((candidate) => candidate.name === name)!
      const unit = measureUnit()
      const toCost = (bytes: number, rounds: number) => costOf(target, target.toBytes(make(bytes)), unit, rounds)
      // Warms up what is measured next.
      toCost(8_192, 20)
      expect(toCost(16_384, 20)).toBeLessThan(limitOf(name))
      expect(toCost(262_144, 5)).toBeLessThan(limitOf(name))
    },
  )

  it('is within its limit for all that a search of some seconds comes upon', () => {
    const findings = searchCosts(targets, { seed: 20_261_128, milliseconds: 6_000, maxBytes: 32_768, limit: 500 })
    const above = findings.filter(({ target, cost }) => cost > limitOf(target))
    expect(above.map(({ target, cost, input }) => `${target} ${cost.toFixed(0)}: ${input.slice(0, 500)}`)).toEqual([])
  })
})
