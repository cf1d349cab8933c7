import { describe, expect, it } from 'vitest'
import { countsOf, createTestPricing, queryFor } from './test-pricing.ts'

/** Generous next to what was measured on a quiet machine, since the tests share theirs. */
const SLACK = 5

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

/** Best of five: whatever else runs on the machine only adds. */
async function fastest(rounds: number, action: (round: number) => unknown): Promise<number> {
  const times: number[] = []
  for (let attempt = 0; attempt < 5; attempt++) {
    const started = performance.now()
    for (let round = 0; round < rounds; round++) await action(attempt * rounds + round)
    times.push(((performance.now() - started) * 1_000) / rounds)
  }
  return Math.min(...times)
}

describe('speed with 10,000 rules', () => {
  it('loads them in 200 ms', async () => {
    const took = await fastest(1, () => createTestPricing({ json }))
    expect(took / 1_000).toBeLessThan(200 * SLACK)
  })

  it('looks up a known model in 2 us and a new one in 50 us', async () => {
    const pricing = createTestPricing({ json })
    const query = queryFor('model-3000', { provider: 'openai' })
    const known = await fastest(20_000, () => pricing.price(counts, query))
    const fresh = await fastest(600, (round) =>
      pricing.price(counts, queryFor(`series-${round * 3 + 2}-7`, { provider: 'openai' })),
    )
    expect(known).toBeLessThan(2 * SLACK)
    expect(fresh).toBeLessThan(50 * SLACK)
  })

  it.each(['(a+)+$', '(a|aa)+$', '([a-z]+)*\\d', '(.*a){12}$'])('is not stalled by regex:%s', async (source) => {
    const pricing = createTestPricing({ json: { openai: { [`regex:${source}`]: { prompt: 1, completion: 1 } } } })
    const started = performance.now()
    for (let round = 0; round < 20; round++) {
      await pricing.price(counts, queryFor(`${'a'.repeat(150 + round)}!`, { provider: 'openai' }))
    }
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})
