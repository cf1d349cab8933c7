import { describe, expect, it } from 'vitest'
import { read, readCounts, toSse } from './read.ts'

function chunk(text: string | null, usageMetadata: object | undefined, more: object = {}): object {
  const candidates = text === null ? undefined : [{ content: { role: 'model', parts: [{ text }] }, ...more }]
  return { candidates, usageMetadata, modelVersion: 'gemini-test' }
}

const usageMetadata = {
  promptTokenCount: 100,
  cachedContentTokenCount: 40,
  candidatesTokenCount: 20,
  thoughtsTokenCount: 50,
  toolUsePromptTokenCount: 7,
  totalTokenCount: 177,
  promptTokensDetails: [
    { modality: 'TEXT', tokenCount: 70 },
    { modality: 'AUDIO', tokenCount: 30 },
  ],
}
const counts = { input: 107, output: 70, cacheRead: 40, reasoning: 50, audioInput: 30 }

describe('a Gemini answer', () => {
  it('adds thoughts to the output and tool prompts to the input', () => {
    const body = chunk('Hello', usageMetadata, { finishReason: 'STOP' })
    const { facts, format } = read(body)
    expect(format?.name).toBe('gemini-generate')
    expect(facts).toMatchObject({ model: 'gemini-test', finished: true })
    expect(readCounts(body)).toEqual(counts)
  })

  it('is the same as events, as an array, and as an array that was written in pieces', () => {
    const chunks = [
      chunk('Hel', { promptTokenCount: 100, totalTokenCount: 100 }),
      chunk('lo', { promptTokenCount: 101, candidatesTokenCount: 4, totalTokenCount: 105 }),
      chunk('', usageMetadata, { finishReason: 'STOP' }),
    ]
    for (const body of [toSse(chunks), JSON.stringify(chunks), JSON.stringify(chunks, null, 2)]) {
      expect(readCounts(body)).toEqual(counts)
      expect(read(body).facts.completion.text).toBe('Hello')
    }
  })

  it('does not lose its counts to chunks that only state a traffic type', () => {
    const body = toSse([
      chunk('a', { trafficType: 'ON_DEMAND' }),
      chunk('b', { promptTokenCount: 4, candidatesTokenCount: 2 }),
      chunk('', { trafficType: 'ON_DEMAND' }),
    ])
    expect(readCounts(body)).toEqual({ input: 4, output: 2 })
  })

  it('tells which cached tokens were audio', () => {
    const cached = {
      ...usageMetadata,
      cacheTokensDetails: [
        { modality: 'AUDIO', tokenCount: 25 },
        { modality: 'TEXT', tokenCount: 15 },
      ],
    }
    expect(readCounts(chunk('Hi', cached))).toEqual({ ...counts, audioCached: 25 })
  })

  it.each<[object, string | undefined]>([
    [{ trafficType: 'ON_DEMAND_FLEX' }, 'flex'],
    [{ trafficType: 'ON_DEMAND_PRIORITY' }, 'priority'],
    [{ trafficType: 'PROVISIONED_THROUGHPUT' }, 'provisioned_throughput'],
    [{ trafficType: 'ON_DEMAND' }, undefined],
    [{ serviceTier: 'SERVICE_TIER_PRIORITY' }, 'priority'],
    [{ serviceTier: 'flex', trafficType: 'ON_DEMAND' }, 'flex'],
    [{ serviceTier: 'unspecified' }, undefined],
  ])('states the tier it was served at by %j', (told, tier) => {
    expect(readCounts(chunk('Hi', { ...usageMetadata, ...told }))['serviceTier']).toBe(tier)
  })

  it('keeps the tier of a chunk that counts nothing', () => {
    const body = toSse([
      chunk('a', { trafficType: 'ON_DEMAND_FLEX' }),
      chunk('b', { promptTokenCount: 4, candidatesTokenCount: 2 }, { finishReason: 'STOP' }),
    ])
    expect(readCounts(body)['serviceTier']).toBe('flex')
  })

  it('counts the distinct queries that Gemini 3 is charged for, and the prompt where earlier models are', () => {
    const grounded = (webSearchQueries: string[]) =>
      chunk('x', usageMetadata, { finishReason: 'STOP', groundingMetadata: { webSearchQueries } })
    const body = toSse([grounded(['a', 'b', '']), grounded(['b', 'c'])])
    const calls = (modelVersion: string) => {
      const text = body.replaceAll('gemini-test', modelVersion)
      return read(text).facts.usage.toolCalls
    }
    expect(calls('gemini-3-flash')).toEqual({ web_search: 3 })
    expect(calls('gemini-2.5-pro')).toEqual({ web_search: 1 })
    expect(read(chunk('x', usageMetadata, { groundingMetadata: {} })).facts.usage.toolCalls).toEqual({})
  })

  it('names maps apart from searches', () => {
    const groundingMetadata = { groundingChunks: [{ maps: { placeId: 'p' } }] }
    expect(read(chunk('x', usageMetadata, { groundingMetadata })).facts.usage.toolCalls).toEqual({ google_maps: 1 })
  })

  it('has the bare name of its model', () => {
    expect(read({ ...chunk('x', usageMetadata), modelVersion: 'models/gemini-test' }).facts.model).toBe('gemini-test')
  })

  it('has no output where the prompt was blocked', () => {
    const body = {
      promptFeedback: { blockReason: 'SAFETY' },
      usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 },
    }
    expect(readCounts(body)).toEqual({ input: 9, output: 0 })
    expect(read(body).facts.finished).toBe(true)
  })

  it('reads modalities that are numbers, thoughts and calls', () => {
    const parts = [{ text: 'Hm.', thought: true }, { functionCall: { name: 'lookup', args: { q: 1 } } }]
    const body = {
      candidates: [{ content: { parts } }],
      usageMetadata: {
        promptTokenCount: 9,
        candidatesTokenCount: 1290,
        candidatesTokensDetails: [{ modality: 2, tokenCount: 1290 }],
      },
    }
    expect(readCounts(body)).toEqual({ input: 9, output: 1290, imageOutput: 1290 })
    expect(read(body).facts.completion).toMatchObject({
      text: '',
      reasoningText: 'Hm.',
      toolCalls: [{ name: 'lookup', arguments: '{"q":1}' }],
    })
  })

  it('reports the error of an array', () => {
    const body = [{ error: { code: 429, message: 'quota', status: 'RESOURCE_EXHAUSTED' } }]
    expect(read(body, { status: 429 }).facts.error).toEqual({ code: '429', message: 'quota' })
  })

  it('is a quote and no consumption when it counts tokens', () => {
    const options = { path: '/v1beta/models/gemini-2.5-flash:countTokens' }
    expect(read({ totalTokens: 12 }, options).facts.consumption).toBe(false)
  })
})

describe('a Gemini interaction', () => {
  const usage = {
    total_tokens: 179,
    total_input_tokens: 11,
    total_cached_tokens: 4,
    total_output_tokens: 42,
    total_tool_use_tokens: 6,
    total_thought_tokens: 120,
  }

  it('adds thoughts and tool prompts, in the body and in the last event', () => {
    const interaction = { object: 'interaction', status: 'completed', model: 'gemini-i', usage }
    const expected = { input: 17, output: 162, cacheRead: 4, reasoning: 120 }
    expect(
      readCounts({ ...interaction, steps: [{ type: 'model_output', content: [{ type: 'text', text: 'Hi' }] }] }),
    ).toEqual(expected)
    const body = toSse([
      ['interaction.created', { event_type: 'interaction.created', interaction: { status: 'in_progress' } }],
      ['step.delta', { event_type: 'step.delta', index: 1, delta: { type: 'text', text: 'Hi' } }],
      ['interaction.completed', { event_type: 'interaction.completed', interaction }],
    ])
    expect(readCounts(body)).toEqual(expected)
    expect(read(body).facts).toMatchObject({ model: 'gemini-i', finished: true, consumption: true })
    expect(read(body).facts.completion.text).toBe('Hi')
  })

  it('consumes nothing yet when it runs in the background', () => {
    expect(read({ object: 'interaction', status: 'in_progress', model: 'm' }).facts.consumption).toBe(false)
  })
})
