import { describe, expect, it } from 'vitest'
import { read, readCounts, toSse, toTypedSse } from './read.ts'

function start(usage: object): Record<string, unknown> {
  const message = { type: 'message', role: 'assistant', model: 'claude-test', content: [], usage }
  return { type: 'message_start', message }
}

function delta(usage: object): Record<string, unknown> {
  return { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage }
}

const stop = { type: 'message_stop' }

describe('an Anthropic message', () => {
  it('adds cache writes that are told by lifetime only', () => {
    const body = {
      type: 'message',
      role: 'assistant',
      model: 'claude-test',
      content: [],
      usage: {
        input_tokens: 5,
        cache_creation: { ephemeral_5m_input_tokens: 500, ephemeral_1h_input_tokens: 3 },
        output_tokens: 2,
      },
    }
    const { usage } = read(body).facts
    expect([usage.input, usage.cacheWrite, usage.output]).toEqual([508, 503, 2])
  })

  it('adds cache reads and writes to its input, and names their lifetimes', () => {
    const body = {
      type: 'message',
      role: 'assistant',
      model: 'claude-test',
      content: [
        { type: 'thinking', thinking: 'Hm.' },
        { type: 'text', text: 'Hello' },
        { type: 'tool_use', name: 'lookup', input: { q: 1 } },
      ],
      stop_reason: 'tool_use',
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 400,
        cache_creation_input_tokens: 90,
        cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 30 },
        output_tokens: 25,
        output_tokens_details: { thinking_tokens: 11 },
        server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 },
        service_tier: 'standard',
      },
    }
    const { facts, format } = read(body)
    expect(format?.name).toBe('anthropic-messages')
    expect(facts.completion).toMatchObject({
      text: 'Hello',
      reasoningText: 'Hm.',
      toolCalls: [{ name: 'lookup', arguments: '{"q":1}' }],
    })
    expect(readCounts(body)).toEqual({
      input: 500,
      output: 25,
      cacheRead: 400,
      cacheWrite: 90,
      cacheWriteByLifetime: { '5m': 60, '1h': 30 },
      reasoning: 11,
      toolCalls: { web_search: 2 },
      serviceTier: 'standard',
    })
  })

  it('takes the last cumulative counts of a stream: never a sum, never a maximum', () => {
    const body = toTypedSse([
      start({
        input_tokens: 2,
        cache_creation_input_tokens: 3000,
        cache_read_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 3000, ephemeral_1h_input_tokens: 0 },
        output_tokens: 60,
      }),
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
      delta({ input_tokens: 6, cache_creation_input_tokens: 3300, cache_read_input_tokens: 6000, output_tokens: 200 }),
      stop,
    ])
    expect(readCounts(body)).toEqual({
      input: 9306,
      output: 200,
      cacheRead: 6000,
      cacheWrite: 3300,
      cacheWriteByLifetime: { '5m': 3000 },
    })
  })

  it('keeps the counts of the start where the end tells only the output', () => {
    const body = toTypedSse([
      start({ input_tokens: 5, cache_read_input_tokens: 100, output_tokens: 1 }),
      delta({ input_tokens: null, cache_read_input_tokens: null, output_tokens: 40 }),
      stop,
    ])
    expect(readCounts(body)).toEqual({ input: 105, output: 40, cacheRead: 100 })
  })

  it('does not lose its prompt to the zeros of a compatible server', () => {
    const body = toTypedSse([
      start({ input_tokens: 50, output_tokens: 0 }),
      delta({ input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 12 }),
      stop,
    ])
    expect(readCounts(body)).toMatchObject({ input: 50, output: 12 })
  })

  it('adds compaction to the counts, keeps advisors apart, and lets the lifetimes shrink with the total', () => {
    const body = toTypedSse([
      start({
        input_tokens: 60_000,
        cache_creation_input_tokens: 900,
        cache_creation: { ephemeral_1h_input_tokens: 900 },
        output_tokens: 5,
      }),
      delta({
        input_tokens: 600,
        cache_creation_input_tokens: 100,
        output_tokens: 2800,
        iterations: [
          { type: 'compaction', input_tokens: 60_000, output_tokens: 500 },
          { type: 'message', input_tokens: 600, output_tokens: 2800 },
          {
            type: 'advisor_message',
            model: 'claude-large',
            input_tokens: 70,
            cache_read_input_tokens: 30,
            output_tokens: 9,
          },
        ],
      }),
      stop,
    ])
    const { usage } = read(body).facts
    expect([usage.input, usage.output, usage.cacheWriteByLifetime]).toEqual([60_700, 3300, { '1h': 100 }])
    expect(usage.otherModels.map(({ model, counts }) => [model, counts.input, counts.output])).toEqual([
      ['claude-large', 100, 9],
    ])
  })

  it('sums the caches of several compactions too', () => {
    const pass = { input_tokens: 40, cache_creation_input_tokens: 7, cache_creation: { ephemeral_1h_input_tokens: 7 } }
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 5,
      output_tokens: 3,
      iterations: [
        { type: 'compaction', ...pass, output_tokens: 2 },
        { type: 'compaction', ...pass, output_tokens: 1 },
        { type: 'message', input_tokens: 10, output_tokens: 3 },
      ],
    }
    expect(readCounts({ type: 'message', role: 'assistant', model: 'claude-test', content: [], usage })).toEqual({
      input: 109,
      output: 6,
      cacheRead: 5,
      cacheWrite: 14,
      cacheWriteByLifetime: { '1h': 14 },
    })
  })

  it('keeps a model apart that declined before the fallback answered', () => {
    const usage = {
      input_tokens: 50,
      output_tokens: 20,
      iterations: [
        { type: 'message', model: 'claude-large', input_tokens: 48, output_tokens: 2 },
        { type: 'fallback_message', model: 'claude-small', input_tokens: 50, output_tokens: 20 },
      ],
    }
    const body = { type: 'message', role: 'assistant', model: 'claude-small', content: [], usage }
    const { otherModels, input, output } = read(body).facts.usage
    expect([input, output]).toEqual([50, 20])
    expect(otherModels.map(({ model, counts }) => [model, counts.input, counts.output])).toEqual([
      ['claude-large', 48, 2],
    ])
  })

  it('takes the output of a start for a placeholder: without an end it is unknown', () => {
    const text = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'The sea is wide.' } }
    const cut = toTypedSse([start({ input_tokens: 27, output_tokens: 4 }), text])
    expect(readCounts(cut, { complete: false })).toEqual({ input: 27 })
    const silent = toTypedSse([start({ input_tokens: 27, output_tokens: 4 }), text, { type: 'message_stop' }])
    expect(readCounts(silent)).toEqual({ input: 27 })
    const faulty = toTypedSse([
      start({ input_tokens: 27, output_tokens: 4 }),
      text,
      { type: 'error', error: { type: 'x' } },
    ])
    expect(readCounts(faulty)).toEqual({ input: 27 })
    const told = toTypedSse([start({ input_tokens: 27, output_tokens: 4 }), text, delta({ output_tokens: 9 })])
    expect(readCounts(told, { complete: false })).toEqual({ input: 27, output: 9 })
  })

  it('does not double a prompt that start and end both carry', () => {
    const whole = start({ input_tokens: 5000, output_tokens: 0 })
    const cachedEnd = { cache_creation_input_tokens: 0, cache_read_input_tokens: 5010, output_tokens: 30 }
    expect(readCounts(toTypedSse([whole, delta(cachedEnd), stop]))).toMatchObject({ input: 5010, cacheRead: 5010 })
    const partEnd = { cache_creation_input_tokens: 1500, cache_read_input_tokens: 2000, output_tokens: 30 }
    expect(readCounts(toTypedSse([whole, delta(partEnd), delta(partEnd), stop]))).toMatchObject({
      input: 5000,
      cacheRead: 2000,
      cacheWrite: 1500,
    })
    const repeated = { ...cachedEnd, input_tokens: 5000 }
    expect(readCounts(toTypedSse([whole, delta(repeated), stop]))).toMatchObject({ input: 5010, cacheRead: 5010 })
    const honest = { input_tokens: 9000, cache_read_input_tokens: 6000, output_tokens: 30 }
    expect(readCounts(toTypedSse([whole, delta(honest), stop]))).toMatchObject({ input: 15_000, cacheRead: 6000 })
  })

  it('believes the total of a gateway that counts the cache inside the prompt', () => {
    const usage = { input_tokens: 900, cache_read_input_tokens: 800, output_tokens: 10 }
    const message = { type: 'message', role: 'assistant', content: [] }
    expect(readCounts({ ...message, usage: { ...usage, total_tokens: 910 } })).toMatchObject({ input: 900 })
    expect(readCounts({ ...message, usage: { ...usage, total_tokens: 1710 } })).toMatchObject({ input: 1700 })
    expect(readCounts({ ...message, usage })).toMatchObject({ input: 1700 })
  })

  it('tells fast mode and where the model ran', () => {
    const usage = { input_tokens: 9, output_tokens: 1, service_tier: 'standard', speed: 'fast', inference_geo: 'us' }
    const body = { type: 'message', role: 'assistant', content: [], usage }
    expect(readCounts(body)).toEqual({ input: 9, output: 1, serviceTier: 'fast', inferenceRegion: 'us' })
    const standard = { ...usage, speed: 'standard', inference_geo: 'not_available' }
    expect(readCounts({ ...body, usage: standard })).toEqual({ input: 9, output: 1, serviceTier: 'standard' })
  })

  it('reports an error in the middle of a stream and keeps what was counted', () => {
    const body = toTypedSse([
      start({ input_tokens: 8, output_tokens: 1 }),
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    ])
    const { facts } = read(body)
    expect(facts.error).toEqual({ code: 'overloaded_error', message: 'Overloaded' })
    expect(facts.finished).toBe(false)
    expect(facts.usage.input).toBe(8)
  })

  it('gathers the arguments of streamed tool calls', () => {
    const body = toTypedSse([
      start({ input_tokens: 8, output_tokens: 1 }),
      { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', name: 'lookup', input: {} } },
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"q":' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '1}' } },
    ])
    expect(read(body).facts.completion.toolCalls).toEqual([{ name: 'lookup', arguments: '{"q":1}' }])
  })

  it('is a quote and no consumption when it counts tokens', () => {
    expect(read({ input_tokens: 19 }, { path: '/v1/messages/count_tokens' }).facts.consumption).toBe(false)
  })
})

describe('an Anthropic text completion', () => {
  it('has text and no counts', () => {
    const pieces = [' Blue', ' sky', '']
    const body = toSse(
      pieces.map((completion, index) => [
        'completion',
        { type: 'completion', completion, stop_reason: index === 2 ? 'stop_sequence' : null, model: 'claude-2' },
      ]),
    )
    const { facts, format } = read(body)
    expect(format?.name).toBe('anthropic-complete')
    expect(facts).toMatchObject({ model: 'claude-2', finished: true })
    expect(facts.completion.text).toBe(' Blue sky')
    expect(facts.usage.output).toBeNull()
  })
})
