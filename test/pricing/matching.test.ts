import { describe, expect, it } from 'vitest'
import { countsOf, createTestPricing, pricedBy, queryFor } from './test-pricing.ts'

const price = { prompt: 1, completion: 1 }

function of(json: unknown) {
  return createTestPricing({ json })
}

describe('matching a model to a price', () => {
  it('never takes a longer or shorter name for the same model', async () => {
    const pricing = of({ openai: { 'gpt-4': price } })
    for (const model of [
      'gpt-4.1',
      'gpt-4o',
      'gpt-4-32k',
      'gpt-4-turbo',
      'gpt-4o-mini',
      'gpt-4.1-2025-04-14',
      'my-gpt-4',
      'gpt',
    ]) {
      expect(await pricedBy(pricing, model, { provider: 'openai' })).toBeNull()
    }
    expect(await pricedBy(pricing, 'gpt-4', { provider: 'openai' })).toBe('json:openai/gpt-4')
    expect(await pricedBy(pricing, 'GPT_4', { provider: 'OpenAI' })).toBe('json:openai/gpt-4')
    expect(await pricedBy(pricing, 'gpt-4-2024-01-31', { provider: 'openai' })).toBe('json:openai/gpt-4')
  })

  it('takes the strongest match: exact, normalised, dated, glob, regex, provider, catch-all', async () => {
    const json = {
      openai: {
        '*': price,
        'regex:gpt-4.*': price,
        'gpt-4*': price,
        'gpt-4o-*': price,
        'gpt-4o': price,
        'GPT 4o': price,
        'regex:gpt.*': price,
      },
      '*': { '*': price },
    }
    const provider = { provider: 'openai' }
    const pricing = of(json)
    expect(await pricedBy(pricing, 'gpt-4o', provider)).toBe('json:openai/gpt-4o')
    expect(await pricedBy(pricing, 'GPT 4o', provider)).toBe('json:openai/GPT 4o')
    expect(await pricedBy(pricing, 'Gpt-4O', provider)).toBe('json:openai/gpt-4o')
    expect(await pricedBy(pricing, 'gpt-4o-2024-08-06', provider)).toBe('json:openai/gpt-4o')
    expect(await pricedBy(pricing, 'gpt-4o-20240806', provider)).toBe('json:openai/gpt-4o')
    expect(await pricedBy(pricing, 'gpt-4o-mini', provider)).toBe('json:openai/gpt-4o-*')
    expect(await pricedBy(pricing, 'gpt-4.1', provider)).toBe('json:openai/gpt-4*')
    expect(await pricedBy(pricing, 'gpt-5', provider)).toBe('json:openai/regex:gpt.*')
    expect(await pricedBy(pricing, 'o3', provider)).toBe('json:openai/*')
    expect(await pricedBy(pricing, 'o3', { provider: 'nobody' })).toBe('json:*/*')
  })

  it('takes the first regex in file order, anchored at the start', async () => {
    const pricing = of({ openai: { 'regex:gpt-(4|5)': price, 'regex:gpt-4.*': price } })
    expect(await pricedBy(pricing, 'gpt-4o', { provider: 'openai' })).toBe('json:openai/regex:gpt-(4|5)')
    expect(await pricedBy(pricing, 'my-gpt-4o', { provider: 'openai' })).toBeNull()
  })

  it('keeps what a date is to itself: versions and sizes are other models', async () => {
    const pricing = of({ mistral: { 'mistral-large': price, 'gpt-4': price } })
    for (const model of ['mistral-large-2411', 'gpt-4-0613', 'gpt-4-1106-preview', 'gpt-4-2024-13-01']) {
      expect(await pricedBy(pricing, model, { provider: 'mistral' })).toBeNull()
    }
  })

  it('keeps dates when the file says so', async () => {
    const pricing = of({ _meta: { strip_dates: false }, openai: { 'gpt-4o': price } })
    expect(await pricedBy(pricing, 'gpt-4o-2024-08-06', { provider: 'openai' })).toBeNull()
  })

  it('does not take command-r+ for command-r', async () => {
    const pricing = of({ cohere: { 'command-r': price } })
    expect(await pricedBy(pricing, 'command-r+', { provider: 'cohere' })).toBeNull()
  })

  it('knows a provider by its other names', async () => {
    const pricing = of({ ollama: { '*': price }, Vertex_AI: { 'gemini-2.5-pro': price }, bedrock: { '*': price } })
    expect(await pricedBy(pricing, 'gemma3:4b', { provider: 'ollama/local' })).toBe('json:ollama/*')
    expect(await pricedBy(pricing, 'models/gemini-2.5-pro', { provider: 'gemini' })).toBe('json:google/gemini-2.5-pro')
    expect(await pricedBy(pricing, 'anthropic.claude-v2', { provider: 'aws' })).toBe('json:bedrock/*')
  })

  it("prices Azure's models as OpenAI's unless Azure has prices of its own", async () => {
    const pricing = of({ openai: { 'gpt-4o': price, 'gpt-4.1*': price }, azure: { 'gpt-4o': price } })
    expect(await pricedBy(pricing, 'gpt-4o', { provider: 'azure' })).toBe('json:azure/gpt-4o')
    expect(await pricedBy(pricing, 'gpt-4.1-mini', { provider: 'azure' })).toBe('json:openai/gpt-4.1*')
  })

  it('reads vendor/model', async () => {
    const pricing = of({ anthropic: { 'claude-*': price } })
    expect(await pricedBy(pricing, 'anthropic/claude-sonnet-4.5')).toBe('json:anthropic/claude-*')
    expect(await pricedBy(pricing, 'anthropic/claude-sonnet-4.5', { provider: 'openrouter' })).toBe(
      'json:anthropic/claude-*',
    )
  })

  it("takes another provider's price when it is the only exact one", async () => {
    const pricing = of({ a: { 'my-model': price, shared: price, 'wild*': price }, b: { shared: price } })
    expect(await pricedBy(pricing, 'my-model', { provider: 'gateway' })).toBe('json:a/my-model')
    expect(await pricedBy(pricing, 'my_model')).toBe('json:a/my-model')
    expect(await pricedBy(pricing, 'shared', { provider: 'gateway' })).toBeNull()
    expect(await pricedBy(pricing, 'wildcat', { provider: 'gateway' })).toBeNull()
  })

  it('asks for the requested name where the answering one has no price', async () => {
    const pricing = of({ openai: { 'my-deployment': price } })
    const query = { provider: 'openai', requestModel: 'my-deployment' }
    expect(await pricedBy(pricing, 'gpt-99-2031-01-01', query)).toBe('json:openai/my-deployment')
  })

  it('takes the price of the day', async () => {
    const pricing = of({
      openai: {
        o3: [
          { prompt: 2, completion: 8, from: '2025-06-10' },
          { prompt: 10, completion: 40, from: '2025-04-16', until: '2025-06-10' },
        ],
        'o*': { prompt: 1, completion: 1 },
      },
    })
    const costOn = async (timestamp: number) => {
      const query = queryFor('o3', { provider: 'openai', timestamp })
      return (await pricing.price(countsOf({ input: 1_000, output: 0 }), query))?.totalCost
    }
    expect(await costOn(Date.UTC(2025, 3, 15))).toBe(1)
    expect(await costOn(Date.UTC(2025, 4, 1))).toBe(10)
    expect(await costOn(Date.UTC(2025, 5, 10) - 1)).toBe(10)
    expect(await costOn(Date.UTC(2025, 5, 10))).toBe(2)
  })

  it.each(['constructor', '__proto__', 'toString', '*', 'regex:.*', '', ' ', 'a'.repeat(100_000), '\u0000', '😀'])(
    'finds nothing for the model %j',
    async (model) => {
      const pricing = of({ openai: { 'gpt-4': price } })
      expect(await pricedBy(pricing, model, { provider: 'openai' })).toBeNull()
      expect(await pricedBy(pricing, model, { provider: 'constructor' })).toBeNull()
      expect(pricing.faults.filter(({ name }) => name === 'pricing.price')).toEqual([])
    },
  )

  it('passes over a price that names nothing', async () => {
    const pricing = of({ openai: { 'gpt-4': {}, 'gpt-4 ': { prompt: null, promt: 1 }, 'gpt-*': price } })
    expect(await pricedBy(pricing, 'gpt-4', { provider: 'openai' })).toBe('json:openai/gpt-*')
  })
})
