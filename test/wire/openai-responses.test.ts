import { describe, expect, it } from 'vitest'
import { read, readCounts, toTypedSse } from './read.ts'

const usage = {
  input_tokens: 1000,
  input_tokens_details: {
    cached_tokens: 300,
    cache_write_tokens: 500,
    cache_write_tokens_details: { ttl_30m_tokens: 500, ttl_12h_tokens: 0 },
  },
  output_tokens: 50,
  output_tokens_details: { reasoning_tokens: 20 },
  total_tokens: 1050,
}

const counts = {
  input: 1000,
  output: 50,
  cacheRead: 300,
  cacheWrite: 500,
  cacheWriteByLifetime: { '30m': 500 },
  reasoning: 20,
}

const output = [
  { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Think.' }] },
  { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello' }] },
  { type: 'function_call', name: 'lookup', arguments: '{"q":1}' },
]

describe('OpenAI Responses', () => {
  it('tell their counts in the body', () => {
    const body = {
      object: 'response',
      model: 'gpt-r',
      status: 'completed',
      service_tier: 'priority',
      error: null,
      output,
      usage,
    }
    const { facts, format } = read(body)
    expect(format?.name).toBe('openai-responses')
    expect(facts).toMatchObject({ model: 'gpt-r', finished: true, error: null, consumption: true })
    expect(facts.completion).toMatchObject({
      text: 'Hello',
      reasoningText: 'Think.',
      toolCalls: [{ name: 'lookup', arguments: '{"q":1}' }],
    })
    expect(readCounts(body)).toEqual({ ...counts, serviceTier: 'priority' })
  })

  it('tell their counts in the last event of a stream, whose text is not read twice', () => {
    const response = { object: 'response', model: 'gpt-r', status: 'in_progress', output: [], usage: null }
    const body = toTypedSse([
      { type: 'response.created', response },
      { type: 'response.output_item.added', output_index: 1, item: { type: 'function_call', name: 'lookup' } },
      { type: 'response.function_call_arguments.delta', output_index: 1, delta: '{"q"' },
      { type: 'response.function_call_arguments.delta', output_index: 1, delta: ':1}' },
      { type: 'response.output_text.delta', output_index: 0, delta: 'Hel' },
      { type: 'response.output_text.delta', output_index: 0, delta: 'lo' },
      { type: 'response.completed', response: { ...response, status: 'completed', output, usage } },
    ])
    const { facts } = read(body)
    expect(facts.completion).toMatchObject({ text: 'Hello', toolCalls: [{ name: 'lookup', arguments: '{"q":1}' }] })
    expect(facts).toMatchObject({ finished: true, consumption: true })
    expect(readCounts(body)).toEqual(counts)
  })

  it('keep the usage of a last event that is too large to be kept', () => {
    const text = 'x'.repeat(1_500_000)
    const response = {
      object: 'response',
      model: 'gpt-r',
      status: 'completed',
      output: [{ role: 'assistant', content: [{ text }] }],
      usage,
    }
    const body = toTypedSse([
      { type: 'response.created', response: { object: 'response', model: 'gpt-r', usage: null } },
      { type: 'response.completed', response },
    ])
    expect(readCounts(body)).toEqual(counts)
  })

  it('report the error of a failed response', () => {
    const response = {
      object: 'response',
      status: 'failed',
      error: { code: 'server_error', message: 'sorry' },
      usage: null,
    }
    const { facts } = read(toTypedSse([{ type: 'response.failed', response }]))
    expect(facts.error).toEqual({ code: 'server_error', message: 'sorry' })
    expect(facts.usage.input).toBeNull()
  })

  it('consume nothing yet when they only acknowledge a background request', () => {
    expect(read({ object: 'response', status: 'queued', background: true, usage: null }).facts.consumption).toBe(false)
  })

  it('count web searches that are told beside the usage', () => {
    const body = {
      object: 'response',
      status: 'completed',
      usage,
      tool_usage: { web_search: { num_requests: 3 }, image_gen: {} },
    }
    expect(read(body).facts.usage.toolCalls).toEqual({ web_search: 3 })
  })

  const done = { status: 'completed' }
  const hostedItems = [
    { type: 'web_search_call', id: 'a', ...done, action: { type: 'search', query: 'x' } },
    { type: 'web_search_call', id: 'b', ...done, action: { type: 'open_page', url: 'https://x' } },
    { type: 'web_search_call', id: 'c', status: 'failed', action: { type: 'search', query: 'y' } },
    { type: 'web_search_call', id: 'd', ...done },
    { type: 'file_search_call', id: 'e', ...done, queries: ['z'] },
    { type: 'mcp_call', id: 'f', ...done, server_label: 's', name: 'n' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'ok' }] },
  ]
  const hostedCalls = { web_search: 2, file_search: 1, mcp: 1 }

  it('count the calls of hosted tools that stand among the items, where nothing else counts them', () => {
    const body = { object: 'response', status: 'completed', model: 'm', output: hostedItems, usage }
    expect(read(body).facts.usage.toolCalls).toEqual(hostedCalls)
    const counted = { ...body, tool_usage: { web_search: { num_requests: 5 } } }
    expect(read(counted).facts.usage.toolCalls).toEqual({ ...hostedCalls, web_search: 5 })
  })

  it('count each call of a stream once, though the last event repeats them all', () => {
    const items = hostedItems.map((item, output_index) => ({ type: 'response.output_item.done', output_index, item }))
    const whole = {
      type: 'response.completed',
      response: { status: 'completed', model: 'm', output: hostedItems, usage },
    }
    expect(read(toTypedSse([...items, whole])).facts.usage.toolCalls).toEqual(hostedCalls)
    expect(read(toTypedSse(items), { complete: false }).facts.usage.toolCalls).toEqual(hostedCalls)
  })

  it('keep the tokens of the image tool apart: another model made the picture', () => {
    const image_gen = { input_tokens: 30, output_tokens: 900, total_tokens: 930 }
    const tools = [{ type: 'image_generation', model: 'image-model' }]
    const body = {
      object: 'response',
      status: 'completed',
      model: 'm',
      output: [],
      tools,
      usage,
      tool_usage: { image_gen },
    }
    const { usage: told } = read(body).facts
    expect(
      told.otherModels.map((other) => [other.model, other.counts.input, other.counts.output, other.counts.imageOutput]),
    ).toEqual([['image-model', 30, 900, 900]])
    expect(told.output).toBe(usage.output_tokens)
    const idle = {
      ...body,
      tool_usage: { image_gen: { input_tokens: 0, output_tokens: 0 }, web_search: { num_requests: 0 } },
    }
    expect(read(idle).facts.usage).toMatchObject({ otherModels: [], toolCalls: {} })
  })

  it('are counted when they compact a conversation', () => {
    const body = {
      object: 'response.compaction',
      output: [],
      usage: { input_tokens: 156, output_tokens: 190, total_tokens: 346 },
    }
    expect(readCounts(body)).toEqual({ input: 156, output: 190 })
  })
})

describe('OpenAI media', () => {
  it('count the tokens of images', () => {
    const body = {
      created: 1,
      data: [{ b64_json: 'aGk=' }],
      usage: {
        input_tokens: 50,
        input_tokens_details: { text_tokens: 10, image_tokens: 40 },
        output_tokens: 4160,
        total_tokens: 4210,
      },
    }
    expect(read(body).format?.name).toBe('openai-images')
    expect(readCounts(body)).toEqual({
      input: 50,
      output: 4160,
      imageInput: 40,
      imageOutput: 4160,
      units: { image: 1 },
    })
  })

  it('state a cost alone (xAI images)', () => {
    expect(readCounts({ data: [{ url: 'https://x' }], usage: { cost_in_usd_ticks: 200_000_000 } })).toEqual({
      providerCost: 0.02,
      units: { image: 1 },
    })
  })

  it('count the tokens of a transcription, streamed or not', () => {
    const tokens = {
      type: 'tokens',
      input_tokens: 26,
      input_token_details: { text_tokens: 5, audio_tokens: 21 },
      output_tokens: 4,
      total_tokens: 30,
    }
    expect(readCounts({ text: 'Hello friend.', usage: tokens })).toEqual({ input: 26, output: 4, audioInput: 21 })
    const body = toTypedSse([
      { type: 'transcript.text.delta', delta: 'Hello ' },
      { type: 'transcript.text.delta', delta: 'friend.' },
      { type: 'transcript.text.done', text: 'Hello friend.', usage: tokens },
    ])
    expect(readCounts(body)).toEqual({ input: 26, output: 4, audioInput: 21 })
    expect(read(body).facts.completion.text).toBe('Hello friend.')
  })

  it('have no tokens when they are charged by the second', () => {
    expect(readCounts({ text: 'Hi', usage: { type: 'duration', seconds: 4 } })).toEqual({ units: { audio_second: 4 } })
  })
})
