import { describe, expect, it } from 'vitest'
import { UNKNOWN_COUNTS } from '../../src/core/records/usage.ts'
import { countsOf, createTestPricing, pricedBy, queryFor } from './test-pricing.ts'

const counts = countsOf({ input: 1_000, output: 1_000 })
const json = { openai: { 'gpt-4o': { prompt: 1, completion: 2 } } }

describe('where a price comes from', () => {
  it('takes the configured price before what the provider reported, and that before the data set', async () => {
    const configured = createTestPricing({ json, dataset: 'genai-prices' })
    const bare = createTestPricing({ dataset: 'genai-prices' })
    const query = queryFor('gpt-4o', { provider: 'openai', providerCost: 0.5 })
    expect(await configured.price(counts, query)).toEqual({
      promptCost: 1,
      completionCost: 2,
      totalCost: 3,
      currency: 'USD',
      pricedBy: 'json:openai/gpt-4o',
    })
    expect(await bare.price(counts, query)).toEqual({
      promptCost: null,
      completionCost: null,
      totalCost: 0.5,
      currency: 'USD',
      pricedBy: 'provider',
    })
    const published = await bare.price(counts, { ...query, providerCost: null })
    expect(published).toMatchObject({ totalCost: 0.0125 })
    expect(published?.pricedBy).toContain('genai-prices@')
  })

  it('takes what the provider reported where tokens are missing for a price of ours', async () => {
    const pricing = createTestPricing({ json })
    const query = queryFor('gpt-4o', { provider: 'openai', providerCost: 0.5 })
    expect((await pricing.price(countsOf({ output: 1 }), query))?.totalCost).toBe(0.5)
    expect((await pricing.price(UNKNOWN_COUNTS, query))?.totalCost).toBe(0.5)
  })

  it('takes a reported cost of 0 for 0', async () => {
    const price = await createTestPricing().price(counts, queryFor('x:free', { providerCost: 0 }))
    expect(price).toMatchObject({ totalCost: 0, pricedBy: 'provider' })
  })

  it.each([Number.NaN, -1, Infinity])('does not take a reported cost of %s', async (providerCost) => {
    expect(await createTestPricing().price(counts, queryFor('x', { providerCost }))).toBeNull()
  })

  it('leaves the data set alone when it is off', async () => {
    expect(await createTestPricing().price(counts, queryFor('gpt-4o', { provider: 'openai' }))).toBeNull()
  })

  it('prices the side that is known', async () => {
    const price = await createTestPricing({ json }).price(
      countsOf({ output: 1_000 }),
      queryFor('gpt-4o', { provider: 'openai' }),
    )
    expect(price).toMatchObject({ promptCost: null, completionCost: 2, totalCost: null })
  })

  it('prices at the standard rate in a service tier without prices of its own', async () => {
    const query = queryFor('gpt-4o', { provider: 'openai', serviceTier: 'scale' })
    expect((await createTestPricing({ json }).price(counts, query))?.totalCost).toBe(3)
  })

  it('answers the same question the same way when it is asked a thousand times', async () => {
    const pricing = createTestPricing({ json })
    const query = queryFor('gpt-4o', { provider: 'openai' })
    const first = await pricing.price(counts, query)
    for (let round = 0; round < 1_000; round++) expect(await pricing.price(counts, query)).toEqual(first)
  })

  it('takes an empty or missing answer for unknown', async () => {
    const pricing = createTestPricing({ json })
    const query = { model: 'gpt-4o', requestModel: '', provider: '', serviceTier: undefined, timestamp: undefined }
    const price = await pricing.price(counts, query as unknown as ReturnType<typeof queryFor>)
    expect(price?.totalCost).toBe(3)
  })

  it('quotes at once, and has to wait only while published prices that are needed are loaded', async () => {
    const query = queryFor('gpt-4o', { provider: 'openai' })
    expect(createTestPricing({ json }).quote(counts, query)).toMatchObject({ totalCost: 3 })
    expect(createTestPricing({ json, dataset: 'genai-prices' }).ready(query)).toBeNull()
    expect(createTestPricing().ready(query)).toBeNull()
    expect(createTestPricing().quote(counts, query)).toBeNull()
    const published = createTestPricing({ dataset: 'genai-prices' })
    expect(published.ready({ ...query, providerCost: 1 })).toBeNull()
    const loading = published.ready(query)
    expect(loading).toBeInstanceOf(Promise)
    expect(published.quote(counts, query)).toBeNull()
    await loading
    expect(published.ready(query)).toBeNull()
    expect(published.quote(counts, query)).toMatchObject({ totalCost: 0.0125 })
    expect(published.quote(null as never, query)).toBeNull()
    expect(published.ready(null as never)).toBeNull()
  })

  it('asks for no more than a model, and takes counts that are not given for unknown', async () => {
    const price = await createTestPricing({ json }).price({ input: 1_000, output: 500 }, { model: 'gpt-4o' })
    expect(price).toMatchObject({ promptCost: 1, completionCost: 1, totalCost: 2 })
  })

  it('never rejects, whatever it is asked', async () => {
    const pricing = createTestPricing({ json })
    const odd: unknown[] = [null, undefined, 1, 'x', []]
    for (const value of odd) {
      await expect(
        pricing.price(value as typeof counts, queryFor('gpt-4o', { provider: 'openai' })),
      ).resolves.toBeNull()
      await expect(pricing.price(counts, value as ReturnType<typeof queryFor>)).resolves.toBeNull()
    }
  })

  it('takes counts that are null for unknown, whatever they count', async () => {
    const told = { input: 1, toolCalls: null, cacheWriteByLifetime: null } as unknown as Partial<typeof counts>
    const price = await createTestPricing({ json }).price(told, queryFor('gpt-4o', { provider: 'openai' }))
    expect(price).toMatchObject({ promptCost: 0.001, completionCost: null, totalCost: null })
  })
})

describe('models without a price', () => {
  it('are counted by name', async () => {
    const pricing = createTestPricing()
    for (const model of ['a', 'b', 'a', null]) expect(await pricing.price(counts, queryFor(model))).toBeNull()
    expect([...pricing.unpriced]).toEqual([
      ['a', 2],
      ['b', 1],
      ['(none)', 1],
    ])
  })

  it('are warned of at most once a minute, with the number of those held back', async () => {
    let time = Date.UTC(2026, 8, 15)
    const pricing = createTestPricing({ now: () => time })
    const spend = (model: string) => pricing.price(counts, queryFor(model, { provider: 'acme' }))
    const warnings = () => pricing.faults.map(({ message }) => message.slice(0, message.indexOf('. ')))
    for (const model of ['a', 'b', 'c', 'd', 'b']) await spend(model)
    expect(warnings()).toEqual(['no price for model "a" of provider "acme": its costs stay unknown'])
    time += 59_999
    await spend('e')
    expect(pricing.faults).toHaveLength(1)
    time += 1
    await spend('a')
    expect(warnings()[1]).toBe('no price for model "b" of provider "acme": its costs stay unknown (and 3 more since)')
    time += 60_000
    await spend('a')
    expect(pricing.faults).toHaveLength(2)
    // The wall clock was set back.
    time -= 86_400_000
    await spend('f')
    expect(warnings()[2]).toBe('no price for model "f" of provider "acme": its costs stay unknown')
  })

  it('are counted and named under the label of their exchange, else of the tracker', async () => {
    const pricing = createTestPricing({ toLabel: (name) => name.replace('jane@example.com', '[EMAIL]') })
    await pricing.price(counts, queryFor('for-jane@example.com', { provider: 'jane@example.com' }))
    const toLabel = (name: string) => name.replace('user-7', '[USER_ID]')
    pricing.quote(counts, queryFor('for-user-7'), toLabel)
    pricing.quote(counts, queryFor('gone'), () => '')
    expect([...pricing.unpriced.keys()]).toEqual(['for-[EMAIL]', 'for-[USER_ID]', '(none)'])
    expect(pricing.faults[0]?.message).toContain('no price for model "for-[EMAIL]" of provider "[EMAIL]":')
  })

  it('are priced by their true names, whatever their labels', async () => {
    const pricing = createTestPricing({ json: { acme: { m: { prompt: 1, completion: 1 } } }, toLabel: () => 'hidden' })
    expect(await pricedBy(pricing, 'm', { provider: 'acme' })).toBe('json:acme/m')
  })

  it('are not counted when there is nothing to price', async () => {
    const pricing = createTestPricing()
    expect(await pricing.price(UNKNOWN_COUNTS, queryFor('a'))).toBeNull()
    expect(pricing.unpriced.size).toBe(0)
  })

  it('fill a bounded map: past 500 names they count as (other)', async () => {
    const pricing = createTestPricing()
    for (let index = 0; index < 1_500; index++) await pricing.price(counts, queryFor(`model-${index}`))
    await pricing.price(counts, queryFor('x'.repeat(10_000)))
    expect(pricing.unpriced.size).toBe(501)
    expect(pricing.unpriced.get('(other)')).toBe(1_001)
    expect(pricing.faults).toHaveLength(1)
  })

  it('do not make the memory of prices grow without bound', async () => {
    const pricing = createTestPricing({ json: { openai: { 'm*': { prompt: 1, completion: 1 } } } })
    for (let index = 0; index < 5_000; index++) {
      const price = await pricing.price(counts, queryFor(`m${index}`, { provider: 'openai' }))
      expect(price?.totalCost).toBe(2)
    }
    expect((await pricing.price(counts, queryFor('m0', { provider: 'openai' })))?.totalCost).toBe(2)
  })
})

describe('explaining a price', () => {
  it('shows each bucket and its rate, and their sum is the price', async () => {
    const pricing = createTestPricing({
      json: {
        openai: { 'gpt-4o': { unit: '1m', prompt: 2.5, completion: 10, cached: 1.25, tools: { web_search: 0.01 } } },
      },
    })
    const usage = { input: 1_000, output: 100, cacheRead: 400, toolCalls: { web_search: 2 } }
    const { price, lines } = await pricing.explain('gpt-4o', usage, { provider: 'openai' })
    expect(price).toMatchObject({ promptCost: 0.002, completionCost: 0.001, totalCost: 0.023 })
    expect(lines).toEqual([
      { side: 'prompt', bucket: 'cached', quantity: 400, rate: 1.25, per: 1_000_000, cost: 0.0005 },
      { side: 'prompt', bucket: 'prompt', quantity: 600, rate: 2.5, per: 1_000_000, cost: 0.0015 },
      { side: 'completion', bucket: 'completion', quantity: 100, rate: 10, per: 1_000_000, cost: 0.001 },
      { side: 'tool', bucket: 'web_search', quantity: 2, rate: 0.01, per: 1, cost: 0.02 },
    ])
  })

  it('shows what was used, and what was rejected and why', async () => {
    const price = { prompt: 1, completion: 1 }
    const pricing = createTestPricing({
      json: { openai: { 'gpt-4': price, 'gpt-4.1': { ...price, until: '2026-01-01' }, 'gpt-4.1*': price, '*': price } },
    })
    const { considered } = await pricing.explain(
      'gpt-4.1',
      { input: 1, output: 1 },
      { provider: 'openai', timestamp: Date.UTC(2026, 5, 1) },
    )
    expect(considered).toEqual([
      {
        what: 'json:openai/gpt-4.1',
        outcome: 'rejected',
        reason: 'exact match for gpt-4.1, but not in force at 2026-06-01T00:00:00.000Z',
      },
      { what: 'json:openai/gpt-4.1*', outcome: 'used', reason: 'glob match for gpt-4.1' },
      {
        what: 'json:openai/*',
        outcome: 'rejected',
        reason: 'provider default match for gpt-4.1, but a stronger one was found',
      },
      {
        what: 'json:openai/gpt-4',
        outcome: 'rejected',
        reason: 'another model: a longer or shorter name is not the same',
      },
      { what: 'provider', outcome: 'rejected', reason: 'reported no cost' },
      { what: 'genai-prices', outcome: 'rejected', reason: 'TOKEN_TRACKER_PRICING_DATASET is off' },
    ])
  })

  it('shows the prices that other providers have for the name', async () => {
    const rule = { prompt: 1, completion: 1 }
    const pricing = createTestPricing({ json: { hosta: { 'open-7b': rule }, hostb: { 'Open-7B': rule } } })
    const unknown = await pricing.explain('open-7b', { input: 1, output: 1 })
    expect(unknown.price).toBeNull()
    expect(unknown.considered.slice(0, 2)).toEqual(
      ['hosta/open-7b', 'hostb/Open-7B'].map((place) => ({
        what: `json:${place}`,
        outcome: 'rejected',
        reason: `the price of ${place.split('/')[0]}, and who serves it is not known`,
      })),
    )
    const asked = await pricing.explain('open-7b', { input: 1, output: 1 }, { provider: 'hostc' })
    expect(asked.considered[0]).toMatchObject({ reason: 'the price of hosta, not of hostc' })
  })

  it('explains a published price, and one that is missing', async () => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    const known = await pricing.explain('gpt-4o', { input: 10, output: 1 }, { provider: 'openai' })
    expect(known.considered.at(-1)).toMatchObject({ outcome: 'used', reason: 'published price' })
    expect(known.lines).toHaveLength(2)
    const unknown = await pricing.explain(
      'gpt-99',
      { input: 10, output: 1 },
      { provider: 'openai', timestamp: Number.NaN },
    )
    expect(unknown).toMatchObject({ price: null, lines: [] })
    expect(pricing.unpriced.size).toBe(0)
  })

  it('is bounded however many prices apply', async () => {
    const globs = Object.fromEntries(Array.from({ length: 300 }, (_, index) => ['*'.repeat(index + 2), { prompt: 1 }]))
    const { considered } = await createTestPricing({ json: { a: globs } }).explain('m', { input: 1 }, { provider: 'a' })
    expect(considered.length).toBeLessThanOrEqual(52)
  })
})
