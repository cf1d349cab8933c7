import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../src/core/errors.ts'
import { getPriceSchema, pricingJsonSchema } from '../../src/pricing/book/price-schema.ts'
import { countsOf, createTestPricing, pricedBy, queryFor, writeTestFile } from './test-pricing.ts'

/** The three forms that users have written since the first version. */
const seedFiles = [
  `{
  "openai": {
    "gpt-4": {"prompt": 0.03, "completion": 0.06},
    "gpt-3.5-turbo": {"prompt": 0.0005, "completion": 0.0015}
  },
  "anthropic": {
    "claude-3-opus": {"prompt": 0.015, "completion": 0.075},
    "claude-3-sonnet": {"prompt": 0.003, "completion": 0.015}
  }
}`,
  `{
  "openai": {
    "regex:gpt-4.*": {"prompt": 0.03, "completion": 0.06},
    "regex:gpt-3.*": {"prompt": 0.0005, "completion": 0.0015}
  }
}`,
  `{
  "ollama": {
    "*": {"prompt": 0.0001, "completion": 0.0001}
  }
}`,
]

function messageOf(file: string): string {
  try {
    createTestPricing({ file })
  } catch (error) {
    return error instanceof ConfigurationError ? error.message : `not a ConfigurationError: ${String(error)}`
  }
  return 'no error'
}

/** Pricing on a file whose clock stands still until `wait`. */
function createWatched(content: string) {
  let time = Date.UTC(2026, 8, 15)
  const file = writeTestFile(content)
  const pricing = createTestPricing({ file, now: () => time })
  const query = queryFor('a', { provider: 'openai' })
  const cost = async () => (await pricing.price(countsOf({ input: 1_000, output: 0 }), query))?.totalCost
  return { file, pricing, cost, wait: (ms: number) => void (time += ms) }
}

describe('the pricing file', () => {
  it.each([
    [0, 'gpt-4', 'openai', 0.03, 0.06],
    [0, 'claude-3-sonnet', 'anthropic', 0.003, 0.015],
    [1, 'gpt-4-turbo', 'openai', 0.03, 0.06],
    [1, 'gpt-3.5-turbo', 'openai', 0.0005, 0.0015],
    [2, 'gemma3', 'ollama/local', 0.0001, 0.0001],
  ])('number %i of the old forms prices %s', async (index, model, provider, promptCost, completionCost) => {
    for (const mark of ['', '\ufeff']) {
      const pricing = createTestPricing({ file: writeTestFile(mark + seedFiles[index]!) })
      const price = await pricing.price(countsOf({ input: 1_000, output: 1_000 }), queryFor(model, { provider }))
      expect(price).toMatchObject({ promptCost, completionCost, currency: 'USD' })
      expect(pricing.faults).toEqual([])
    }
  })

  it('may name unit and currency once, and a unit for one model', async () => {
    const file = writeTestFile(
      JSON.stringify({
        _meta: { version: 1, unit: '1m', currency: 'EUR' },
        _comment: 'from the contract of May',
        openai: {
          $note: 1,
          a: { prompt: 2, completion: 4, _why: 'list price' },
          b: { unit: '1k', prompt: 2, completion: 4 },
        },
      }),
    )
    const pricing = createTestPricing({ file })
    const counts = countsOf({ input: 1_000, output: 0 })
    expect(await pricing.price(counts, queryFor('a', { provider: 'openai' }))).toMatchObject({
      totalCost: 0.002,
      currency: 'EUR',
    })
    expect((await pricing.price(counts, queryFor('b', { provider: 'openai' })))?.totalCost).toBe(2)
    expect(pricing.faults).toEqual([])
  })

  it('warns of fields that are not read, and loads', () => {
    const pricing = createTestPricing({ json: { openai: { 'gpt-4': { promt: 1, completion: 2, output: 3 } } } })
    expect(pricing.faults).toHaveLength(1)
    expect(pricing.faults[0]).toMatchObject({ name: 'warning' })
    expect(pricing.faults[0]!.message).toContain('openai.gpt-4.output, openai.gpt-4.promt')
  })

  it.each<[string, string, string]>([
    ['a negative price', '{"openai": {"gpt-4": {"prompt": -1}}}', 'openai.gpt-4.prompt: Too small'],
    [
      'a text for a price',
      '{"openai": {"gpt-4": {"prompt": "0.03"}}}',
      'openai.gpt-4.prompt: Invalid input: expected number, received string',
    ],
    ['a number for a model', '{"openai": {"gpt-4": 3}}', 'openai.gpt-4: expected prices like'],
    ['a list for a provider', '{"openai": [1]}', 'openai: Invalid input: expected record, received array'],
    ['a list for the file', '[]', 'expected object, received array'],
    [
      'a fault in a dated price',
      '{"o": {"m": [{"prompt": 1}, {"prompt": 1, "from": "soon"}]}}',
      'o.m.1.from: expected a day',
    ],
    [
      'a fault in a tier',
      '{"o": {"m": {"tiers": [{"prompt": 1}]}}}',
      'o.m.tiers.0.above: Invalid input: expected number',
    ],
    [
      'a lifetime that is none',
      '{"o": {"m": {"cache_write": {"long": 1}}}}',
      'o.m.cache_write.long: expected "default" or a lifetime',
    ],
    ['an unknown unit', '{"_meta": {"unit": "1g"}}', '_meta.unit: Invalid option'],
    [
      'a hopeless regex',
      '{"o": {"regex:(a": {"prompt": 1}}}',
      'o.regex:(a: the regular expression cannot be used: a group is not closed',
    ],
    ['a price beyond all measure', '{"o": {"m": {"prompt": 1e300}}}', 'o.m.prompt: Too big'],
    ['a comma too much', '{\n  "openai": {\n    "gpt-4": {},\n  }\n}', 'not valid JSON at line 4, column 3'],
  ])('refuses %s with its place', (_, content, expected) => {
    const file = writeTestFile(content)
    const message = messageOf(file)
    expect(message).toContain(`TOKEN_TRACKER_PRICING_FILE ${file}`)
    expect(message).toContain(expected)
  })

  it('refuses a file that is missing, a folder, or not UTF-8', () => {
    expect(messageOf('/nowhere/pricing.json')).toContain('no such file')
    expect(messageOf(mkdtempSync(`${tmpdir()}/pricing-`))).toContain('EISDIR')
    expect(messageOf(writeTestFile(Buffer.from([0x7b, 0x22, 0xe9, 0x22, 0x7d])))).toContain('not UTF-8')
    expect(messageOf(writeTestFile(Buffer.from('\ufeff{}', 'utf16le')))).toContain('not UTF-8')
  })

  it('names the faults of file, JSON and variables at once', () => {
    const options = {
      file: writeTestFile('{"a": {"b": 1}}'),
      json: { c: { d: { prompt: Number.NaN } } },
      variables: [{ name: 'TOKEN_TRACKER_PRICE_X', path: 'X', value: 1 }],
    }
    expect(() => createTestPricing(options)).toThrow(
      /a\.b: [\s\S]*TOKEN_TRACKER_PRICING_JSON at c\.d\.prompt: [\s\S]*TOKEN_TRACKER_PRICE_X: /,
    )
  })

  it('refuses prices of two currencies', () => {
    const json = { _meta: { currency: 'EUR' }, a: { b: { prompt: 1 } } }
    const file = writeTestFile('{"_meta": {"currency": "USD"}}')
    expect(() => createTestPricing({ file, json })).toThrow("_meta.currency: expected the file's currency USD, got EUR")
  })
})

describe('the JSON over the file', () => {
  it('changes the fields it names, in its own unit, and no other', async () => {
    const file = writeTestFile(
      '{"_meta": {"unit": "1m"}, "openai": {"a": {"prompt": 2, "completion": 4}, "b": {"prompt": 9, "completion": 9}}}',
    )
    const pricing = createTestPricing({ file, json: { openai: { a: { completion: 1 } } } })
    const counts = countsOf({ input: 1_000, output: 1_000 })
    expect(await pricing.price(counts, queryFor('a', { provider: 'openai' }))).toMatchObject({
      promptCost: 0.002,
      completionCost: 1,
      pricedBy: 'json+file:openai/a',
    })
    expect((await pricing.price(counts, queryFor('b', { provider: 'openai' })))?.totalCost).toBe(0.018)
  })

  it('replaces dated prices as a whole', async () => {
    const file = writeTestFile(
      '{"openai": {"a": [{"prompt": 2, "completion": 2, "from": "2020-01-01"}, {"prompt": 3}]}}',
    )
    const pricing = createTestPricing({ file, json: { openai: { a: { prompt: 1 } } } })
    expect(
      await pricing.price(countsOf({ input: 1_000, output: 1 }), queryFor('a', { provider: 'openai' })),
    ).toMatchObject({
      promptCost: 1,
      completionCost: null,
      pricedBy: 'json:openai/a',
    })
  })
})

describe('a pricing file that changes', () => {
  const first = '{"openai": {"a": {"prompt": 1, "completion": 1}}}'
  const second = '{"openai": {"a": {"prompt": 2, "completion": 2}}}'

  it('is read again, at most once a second', async () => {
    const { file, cost, wait } = createWatched(first)
    expect(await cost()).toBe(1)
    writeFileSync(file, second)
    wait(999)
    expect(await cost()).toBe(1)
    wait(1)
    expect(await cost()).toBe(2)
  })

  it('keeps the old prices and reports once when it turns bad, and recovers', async () => {
    const { file, pricing, cost, wait } = createWatched(first)
    for (const bad of ['{"openai": {"a": {"prompt": 2,', '{"openai": {"a": {"prompt": -2}}}', '[]']) {
      writeFileSync(file, bad)
      for (let round = 0; round < 3; round++) {
        wait(1_000)
        expect(await cost()).toBe(1)
      }
    }
    expect(pricing.faults.map(({ name }) => name)).toEqual(['pricing.file', 'pricing.file', 'pricing.file'])
    expect(pricing.faults[0]!.message).toContain('not valid JSON at line 1')
    writeFileSync(file, second)
    wait(1_000)
    expect(await cost()).toBe(2)
  })

  it('keeps the old prices and reports once when it goes away, and takes the new one when it is back', async () => {
    const { file, pricing, cost, wait } = createWatched(first)
    rmSync(file)
    for (let round = 0; round < 3; round++) {
      wait(1_000)
      expect(await cost()).toBe(1)
    }
    expect(pricing.faults).toHaveLength(1)
    writeFileSync(file, second)
    wait(1_000)
    expect(await cost()).toBe(2)
  })

  it('is left alone after shutdown', async () => {
    const { file, pricing, cost, wait } = createWatched(first)
    pricing.shutdown()
    writeFileSync(file, second)
    wait(5_000)
    expect(await cost()).toBe(1)
  })
})

describe('the published schema and example', () => {
  const example = readFileSync(new URL('../../pricing.example.json', import.meta.url), 'utf8')

  it('describes provider, model and price', () => {
    const schema = pricingJsonSchema()
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' })
    const text = JSON.stringify(schema)
    for (const field of ['prompt', 'cache_write', 'service_tiers', 'strip_dates', 'multiplier', '^[_$]'])
      expect(text).toContain(field)
  })

  it('accepts the example', () => {
    const { $schema: _, ...content } = JSON.parse(example)
    expect(getPriceSchema().file.safeParse(content).error?.issues ?? []).toEqual([])
  })

  it('prices a Claude answer by the example to the cent', async () => {
    const pricing = createTestPricing({ file: writeTestFile(example) })
    expect(pricing.faults).toEqual([])
    const counts = countsOf({
      input: 10_000,
      output: 1_000,
      cacheRead: 6_000,
      cacheWrite: 2_000,
      cacheWriteByLifetime: { '1h': 2_000 },
    })
    const price = await pricing.price(counts, queryFor('claude-sonnet-4-5-20250929', { provider: 'anthropic' }))
    expect(price).toMatchObject({ promptCost: 0.0198, completionCost: 0.015, totalCost: 0.0348 })
    expect(await pricedBy(pricing, 'llama3.2', { provider: 'ollama' })).toBe('file:ollama/*')
  })
})
