import { describe, expect, it } from 'vitest'
import { reprice } from '../../src/pricing/reprice.ts'
import { createTestPricing } from './test-pricing.ts'

const pricing = createTestPricing({
  json: {
    _meta: { unit: '1m' },
    openai: { a: { prompt: 2, completion: 4, cached: 1 } },
    other: { c: { prompt: 1, completion: 1 } },
  },
})

const line = (fields: object) =>
  JSON.stringify({ timestamp: 1_780_000_000, provider: 'openai', model: 'a', currency: 'USD', ...fields })

async function* read(lines: readonly string[]): AsyncGenerator<string> {
  for (const text of lines) yield text
}

describe('pricing a usage log again', () => {
  it('shows the difference for each model', async () => {
    const tokens = { prompt_tokens: 1_000, completion_tokens: 100 }
    const report = await reprice(
      read([
        line({ ...tokens, total_cost: 0.001 }),
        line({ ...tokens, cached_tokens: 500, total_cost: 0.002 }),
        line({ ...tokens, total_cost: null }),
        line({ ...tokens, model: 'b', total_cost: 0.5 }),
        line({ ...tokens, provider: 'other', model: 'c', total_cost: 0.0011 }),
        line({ status: 'error', prompt_tokens: null, completion_tokens: null }),
        '',
        'not json',
        '[1]',
      ]),
      pricing,
    )
    expect(report).toEqual({
      models: [
        {
          provider: 'openai',
          model: 'a',
          currency: 'USD',
          events: 3,
          before: 0.003,
          after: 0.0067,
          difference: 0.0013,
          unpricedBefore: 1,
          unpricedAfter: 0,
        },
        {
          provider: 'other',
          model: 'c',
          currency: 'USD',
          events: 1,
          before: 0.0011,
          after: 0.0011,
          difference: 0,
          unpricedBefore: 0,
          unpricedAfter: 0,
        },
        {
          provider: 'openai',
          model: 'b',
          currency: 'USD',
          events: 1,
          before: 0.5,
          after: null,
          difference: null,
          unpricedBefore: 0,
          unpricedAfter: 1,
        },
      ],
      unreadable: 2,
    })
  })

  it('shows a saving as a negative difference', async () => {
    const report = await reprice([line({ prompt_tokens: 1_000_000, completion_tokens: 0, total_cost: 2.1 })], pricing)
    expect(report.models[0]?.difference).toBe(-0.1)
  })

  it('does not subtract two currencies', async () => {
    const report = await reprice(
      [line({ prompt_tokens: 1, completion_tokens: 0, total_cost: 1, currency: 'EUR' })],
      pricing,
    )
    expect(report.models[0]).toMatchObject({
      currency: 'EUR',
      before: 1,
      after: null,
      difference: null,
      unpricedAfter: 1,
    })
  })

  it('adds ten thousand small costs without drift', async () => {
    const lines = Array.from({ length: 10_000 }, () =>
      line({ prompt_tokens: 1, completion_tokens: 0, total_cost: 0.1 }),
    )
    const report = await reprice(lines, pricing)
    expect(report.models[0]).toMatchObject({ before: 1_000, after: 0.02, difference: -999.98 })
  })

  it('keeps a bounded number of models and passes over endless lines', async () => {
    const lines = Array.from({ length: 10_005 }, (_, index) =>
      line({ model: `m${index}`, prompt_tokens: 1, completion_tokens: 1 }),
    )
    const report = await reprice([...lines, 'x'.repeat(1_048_577)], pricing)
    expect(report.models).toHaveLength(10_001)
    expect(report.models.find(({ model }) => model === '(other)')?.events).toBe(5)
    expect(report.unreadable).toBe(1)
  })
})
