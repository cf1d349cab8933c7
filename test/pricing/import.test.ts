import { describe, expect, it } from 'vitest'
import { importLitellm } from '../../src/pricing/import/import-litellm.ts'
import { importOpenWebui } from '../../src/pricing/import/import-openwebui.ts'
import { countsOf, createTestPricing, queryFor } from './test-pricing.ts'

describe("importing LiteLLM's prices", () => {
  const list = {
    sample_spec: { input_cost_per_token: 0, output_cost_per_token: 0, litellm_provider: 'one of ...' },
    'gpt-x': {
      litellm_provider: 'openai',
      input_cost_per_token: 2.5e-6,
      output_cost_per_token: 1e-5,
      cache_read_input_token_cost: 1.25e-6,
      input_cost_per_token_priority: 5e-6,
      output_cost_per_token_flex: 5e-6,
      input_cost_per_token_batches: 1.25e-6,
      input_cost_per_token_above_272k_tokens_priority: 1e-5,
      search_context_cost_per_query: { search_context_size_low: 0.01, search_context_size_medium: 0.025 },
      supports_vision: true,
    },
    'claude-x': {
      litellm_provider: 'anthropic',
      input_cost_per_token: 3e-6,
      output_cost_per_token: 1.5e-5,
      cache_creation_input_token_cost: 3.75e-6,
      cache_creation_input_token_cost_above_1hr: 6e-6,
      cache_read_input_token_cost: 3e-7,
      input_cost_per_token_above_200k_tokens: 6e-6,
      output_cost_per_token_above_200k_tokens: 2.25e-5,
    },
    'gemini/gemini-x': { litellm_provider: 'gemini', input_cost_per_token: 1e-7, output_cost_per_token: 4e-7 },
    'vertex_ai/gemini-x': {
      litellm_provider: 'vertex_ai-language-models',
      input_cost_per_token: 9e-7,
      output_cost_per_token: 9e-7,
    },
    'bedrock/anthropic.claude-y': { litellm_provider: 'bedrock_converse', input_cost_per_token: 1e-6 },
    'dall-e-9': { litellm_provider: 'openai', input_cost_per_pixel: 1e-8 },
    orphan: { input_cost_per_token: 1e-6 },
    broken: 'text',
  }

  it('keeps what is charged by the piece, by what the model is for', () => {
    const { pricing, skipped } = importLitellm({
      painter: { litellm_provider: 'openai', mode: 'image_generation', input_cost_per_image: 0.04 },
      filmer: { litellm_provider: 'openai', mode: 'video_generation', output_cost_per_video_per_second: 0.1 },
      listener: { litellm_provider: 'openai', mode: 'audio_transcription', input_cost_per_second: 0.0001 },
      speaker: { litellm_provider: 'openai', mode: 'audio_speech', input_cost_per_character: 0.000_015 },
      reader: { litellm_provider: 'mistral', mode: 'ocr', ocr_cost_per_page: 0.001 },
      ranker: { litellm_provider: 'cohere', mode: 'rerank', input_cost_per_query: 0.002, input_cost_per_token: 0 },
      talker: { litellm_provider: 'google', mode: 'chat', input_cost_per_character: 0.000_5 },
      odd: { litellm_provider: 'google', mode: 'constructor', input_cost_per_character: 0.000_5 },
    })
    expect(pricing).toMatchObject({
      openai: {
        painter: { per: { image: 0.04 } },
        filmer: { per: { video_second: 0.1 } },
        listener: { per: { audio_second: 0.0001 } },
        speaker: { per: { character: 0.000_015 } },
      },
      mistral: { reader: { per: { page: 0.001 } } },
      cohere: { ranker: { prompt: 0, request: 0.002 } },
    })
    expect(skipped.map(({ model }) => model)).toEqual(['talker', 'odd'])
  })

  it('turns prices per token into prices per million, with tiers and lifetimes', () => {
    const { pricing } = importLitellm(list)
    expect(pricing).toEqual({
      _meta: { version: 1, unit: '1m', currency: 'USD' },
      openai: {
        'gpt-x': {
          prompt: 2.5,
          completion: 10,
          cached: 1.25,
          service_tiers: {
            priority: { prompt: 5, tiers: [{ above: 272_000, prompt: 10 }] },
            flex: { completion: 5 },
            batch: { prompt: 1.25 },
          },
          tools: { web_search: 0.025 },
        },
      },
      anthropic: {
        'claude-x': {
          prompt: 3,
          completion: 15,
          cache_write: { default: 3.75, '1h': 6 },
          cached: 0.3,
          tiers: [{ above: 200_000, prompt: 6, completion: 22.5 }],
        },
      },
      google: { 'gemini-x': { prompt: 0.1, completion: 0.4 } },
      bedrock: { 'anthropic.claude-y': { prompt: 1 } },
    })
  })

  it('tells what it left out', () => {
    expect(importLitellm(list).skipped).toEqual([
      { model: 'vertex_ai/gemini-x', reason: 'google/gemini-x is taken or reserved' },
      { model: 'dall-e-9', reason: 'has no price that is known' },
      { model: 'orphan', reason: 'names no provider' },
      { model: 'broken', reason: 'has no price that is known' },
    ])
  })

  it('makes a file that loads and prices', async () => {
    const pricing = createTestPricing({ json: importLitellm(list).pricing })
    expect(pricing.faults).toEqual([])
    const counts = countsOf({
      input: 300_000,
      output: 1_000,
      cacheWrite: 100_000,
      cacheWriteByLifetime: { '1h': 100_000 },
    })
    const price = await pricing.price(counts, queryFor('claude-x', { provider: 'anthropic' }))
    expect(price).toMatchObject({ promptCost: 1.8, completionCost: 0.0225 })
  })

  it.each([null, 3, [], { a: { litellm_provider: '__proto__', input_cost_per_token: 1 } }])('survives %j', (data) => {
    importLitellm(data)
    importLitellm({ __proto__: data })
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false)
  })
})

describe("importing openwebui-token-tracking's models", () => {
  const model = {
    provider: 'openai',
    id: 'gpt-x',
    name: 'GPT X',
    per_input_tokens: 1_000_000,
    per_output_tokens: 1_000_000,
  }

  it('turns credits for tokens into USD per million tokens', () => {
    const { pricing, skipped } = importOpenWebui([
      { ...model, input_cost_credits: 3_750, output_cost_credits: 15_000 },
      {
        ...model,
        provider: 'google_genai',
        id: 'g',
        input_cost_credits: 1,
        per_input_tokens: 3_000,
        output_cost_credits: 0,
      },
      { ...model, id: 'no-tokens', input_cost_credits: 1, per_input_tokens: 0, output_cost_credits: 1 },
      'text',
    ])
    expect(pricing).toEqual({
      _meta: { version: 1, unit: '1m', currency: 'USD' },
      openai: { 'gpt-x': { prompt: 3.75, completion: 15 } },
      google: { g: { prompt: 0.333_333_333_333_33, completion: 0 } },
    })
    expect(skipped).toEqual([
      { model: 'no-tokens', reason: 'has no credits and tokens that make a price' },
      { model: 'entry 4', reason: 'has no id or no provider' },
    ])
    expect(createTestPricing({ json: pricing }).faults).toEqual([])
  })

  it('takes another rate, and refuses one that is none', () => {
    const { pricing } = importOpenWebui([{ ...model, input_cost_credits: 300, output_cost_credits: 1_200 }], 100)
    expect(pricing).toMatchObject({ openai: { 'gpt-x': { prompt: 3, completion: 12 } } })
    expect(() => importOpenWebui([], 0)).toThrow('expected creditsPerUsd above 0, got 0')
  })

  it('takes 3,750 credits for a million tokens at 1,000 a dollar for 3.75', () => {
    const priced = { id: 'm', provider: 'openai', input_cost_credits: 3_750, output_cost_credits: 0.15 }
    const per = { per_input_tokens: 1_000_000, per_output_tokens: 1_000 }
    const { pricing } = importOpenWebui([{ ...priced, ...per }], 1_000)
    expect(pricing).toMatchObject({ openai: { m: { prompt: 3.75, completion: 0.15 } } })
  })
})
