import { describe, expect, it } from 'vitest'
import type { TokenCounts } from '../../src/core/records/usage.ts'
import { UNKNOWN_COUNTS } from '../../src/core/records/usage.ts'
import { toCost, toCostLines } from '../../src/pricing/cost.ts'
import { toPriceRule } from '../../src/pricing/book/price-rule.ts'
import type { PriceFields } from '../../src/pricing/book/price-fields.ts'

function cost(
  counts: Partial<TokenCounts>,
  prices: PriceFields,
  serviceTier: string | null = null,
  inferenceRegion: string | null = null,
) {
  const all = { ...UNKNOWN_COUNTS, ...counts }
  const rule = toPriceRule(prices, '1m')
  return toCost(toCostLines(all, rule, { serviceTier, inferenceRegion }), all, rule)
}

const million = 1_000_000

describe('cost', () => {
  it.each<[string, Partial<TokenCounts>, PriceFields, [number, number, number]]>([
    [
      'seed form, per 1,000 tokens',
      { input: 1500, output: 500 },
      { unit: '1k', prompt: 0.03, completion: 0.06 },
      [0.045, 0.03, 0.075],
    ],
    [
      'price per token',
      { input: 3, output: 2 },
      { unit: 'token', prompt: 0.000_002_5, completion: 0.000_01 },
      [0.000_007_5, 0.000_02, 0.000_027_5],
    ],
    [
      'OpenAI: cached and reasoning are parts of their totals',
      { input: 10_000, output: 2_000, cacheRead: 4_000, reasoning: 1_500 },
      { prompt: 2.5, completion: 10, cached: 1.25, reasoning: 12 },
      [0.02, 0.023, 0.043],
    ],
    [
      'Anthropic: cache writes by lifetime, the rest at the default',
      {
        input: 10_000,
        output: 100,
        cacheRead: 2_000,
        cacheWrite: 5_000,
        cacheWriteByLifetime: { '5m': 1_000, '1h': 3_000 },
      },
      { prompt: 3, completion: 15, cached: 0.3, cache_write: { default: 3.75, '5m': 3.75, '1h': 6 } },
      [0.0351, 0.0015, 0.0366],
    ],
    [
      'cache writes at one price',
      { input: 1_000, output: 0, cacheWrite: 400 },
      { prompt: 3, completion: 15, cache_write: 3.75 },
      [0.0033, 0, 0.0033],
    ],
    [
      'cache writes without a price cost what a prompt token costs',
      { input: 1_000, output: 0, cacheWrite: 400, cacheRead: 100 },
      { prompt: 3, completion: 15 },
      [0.003, 0, 0.003],
    ],
    [
      'Gemini: the whole request at the long-context prices',
      { input: 250_000, output: 1_000, cacheRead: 50_000 },
      {
        prompt: 1.25,
        completion: 10,
        cached: 0.125,
        tiers: [{ above: 200_000, prompt: 2.5, completion: 15, cached: 0.25 }],
      },
      [0.5125, 0.015, 0.5275],
    ],
    [
      'Gemini: exactly at the threshold the base prices hold',
      { input: 200_000, output: 1_000 },
      { prompt: 1.25, completion: 10, tiers: [{ above: 200_000, prompt: 2.5 }] },
      [0.25, 0.01, 0.26],
    ],
    [
      'a tier takes the prices it does not name from the base',
      { input: 300_000, output: 1_000 },
      { prompt: 4, completion: 20, tiers: [{ above: 272_000, prompt: 8 }] },
      [2.4, 0.02, 2.42],
    ],
    [
      'audio on both sides',
      { input: 1_000, output: 500, audioInput: 600, audioOutput: 400 },
      { prompt: 2.5, completion: 10, audio_prompt: 40, audio_completion: 80 },
      [0.025, 0.033, 0.058],
    ],
    [
      'cached audio: the overlap costs audio_cached',
      { input: 1_000, output: 0, audioInput: 800, cacheRead: 500 },
      { prompt: 4, completion: 16, cached: 0.4, audio_prompt: 32, audio_cached: 0.8 },
      [0.016_32, 0, 0.016_32],
    ],
    [
      'cached audio without a price of its own: audio first, cache on the rest',
      { input: 1_000, output: 0, audioInput: 800, cacheRead: 500 },
      { prompt: 4, completion: 16, cached: 0.4, audio_prompt: 32 },
      [0.025_68, 0, 0.025_68],
    ],
    [
      'cached audio that is told: 200 text, 500 audio, 300 cached audio',
      { input: 1_000, output: 0, audioInput: 800, cacheRead: 300, audioCached: 300 },
      { prompt: 4, completion: 16, cached: 0.4, audio_prompt: 32, audio_cached: 0.8 },
      [0.017_04, 0, 0.017_04],
    ],
    [
      'cached audio that is told, without a price of its own: 200 text, 500 audio, 300 at the price of the cache',
      { input: 1_000, output: 0, audioInput: 800, cacheRead: 300, audioCached: 300 },
      { prompt: 4, completion: 16, cached: 0.4, audio_prompt: 32 },
      [0.016_92, 0, 0.016_92],
    ],
    [
      'cached audio that exceeds its totals: cut to them',
      { input: 1_000, output: 0, audioInput: 800, cacheRead: 300, audioCached: 9_000 },
      { prompt: 4, completion: 16, cached: 0.4, audio_prompt: 32, audio_cached: 0.8 },
      [0.017_04, 0, 0.017_04],
    ],
    [
      'images on both sides',
      { input: 1_000, output: 1_100, imageInput: 800, imageOutput: 1_056 },
      { prompt: 5, completion: 10, image_prompt: 10, image_completion: 40 },
      [0.009, 0.042_68, 0.051_68],
    ],
    [
      'cached images that are told: 200 text, 500 images, 300 cached images',
      { input: 1_000, output: 0, imageInput: 800, cacheRead: 300, imageCached: 300 },
      { prompt: 5, completion: 10, cached: 1.25, image_prompt: 10, image_cached: 2.5 },
      [0.006_75, 0, 0.006_75],
    ],
    [
      'cached images without a price of their own: at the price of the cache',
      { input: 1_000, output: 0, imageInput: 800, cacheRead: 300, imageCached: 300 },
      { prompt: 5, completion: 10, cached: 1.25 },
      [0.003_875, 0, 0.003_875],
    ],
    [
      'Cohere: what is billed, not what was processed',
      { input: 3_000, output: 300, billedInput: 120, billedOutput: 250 },
      { prompt: 2.5, completion: 10 },
      [0.0003, 0.0025, 0.0028],
    ],
    [
      'xAI: 12 tokens of which 11 cached, 291 out',
      { input: 12, output: 291, cacheRead: 11, reasoning: 290 },
      { prompt: 0.3, completion: 0.5, cached: 0.075 },
      [0.000_001_125, 0.000_145_5, 0.000_146_625],
    ],
    [
      'a price per request and per tool call, whatever the unit',
      { input: million, output: 0, toolCalls: { web_search: 3, unknown_tool: 9 } },
      { prompt: 3, completion: 15, request: 0.005, tools: { web_search: 0.01 } },
      [3, 0, 3.035],
    ],
    [
      'embeddings need no completion price',
      { input: 8_000, output: 0 },
      { unit: '1k', prompt: 0.000_02 },
      [0.000_16, 0, 0.000_16],
    ],
    ['an explicit zero is free', { input: 5, output: 5 }, { prompt: 0, completion: 0 }, [0, 0, 0]],
    [
      'aliases of field names',
      { input: 1_000, output: 1_000, cacheRead: 500, cacheWrite: 100 },
      { input: 2, output: 4, cacheRead: 1, cacheWrite: 3 },
      [0.0016, 0.004, 0.0056],
    ],
  ])('%s', (_, counts, prices, [promptCost, completionCost, totalCost]) => {
    expect(cost(counts, prices)).toEqual({ promptCost, completionCost, totalCost })
  })

  it('scales every token price of a service tier, whose own prices win', () => {
    const prices: PriceFields = {
      prompt: 4,
      completion: 20,
      cached: 0.4,
      request: 0.001,
      service_tiers: { flex: { multiplier: 0.5 }, Priority: { multiplier: 2, completion: 50 } },
    }
    const counts = { input: 1_000, output: 1_000, cacheRead: 500 }
    expect(cost(counts, prices).totalCost).toBe(0.0232)
    expect(cost(counts, prices, 'flex').totalCost).toBe(0.0121)
    expect(cost(counts, prices, 'priority').totalCost).toBe(0.0554)
    expect(cost(counts, prices, 'constructor').totalCost).toBe(0.0232)
  })

  it('scales the long-context prices too, and lets a service tier have its own', () => {
    const prices: PriceFields = {
      prompt: 1,
      completion: 1,
      tiers: [{ above: 100, prompt: 2 }],
      service_tiers: { batch: { multiplier: 0.5 }, priority: { prompt: 3, tiers: [{ above: 100, prompt: 6 }] } },
    }
    expect(cost({ input: million, output: 0 }, prices, 'batch').totalCost).toBe(1)
    expect(cost({ input: million, output: 0 }, prices, 'priority').totalCost).toBe(6)
    expect(cost({ input: 100, output: 0 }, prices, 'priority').totalCost).toBe(0.0003)
  })

  it('replaces the prices by lifetime with a tier that has one price for every cache write', () => {
    const prices: PriceFields = {
      prompt: 1,
      completion: 1,
      cache_write: { default: 2, '1h': 3 },
      tiers: [{ above: 500, cache_write: 10 }],
    }
    const writes = { cacheWrite: 400, cacheWriteByLifetime: { '1h': 400 } }
    expect(cost({ input: 400, output: 0, ...writes }, prices).totalCost).toBe(0.0012)
    expect(cost({ input: 600, output: 0, ...writes }, prices).totalCost).toBe(0.0042)
  })

  it('scales every token price of a region, behind the service tier, and nothing else', () => {
    const prices: PriceFields = {
      prompt: 4,
      completion: 20,
      request: 0.001,
      service_tiers: { fast: { multiplier: 2 } },
      inference_regions: { US: 1.1 },
    }
    const counts = { input: 1_000, output: 1_000 }
    expect(cost(counts, prices, null, 'us').totalCost).toBe(0.0274)
    expect(cost(counts, prices, 'fast', 'us').totalCost).toBe(0.0538)
    expect(cost(counts, prices, null, 'eu').totalCost).toBe(0.025)
    expect(cost(counts, prices, null, '__proto__').totalCost).toBe(0.025)
  })

  it.each<[string, Partial<TokenCounts>, PriceFields, number | null]>([
    ['a film by the second', { units: { video_second: 8 } }, { per: { video_second: 0.1 } }, 0.8],
    ['part of a second', { units: { audio_second: 7.25 } }, { per: { audio_second: 0.0001 } }, 0.000_725],
    ['images, whatever tokens their prompt had', { input: 30, units: { image: 2 } }, { per: { image: 0.04 } }, 0.08],
    [
      'images beside the tokens of the prompt',
      { input: 1_000, units: { image: 2 } },
      { prompt: 5, per: { image: 0.04 } },
      0.085,
    ],
    ['nothing known of the prompt that is charged', { units: { image: 2 } }, { prompt: 5, per: { image: 0.04 } }, null],
    ['a call, whatever it read', { input: 9_000 }, { request: 0.002 }, 0.002],
    ['a tool by the call', { toolCalls: { mcp: 3 } }, { tools: { mcp: 0.01 } }, 0.03],
    ['no piece that was counted', { input: 9, output: 9, units: {} }, { per: { image: 0.04 } }, null],
    ['pieces of another kind', { units: { page: 3 } }, { per: { image: 0.04 } }, null],
    [
      'pieces beside tokens that are free',
      { input: 5, output: 5, units: { page: 3 } },
      { prompt: 0, completion: 0, per: { page: 1 } },
      3,
    ],
  ])('charges %s', (_, counts, prices, expected) => {
    expect(cost(counts, prices).totalCost).toBe(expected)
  })

  it('leaves a side unknown whose tokens are unknown, and the total with it', () => {
    const prices = { prompt: 1, completion: 2 }
    expect(cost({ output: million }, prices)).toEqual({ promptCost: null, completionCost: 2, totalCost: null })
    expect(cost({ input: million }, prices)).toEqual({ promptCost: 1, completionCost: null, totalCost: null })
  })

  it('leaves a side unknown that has tokens and no price', () => {
    expect(cost({ input: 10, output: 1 }, { prompt: 1 })).toEqual({
      promptCost: 0.000_01,
      completionCost: null,
      totalCost: null,
    })
  })

  it('never charges a token twice or less than nothing when counts contradict each other', () => {
    const prices = { prompt: 2, completion: 4, cached: 1, cache_write: 3, reasoning: 5, audio_prompt: 6 }
    expect(cost({ input: 100, output: 10, cacheRead: 5_000, reasoning: 900 }, prices)).toEqual({
      promptCost: 0.0001,
      completionCost: 0.000_05,
      totalCost: 0.000_15,
    })
    expect(cost({ input: 100, output: 0, cacheWrite: 80, cacheRead: 80, audioInput: 90 }, prices).promptCost).toBe(
      0.000_57,
    )
    expect(cost({ input: 100, output: 0, cacheWrite: 10, cacheWriteByLifetime: { '5m': 40 } }, prices).promptCost).toBe(
      0.000_24,
    )
  })

  it.each([Number.NaN, Infinity, -5])('takes a count of %s for unknown', (count) => {
    expect(cost({ input: count, output: million, cacheRead: count }, { prompt: 1, completion: 1 })).toEqual({
      promptCost: null,
      completionCost: 1,
      totalCost: null,
    })
  })

  it('adds up to the last digit: a million and one tokens at odd prices', () => {
    const { promptCost, completionCost, totalCost } = cost(
      { input: 1_000_001, output: 333_333, cacheRead: 77_777 },
      { prompt: 0.1, completion: 0.7, cached: 0.033 },
    )
    expect([promptCost, completionCost, totalCost]).toEqual([0.094_789_041, 0.233_333_1, 0.328_122_141])
  })
})
