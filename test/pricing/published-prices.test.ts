import type { PriceCalculation, PriceCalculationResult } from '@pydantic/genai-prices'
import { calcPrice, findProvider } from '@pydantic/genai-prices'
import { beforeAll, describe, expect, it } from 'vitest'
import type { TokenCounts } from '../../src/core/records/usage.ts'
import { loadPublishedPrices } from '../../src/pricing/published/published-prices.ts'
import { countsOf, createTestPricing, queryFor } from './test-pricing.ts'

const timestamp = Date.UTC(2026, 8, 15, 12)

/** Providers by our name. All their models are compared, and one that nobody knows. */
const providers =
  'openai anthropic google azure bedrock mistral groq deepseek xai cohere openrouter together fireworks moonshot perplexity cerebras minimax voyage zhipuai novita cloudflare github-copilot'.split(
    ' ',
  )

const theirIds: Readonly<Record<string, string>> = { bedrock: 'aws', xai: 'x-ai', moonshot: 'moonshotai' }

const shapes: readonly [name: string, counts: Partial<TokenCounts>, theirs: Record<string, number>][] = [
  ['plain', { input: 1_234, output: 567 }, { input_tokens: 1_234, output_tokens: 567 }],
  [
    'cache read',
    { input: 10_000, output: 500, cacheRead: 8_192 },
    { input_tokens: 10_000, output_tokens: 500, cache_read_tokens: 8_192 },
  ],
  [
    'cache write for five minutes and an hour',
    { input: 20_000, output: 300, cacheRead: 5_000, cacheWrite: 9_000, cacheWriteByLifetime: { '1h': 4_000 } },
    {
      input_tokens: 20_000,
      output_tokens: 300,
      cache_read_tokens: 5_000,
      cache_write_tokens: 9_000,
      cache_write_1h_tokens: 4_000,
    },
  ],
  [
    'long context',
    { input: 900_001, output: 65_000, cacheRead: 400_000 },
    { input_tokens: 900_001, output_tokens: 65_000, cache_read_tokens: 400_000 },
  ],
  [
    'audio and reasoning',
    { input: 5_000, output: 2_000, audioInput: 3_000, audioOutput: 700, reasoning: 600 },
    {
      input_tokens: 5_000,
      output_tokens: 2_000,
      input_audio_tokens: 3_000,
      output_audio_tokens: 700,
      output_reasoning_tokens: 600,
    },
  ],
]

const cases = providers.flatMap((provider) => {
  const models = findProvider({ providerId: theirIds[provider] ?? provider })?.models ?? []
  return [...models.map(({ id }) => id), 'model-of-nobody-1'].map((model) => [provider, model] as const)
})

/** The data set answers 0 for a row that names no token price; only those that say so are free. */
function isPriced(answer: PriceCalculationResult): answer is PriceCalculation {
  return answer !== null && (answer.model_price['input_mtok'] !== undefined || answer.model.id.endsWith(':free'))
}

function isClose(ours: number | null | undefined, theirs: number): boolean {
  return typeof ours === 'number' && Math.abs(ours - theirs) <= theirs * 1e-9
}

describe('the data set', () => {
  it.each(shapes)('prices every model as the data set itself does: %s', async (_, counts, theirs) => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    const wrong: string[] = []
    let priced = 0
    for (const [provider, model] of cases) {
      const options = { providerId: theirIds[provider] ?? provider, timestamp: new Date(timestamp) }
      const expected = calcPrice(theirs, model, options)
      const price = await pricing.price(countsOf(counts), queryFor(model, { provider, timestamp }))
      if (isPriced(expected)) priced++
      const isRight = isPriced(expected)
        ? isClose(price?.totalCost, expected.total_price) &&
          isClose(price?.promptCost, expected.input_price) &&
          isClose(price?.completionCost, expected.output_price)
        : price === null
      if (!isRight) wrong.push(`${provider}/${model}: ${JSON.stringify(price)}, not ${expected?.total_price}`)
    }
    expect(wrong).toEqual([])
    expect(priced).toBeGreaterThan(900)
  })

  it.each([
    ['openai', 'gpt-5', 'flex', 0.5],
    ['openai', 'gpt-5', 'Batch', 0.5],
    ['openai', 'gpt-5', 'default', 1],
    ['anthropic', 'claude-sonnet-4-5', 'standard', 1],
    ['anthropic', 'claude-sonnet-4-5', 'batch', 0.5],
    ['google', 'gemini-2.5-flash', 'ON_DEMAND', 1],
    ['groq', 'llama-3.3-70b-versatile', 'on_demand', 1],
    ['bedrock', 'amazon.nova-lite-v1:0', 'priority', 1.75],
    ['bedrock', 'amazon.nova-lite-v1:0', 'flex', 0.5],
    ['openai', 'gpt-5', 'priority', 2],
    ['openai', 'gpt-5.6-sol', 'fast', 2],
    ['openai', 'gpt-5-mini', 'priority', 1.8],
    ['openai', 'gpt-4.1', 'priority', 1.75],
    ['openai', 'gpt-4o-mini', 'priority', 5 / 3],
    ['openai', 'o4-mini', 'priority', 20 / 11],
    ['openai', 'gpt-5.5', 'priority', 2.5],
    ['anthropic', 'claude-opus-4-8', 'fast', 2],
    ['anthropic', 'claude-opus-4-6', 'fast', 6],
    ['google', 'gemini-3.5-flash', 'flex', 0.5],
    ['google', 'gemini-2.5-pro', 'priority', 1.8],
    ['groq', 'llama-3.3-70b-versatile', 'flex', 1],
    ['xai', 'grok-4.3', 'priority', 2],
    ['mistral', 'mistral-large-latest', 'priority', 1.75],
  ])('charges %s %s in the tier %s at %d times the standard price', async (provider, model, serviceTier, times) => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    const usage = countsOf({ input: 10_000, output: 1_000, cacheRead: 2_000 })
    const standard = await pricing.price(usage, queryFor(model, { provider }))
    const price = await pricing.price(usage, queryFor(model, { provider, serviceTier }))
    expect(price?.totalCost).toBeCloseTo(standard!.totalCost! * times, 12)
  })

  it.each([
    ['openai', 'gpt-5-nano', 'priority'],
    ['openai', 'gpt-5-pro', 'priority'],
    ['openai', 'gpt-5', 'scale'],
    ['google', 'gemini-2.5-pro', 'provisioned_throughput'],
    ['anthropic', 'claude-sonnet-4-6', 'fast'],
    ['azure', 'o4-mini', 'priority'],
    ['anthropic', 'claude-sonnet-4-5', 'priority'],
    ['mistral', 'mistral-large-latest', 'tier-of-nobody'],
  ])('has no price for %s %s in the tier %s', async (provider, model, serviceTier) => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    expect(
      await pricing.price(countsOf({ input: 1, output: 1 }), queryFor(model, { provider, serviceTier })),
    ).toBeNull()
    expect(pricing.unpriced.get(model)).toBe(1)
  })

  it('reads from the cache at the standard price where a tier says so', async () => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    const query = queryFor('gemini-2.5-flash', { provider: 'google' })
    const cached = countsOf({ input: 2_000, output: 0, cacheRead: 2_000 })
    const fresh = countsOf({ input: 2_000, output: 0 })
    const ask = async (counts: TokenCounts, serviceTier: string | null) =>
      (await pricing.price(counts, { ...query, serviceTier }))!.totalCost!
    expect(await ask(cached, 'flex')).toBe(await ask(cached, null))
    expect(await ask(fresh, 'flex')).toBe((await ask(fresh, null)) / 2)
  })

  it('knows no price of a tier for a longer prompt than its page has', async () => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    const query = queryFor('gpt-5.4', { provider: 'openai', serviceTier: 'priority' })
    expect(await pricing.price(countsOf({ input: 272_000, output: 1 }), query)).not.toBeNull()
    expect(await pricing.price(countsOf({ input: 272_001, output: 1 }), query)).toBeNull()
  })

  it.each([
    ['claude-opus-4-6', 1.1],
    ['claude-sonnet-4-6', 1.1],
    ['claude-opus-5-5', 1.1],
    ['claude-sonnet-5', 1.1],
    ['claude-haiku-4-5', 1.1],
    ['claude-opus-4-1', 1],
    ['claude-3-haiku', 1],
  ])('charges %s at %d times the price where it was made to run somewhere', async (model, times) => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    const usage = countsOf({ input: 10_000, output: 1_000, cacheRead: 2_000 })
    const query = queryFor(model, { provider: 'anthropic' })
    const standard = await pricing.price(usage, query)
    const inRegion = await pricing.price(usage, { ...query, inferenceRegion: 'us' })
    expect(inRegion?.totalCost).toBeCloseTo(standard!.totalCost! * times, 12)
    const inVertex = await pricing.price(usage, { ...query, inferenceRegion: 'europe-west1' })
    expect(inVertex?.totalCost).toBe(inRegion?.totalCost)
    expect((await pricing.price(usage, { ...query, inferenceRegion: 'global' }))?.totalCost).toBe(standard!.totalCost)
  })

  it.each([
    ['openai', 'whisper-1', { audio_second: 90 }, 0.009],
    ['mistral', 'mistral-ocr-latest', { page: 12 }, null],
  ])('charges %s %s by the piece', async (provider, model, units, expected) => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    const price = await pricing.price(countsOf({ units }), queryFor(model, { provider }))
    expect(price?.totalCost).toBeGreaterThan(0)
    if (expected !== null) expect(price?.totalCost).toBe(expected)
  })

  it.each([
    ['deepseek', 'deepseek/deepseek-r1-0528:free'],
    ['anthropic', 'anthropic/claude-opus-4.8-fast'],
    ['anthropic', 'claude-opus-4-6-fast'],
    ['anthropic', 'claude-sonnet-5-9'],
    ['google', 'gemini-3.6-flash-image'],
    ['bedrock', 'us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ])('does not price a variant as the model that its name begins with: %s %s', async (provider, model) => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    expect(await pricing.price(countsOf({ input: 1, output: 1 }), queryFor(model, { provider }))).toBeNull()
  })

  it.each([
    ['anthropic', 'claude-sonnet-4-5-20250929'],
    ['openai', 'gpt-4o-2024-08-06'],
    ['google', 'gemini-2.5-flash-preview-05-20'],
    ['mistral', 'mistral-large-2512'],
  ])('prices a model under its dated name: %s %s', async (provider, model) => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    expect(await pricing.price(countsOf({ input: 1, output: 1 }), queryFor(model, { provider }))).not.toBeNull()
  })

  it('does not price one version of a model as another', async () => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    const priceOf = (model: string) =>
      pricing.price(countsOf({ input: 1_000, output: 0 }), queryFor(model, { provider: 'bedrock' }))
    expect(await priceOf('amazon.titan-embed-text-v1')).toMatchObject({ totalCost: 0.0001 })
    expect(await priceOf('amazon.titan-embed-text-v2:0')).toBeNull()
  })

  it('names its version and row', async () => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    const price = await pricing.price(
      countsOf({ input: 1, output: 1 }),
      queryFor('gpt-4o-2024-08-06', { provider: 'openai' }),
    )
    expect(price).toMatchObject({ currency: 'USD' })
    expect(price?.pricedBy).toMatch(/^genai-prices@\d+\.\d+\.\d+:openai\/gpt-4o$/)
  })

  it('prices models it has no prices for as unknown, and models that say free as free', async () => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    const counts = countsOf({ input: 1_000, output: 1_000 })
    expect(await pricing.price(counts, queryFor('qwen-3-coder-480b', { provider: 'cerebras' }))).toBeNull()
    expect((await pricing.price(counts, queryFor('phi-4-reasoning:free', { provider: 'azure' })))?.totalCost).toBe(0)
  })

  it('does not price what Ollama runs by the name of a vendor', async () => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    expect(
      await pricing.price(countsOf({ input: 1, output: 1 }), queryFor('mistral-large-latest', { provider: 'ollama' })),
    ).toBeNull()
  })

  it('prices counts that the data set itself refuses', async () => {
    const pricing = createTestPricing({ dataset: 'genai-prices' })
    const counts = countsOf({ input: 100, output: 0, cacheRead: 900 })
    expect(() => calcPrice({ input_tokens: 100, cache_read_tokens: 900 }, 'gpt-4o', { providerId: 'openai' })).toThrow(
      'cannot exceed',
    )
    expect((await pricing.price(counts, queryFor('gpt-4o', { provider: 'openai' })))?.totalCost).toBe(0.000_125)
  })
})

describe('prices of the data set that depend on the time', () => {
  let find: Awaited<ReturnType<typeof loadPublishedPrices>>['find']
  beforeAll(async () => {
    ;({ find } = await loadPublishedPrices())
  })

  it.each([
    ['deepseek', 'deepseek-v4-flash'],
    ['deepseek', 'deepseek-chat'],
    ['openai', 'o3'],
    ['openai', 'gpt-5.6-sol'],
    ['google', 'gemini-3.6-flash'],
  ])('%s/%s costs at every half hour what the data set says', (provider, model) => {
    for (const day of [Date.UTC(2025, 5, 9), Date.UTC(2026, 7, 17), Date.UTC(2026, 7, 21), Date.UTC(2027, 0, 1)]) {
      for (let minutes = 0; minutes < 48 * 60; minutes += 30) {
        const moment = day + minutes * 60_000
        const expected = calcPrice({ input_tokens: 1_000 }, model, {
          providerId: provider,
          timestamp: new Date(moment),
        })
        const rate = find(provider, [model], moment)?.rule.rates['prompt']
        expect(Number(rate) / 1e21).toBeCloseTo(expected!.input_price, 12)
      }
    }
  })
})
