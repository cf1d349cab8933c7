import { ConfigurationError } from '../../src/core/errors.ts'
import { describe, expect, it } from 'vitest'
import { countsOf, createTestPricing, pricedBy, queryFor, writeTestFile } from './test-pricing.ts'

function variables(values: Readonly<Record<string, number>>) {
  return Object.entries(values).map(([path, value]) => ({ name: `TOKEN_TRACKER_PRICE_${path}`, path, value }))
}

/** The example of the README. */
const example = variables({
  OPENAI_GPT4_PROMPT: 0.03,
  OPENAI_GPT4_COMPLETION: 0.06,
  ANTHROPIC_CLAUDE3OPUS_PROMPT: 0.015,
  ANTHROPIC_CLAUDE3OPUS_COMPLETION: 0.075,
})

const thousandEach = countsOf({ input: 1_000, output: 1_000 })

describe('prices in variables', () => {
  it('price gpt-4 and claude-3-opus without any file', async () => {
    const pricing = createTestPricing({ variables: example })
    expect(await pricing.price(thousandEach, queryFor('gpt-4', { provider: 'openai' }))).toEqual({
      promptCost: 0.03,
      completionCost: 0.06,
      totalCost: 0.09,
      currency: 'USD',
      pricedBy: 'variables:openai/gpt4',
    })
    const opus = await pricing.price(thousandEach, queryFor('claude-3-opus-20240229', { provider: 'anthropic' }))
    expect(opus?.totalCost).toBe(0.09)
    expect(await pricedBy(pricing, 'gpt-4')).toBe('variables:openai/gpt4')
    for (const model of ['gpt-4o', 'gpt-4.1', 'gpt-4-32k', 'claude-3-5-opus', 'claude-3-opus-latest']) {
      expect(await pricedBy(pricing, model)).toBeNull()
    }
  })

  it('leave every other price standing', async () => {
    const file = writeTestFile(
      JSON.stringify({
        openai: {
          'gpt-4': { prompt: 1, completion: 1, cached: 0.5 },
          'gpt-3.5-turbo': { prompt: 0.0005, completion: 0.0015 },
        },
        anthropic: { '*': { prompt: 9, completion: 9 } },
      }),
    )
    const pricing = createTestPricing({ file, variables: example })
    const gpt4 = await pricing.price(
      countsOf({ input: 1_000, output: 1_000, cacheRead: 500 }),
      queryFor('gpt-4', { provider: 'openai' }),
    )
    expect(gpt4).toMatchObject({ totalCost: 0.325, pricedBy: 'variables+file:openai/gpt-4' })
    expect(await pricedBy(pricing, 'gpt-3.5-turbo', { provider: 'openai' })).toBe('file:openai/gpt-3.5-turbo')
    expect(await pricedBy(pricing, 'claude-3-haiku', { provider: 'anthropic' })).toBe('file:anthropic/*')
  })

  it('take what they do not say from the price that would hold without them', async () => {
    const json = { openai: { 'regex:gpt-4.*': { prompt: 0.01, completion: 0.06 } } }
    const pricing = createTestPricing({ json, variables: variables({ OPENAI_GPT_4O_PROMPT: 0.005 }) })
    expect(await pricing.price(thousandEach, queryFor('gpt-4o', { provider: 'openai' }))).toMatchObject({
      promptCost: 0.005,
      completionCost: 0.06,
      pricedBy: 'variables:openai/gpt4o over json:openai/regex:gpt-4.*',
    })
    const other = await pricing.price(thousandEach, queryFor('gpt-4.1', { provider: 'openai' }))
    expect(other?.promptCost).toBe(0.01)
  })

  it('read the longest field and the longest provider name', async () => {
    const pricing = createTestPricing({
      json: { 'my-own-gateway': { a: { prompt: 1, completion: 1 } } },
      variables: variables({
        AZURE_OPENAI_GPT4_PROMPT: 0.1,
        MY_OWN_GATEWAY_LLAMA_3_1_PROMPT: 0.2,
        NEWCOMER_M_1_AUDIO_PROMPT: 0.4,
        ANTHROPIC_CLAUDEOPUS4_CACHE_WRITE_1H: 0.5,
        ANTHROPIC_CLAUDEOPUS4_INPUT: 0.3,
        ANTHROPIC_CLAUDEOPUS4_REQUEST: 0.7,
      }),
    })
    expect(await pricedBy(pricing, 'gpt-4', { provider: 'azure' })).toBe('variables:azure/gpt4')
    expect(await pricedBy(pricing, 'llama-3.1', { provider: 'my-own-gateway' })).toBe(
      'variables:my-own-gateway/llama31',
    )
    const audio = await pricing.price(
      countsOf({ input: 1_000, output: 0, audioInput: 1_000 }),
      queryFor('m-1', { provider: 'newcomer' }),
    )
    expect(audio?.promptCost).toBe(0.4)
    const counts = countsOf({ input: 2_000, output: 0, cacheWrite: 1_000, cacheWriteByLifetime: { '1h': 1_000 } })
    const claude = await pricing.price(counts, queryFor('claude-opus-4', { provider: 'anthropic' }))
    expect(claude).toMatchObject({ promptCost: 0.8, totalCost: 1.5 })
  })

  it.each(['OPENAI_PROMPT', 'OPENAI_GPT4', 'OPENAI_GPT4_PRICE', 'PROMPT', '_PROMPT', ''])(
    'refuse the path %j by name',
    (path) => {
      const create = () => createTestPricing({ variables: variables({ [path]: 1 }) })
      expect(create).toThrow(ConfigurationError)
      expect(create).toThrow(`TOKEN_TRACKER_PRICE_${path}: expected TOKEN_TRACKER_PRICE_<PROVIDER>_<MODEL>_<FIELD>`)
    },
  )
})
