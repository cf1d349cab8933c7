import { describe, expect, it } from 'vitest'
import { compileGlob, compileRegex } from '../../src/pricing/matching/linear-pattern.ts'
import type { Pricing } from '../../src/pricing/pricing.ts'
import { toCpuRatio } from '../setup/cpu-time.ts'
import { countsOf, createTestPricing, queryFor } from './test-pricing.ts'

function createRules(count: number): Record<string, unknown> {
  const forms = ['model-#', 'family-#-*', 'regex:series-#(-\\d+)?$', '*-suffix-#']
  const rules = Array.from({ length: count }, (_, index) => {
    const key = forms[index % 100 < 97 ? index % 3 : 3]!.replace('#', String(index))
    return [key, { prompt: 0.001 + index, completion: 0.002, cached: 0.0005 }]
  })
  return { openai: Object.fromEntries(rules) }
}

const json = createRules(10_000)
const counts = countsOf({ input: 1_000, output: 100, cacheRead: 500 })

/** Looks up so many models, each by a name of its own where `name` tells them apart. */
const lookUp = (pricing: Pricing, rounds: number, name: (round: number) => string) => () => {
  for (let round = 0; round < rounds; round++) pricing.quote(counts, queryFor(name(round), { provider: 'openai' }))
}

describe('speed with 10,000 rules', () => {
  it('loads them in time proportional to their number', () => {
    const few = createRules(1_000)
    const ratio = toCpuRatio(
      () => createTestPricing({ json }),
      () => Array.from({ length: 10 }, () => createTestPricing({ json: few })),
    )
    expect(ratio).toBeLessThan(2.5)
  })

  it('looks up a known model as fast as with four rules', () => {
    const ratio = toCpuRatio(
      lookUp(createTestPricing({ json }), 20_000, () => 'model-3000'),
      lookUp(
        createTestPricing({ json: { openai: { 'model-3000': { prompt: 1, completion: 2 } } } }),
        20_000,
        () => 'model-3000',
      ),
    )
    expect(ratio).toBeLessThan(3)
  })

  it('tries but a few of them for a new model', () => {
    const patterns = Object.keys(json['openai'] as object).filter((key) => /^regex:|\*/.test(key))
    const compiled = patterns.map((key) => (key.startsWith('regex:') ? compileRegex(key.slice(6)) : compileGlob(key)))
    let fresh = 0
    const pricing = createTestPricing({ json })
    const ratio = toCpuRatio(
      lookUp(pricing, 100, () => `series-${fresh++ * 3 + 2}-7`),
      () => {
        for (let round = 0; round < 100; round++) for (const pattern of compiled) pattern.matches(`series-${round}-7`)
      },
    )
    expect(ratio).toBeLessThan(0.25)
  })

  it.each(['(a+)+$', '(a|aa)+$', '([a-z]+)*\\d', '(.*a){12}$'])('is not stalled by regex:%s', (source) => {
    const pricing = createTestPricing({ json: { openai: { [`regex:${source}`]: { prompt: 1, completion: 1 } } } })
    let round = 0
    const lookUpOf = (length: number) => () =>
      pricing.quote(counts, queryFor(`${'a'.repeat(length)}${round++}!`, { provider: 'openai' }))
    lookUpOf(10)()
    // Twice the length takes twice the time; a backtracking engine takes a million times as long.
    expect(toCpuRatio(lookUpOf(180), lookUpOf(45), 10)).toBeLessThan(20)
  })
})
