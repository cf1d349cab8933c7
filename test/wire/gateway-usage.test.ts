import { describe, expect, it } from 'vitest'
import { readCounts } from './read.ts'

const answer = {
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
}
const countsOf = (usage: unknown) => readCounts({ ...answer, usage })
const responsesCountsOf = (usage: unknown) => readCounts({ object: 'response', status: 'completed', output: [], usage })

describe('a usage whose total does not fit its parts', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      'leaves a written cache out of the prompt',
      { prompt_tokens: 20, completion_tokens: 70, total_tokens: 4090, cache_creation_input_tokens: 4000 },
      { input: 4020, output: 70, cacheWrite: 4000 },
    ],
    [
      'leaves a read cache out of the prompt, and says 0 of it elsewhere',
      {
        prompt_tokens: 20,
        completion_tokens: 70,
        total_tokens: 4090,
        prompt_tokens_details: { cached_tokens: 0 },
        cache_read_input_tokens: 4000,
      },
      { input: 4020, output: 70, cacheRead: 4000 },
    ],
    [
      'leaves both out',
      {
        prompt_tokens: 20,
        completion_tokens: 70,
        total_tokens: 5090,
        cache_read_input_tokens: 4000,
        cache_creation_input_tokens: 1000,
      },
      { input: 5020, output: 70, cacheRead: 4000, cacheWrite: 1000 },
    ],
    [
      'leaves cache and reasoning out',
      {
        prompt_tokens: 20,
        completion_tokens: 70,
        total_tokens: 620,
        prompt_tokens_details: { cached_tokens: 500 },
        completion_tokens_details: { reasoning_tokens: 30 },
      },
      { input: 520, output: 100, cacheRead: 500, reasoning: 30 },
    ],
    [
      'agrees when the cache is inside',
      { prompt_tokens: 4020, completion_tokens: 70, total_tokens: 4090, cache_read_input_tokens: 4000 },
      { input: 4020, output: 70, cacheRead: 4000 },
    ],
    [
      'is larger than all that is told of: whose the rest is, is unknown',
      { prompt_tokens: 20, completion_tokens: 70, total_tokens: 900, prompt_tokens_details: { cached_tokens: 5 } },
      { input: 20, output: 70, cacheRead: 5 },
    ],
    [
      'stands alone beside two sides: thoughts that are not shown (Gemini)',
      { prompt_tokens: 66, completion_tokens: 6, total_tokens: 100 },
      { input: 66, output: 34 },
    ],
    [
      'is absent, and the cache is larger than the prompt',
      { prompt_tokens: 20, completion_tokens: 70, cache_read_input_tokens: 400, cache_creation_input_tokens: 100 },
      { input: 520, output: 70, cacheRead: 400, cacheWrite: 100 },
    ],
    [
      'is smaller than its parts',
      { prompt_tokens: 20, completion_tokens: 70, total_tokens: 50 },
      { input: 20, output: 70 },
    ],
    [
      'has a negative part, which is no count',
      { prompt_tokens: -1, completion_tokens: 70, prompt_tokens_details: { cached_tokens: -4 } },
      { output: 70 },
    ],
  ])('%s', (_, usage, counts) => {
    expect(countsOf(usage)).toEqual(counts)
  })

  it('is read alike in the shape of the Responses API', () => {
    const usage = { input_tokens: 12, output_tokens: 8, input_tokens_details: { cached_tokens: 300 } }
    expect(responsesCountsOf({ ...usage, total_tokens: 320 })).toEqual({ input: 312, output: 8, cacheRead: 300 })
    expect(responsesCountsOf({ ...usage, input_tokens: 312, total_tokens: 320 })).toMatchObject({ input: 312 })
    expect(responsesCountsOf({ ...usage, total_tokens: 777 })).toMatchObject({ input: 12, output: 8 })
  })
})

describe('the lifetimes of cache writes beside a usage of OpenAI’s shape', () => {
  const sides = { prompt_tokens: 900, completion_tokens: 10, total_tokens: 910 }

  it.each<[string, Record<string, unknown>]>([
    [
      'stand in the details (LiteLLM)',
      {
        prompt_tokens_details: {
          cache_creation_tokens: 800,
          cache_creation_token_details: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 500 },
        },
      },
    ],
    [
      'stand nested in the details (DashScope)',
      {
        prompt_tokens_details: {
          cache_type: 'ephemeral',
          cache_creation_input_tokens: 800,
          cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 500 },
        },
      },
    ],
    [
      'stand beside the counts',
      {
        cache_creation_input_tokens: 800,
        cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 500 },
      },
    ],
    [
      'are all that is told of the writes',
      { prompt_tokens_details: { cache_write_tokens_details: { ttl_5m_tokens: 300, ttl_1h_tokens: 500 } } },
    ],
  ])('%s', (_, details) => {
    expect(countsOf({ ...sides, ...details })).toEqual({
      input: 900,
      output: 10,
      cacheWrite: 800,
      cacheWriteByLifetime: { '5m': 300, '1h': 500 },
    })
  })
})

describe('calls of tools that a usage counts', () => {
  it('are read behind gateways as from the provider itself', () => {
    const sides = { prompt_tokens: 9, completion_tokens: 1 }
    expect(countsOf({ ...sides, server_tool_use: { web_search_requests: 3 } })['toolCalls']).toEqual({ web_search: 3 })
    expect(
      responsesCountsOf({
        input_tokens: 9,
        output_tokens: 1,
        server_side_tool_usage_details: { web_search_calls: 2, x_search_calls: 1, mcp_calls: 0 },
      })['toolCalls'],
    ).toEqual({ web_search: 2, x_search: 1 })
  })

  it('are none when they are negative', () => {
    const usage = { prompt_tokens: 9, completion_tokens: 1, server_tool_use: { web_search_requests: -3 } }
    expect(countsOf(usage)).toEqual({ input: 9, output: 1 })
  })
})
