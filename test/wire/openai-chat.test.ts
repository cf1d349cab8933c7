import { describe, expect, it } from 'vitest'
import { read, readCounts, toSse } from './read.ts'

function chunk(delta: object | null, more: object = {}): object {
  const choices = delta ? [{ index: 0, delta, finish_reason: null }] : []
  return { id: 'c-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-test-2026', choices, ...more }
}

function answer(usage: object): object {
  return {
    object: 'chat.completion',
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
    usage,
  }
}

describe('an OpenAI chat stream', () => {
  it('tells its counts in a last chunk without choices', () => {
    const usage = {
      prompt_tokens: 16,
      completion_tokens: 30,
      total_tokens: 46,
      prompt_tokens_details: { cached_tokens: 8, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 12 },
    }
    const body = toSse([
      chunk({ role: 'assistant', content: '' }, { usage: null, service_tier: 'flex' }),
      chunk({ content: 'Hel' }, { usage: null }),
      chunk({ content: 'lo "you"\n' }, { usage: null }),
      chunk(null, { usage }),
      '[DONE]',
    ])
    const { facts, format, malformed } = read(body)
    expect(format?.name).toBe('openai-chat')
    expect(malformed).toBe(0)
    expect(facts).toMatchObject({ model: 'gpt-test-2026', finished: true, error: null, consumption: true })
    expect(facts.completion.text).toBe('Hello "you"\n')
    expect(facts.usage.raw).toEqual(usage)
    expect(readCounts(body)).toEqual({
      input: 16,
      output: 30,
      cacheRead: 8,
      reasoning: 12,
      audioInput: 0,
      serviceTier: 'flex',
    })
  })

  it('without usage tells text, model and tool calls', () => {
    const body = toSse([
      chunk({ role: 'assistant', content: 'Let me see. ', reasoning_content: 'Hm.' }),
      chunk({ tool_calls: [{ index: 0, id: 't', function: { name: 'weather', arguments: '{"ci' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: 'ty":"Rome"}' } }] }),
      chunk({ tool_calls: [{ index: 1, id: 'u', function: { name: 'time', arguments: '{}' } }] }),
    ])
    const { facts } = read(body, { complete: false })
    expect(facts.finished).toBe(false)
    expect(facts.usage.input).toBeNull()
    expect(facts.completion).toEqual({
      text: 'Let me see. ',
      textLength: 12,
      reasoningText: 'Hm.',
      reasoningLength: 3,
      toolCalls: [
        { name: 'weather', arguments: '{"city":"Rome"}' },
        { name: 'time', arguments: '{}' },
      ],
      forcedTool: null,
    })
  })

  it('keeps interleaved choices apart', () => {
    const pieces = ['one ', 'uno ', 'two', 'due'].map((content, index) => ({
      ...chunk(null),
      choices: [{ index: index % 2, delta: { content }, finish_reason: null }],
    }))
    expect(read(toSse(pieces)).facts.completion.text).toBe('one two\nuno due')
  })

  it('is not misled by the empty model of the first chunk of Azure', () => {
    const first = { choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results: [] }
    const { facts } = read(toSse([first, chunk({ content: 'x' }), chunk({ content: 'y' })]))
    expect(facts.model).toBe('gpt-test-2026')
    expect(facts.completion.text).toBe('xy')
  })

  it('takes cumulative usage on every chunk once, and does not lose it to zeros', () => {
    const body = toSse([
      chunk({ content: 'a' }, { usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 } }),
      chunk({ content: 'b' }, { usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 } }),
      chunk(null, { usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }),
    ])
    expect(readCounts(body)).toEqual({ input: 9, output: 2 })
  })

  it('reads the text of Perplexity and Writer, who repeat the message beside the delta, once', () => {
    const body = toSse([
      { choices: [{ index: 0, delta: { content: 'One ' }, message: { content: 'One ' } }] },
      { choices: [{ index: 0, delta: { content: 'two' }, message: { content: 'One two' } }] },
      { choices: [{ index: 0, delta: { content: '' }, message: { content: 'One two' }, finish_reason: 'stop' }] },
      {
        object: 'chat.completion.done',
        choices: [{ index: 0, message: { content: 'One two' }, delta: { content: '' } }],
      },
    ])
    expect(read(body).facts.completion.text).toBe('One two')
  })

  it('keeps what was counted when an error follows', () => {
    const body = toSse([
      chunk({ content: 'x' }),
      chunk(null, {
        error: { code: 502, message: 'upstream broke' },
        usage: { prompt_tokens: 5, completion_tokens: 1 },
      }),
    ])
    const { facts } = read(body)
    expect(facts.error).toEqual({ code: '502', message: 'upstream broke' })
    expect([facts.usage.input, facts.usage.output]).toEqual([5, 1])
  })

  it('passes over keep-alive comments and blank lines before a JSON body', () => {
    expect(
      readCounts(`: OPENROUTER PROCESSING\n\n${toSse([answer({ prompt_tokens: 3, completion_tokens: 2 })])}`),
    ).toEqual({ input: 3, output: 2 })
    expect(readCounts(`\n\n\n\n${JSON.stringify(answer({ prompt_tokens: 3, completion_tokens: 2 }))}`)).toEqual({
      input: 3,
      output: 2,
    })
  })
})

describe('usage in the shape of OpenAI chat', () => {
  const cases: Record<string, [usage: object, counts: object]> = {
    'has reasoning outside the completion where the total says so (xAI)': [
      {
        prompt_tokens: 12,
        completion_tokens: 1,
        total_tokens: 303,
        prompt_tokens_details: { cached_tokens: 11 },
        completion_tokens_details: { reasoning_tokens: 290 },
        cost_in_usd_ticks: 1_466_250,
      },
      { input: 12, output: 291, cacheRead: 11, reasoning: 290, providerCost: 0.000146625 },
    ],
    'has audio outside the prompt where the total says so (Mistral)': [
      { prompt_tokens: 9, completion_tokens: 20, total_tokens: 404, prompt_tokens_details: { audio_tokens: 375 } },
      { input: 384, output: 20, audioInput: 375 },
    ],
    'has hidden output where the total is larger than both (Gemini behind OpenAI)': [
      { prompt_tokens: 66, completion_tokens: 6, total_tokens: 100 },
      { input: 66, output: 34 },
    ],
    'has cache inside the prompt even beside exclusive fields (LiteLLM)': [
      {
        prompt_tokens: 98_805,
        completion_tokens: 7,
        total_tokens: 98_812,
        cache_read_input_tokens: 66_360,
        cache_creation_input_tokens: 32_435,
      },
      { input: 98_805, output: 7, cacheRead: 66_360, cacheWrite: 32_435 },
    ],
    'has cache hits of DeepSeek inside the prompt': [
      { prompt_tokens: 30, completion_tokens: 4, prompt_cache_hit_tokens: 20, prompt_cache_miss_tokens: 10 },
      { input: 30, output: 4, cacheRead: 20 },
    ],
    'names the cache at the top (Moonshot) or in details without the s (Mistral)': [
      { prompt_tokens: 30, completion_tokens: 4, cached_tokens: 9, prompt_token_details: {} },
      { input: 30, output: 4, cacheRead: 9 },
    ],
    'has cache writes (OpenAI, OpenRouter) and a cost': [
      {
        prompt_tokens: 1000,
        completion_tokens: 50,
        total_tokens: 1050,
        prompt_tokens_details: { cached_tokens: 300, cache_write_tokens: 500 },
        cost: 0.0125,
      },
      { input: 1000, output: 50, cacheRead: 300, cacheWrite: 500, providerCost: 0.0125 },
    ],
    'has the cost of the upstream and the fee where the customer brings a key (OpenRouter)': [
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        is_byok: true,
        cost: 0.0001,
        cost_details: { upstream_inference_cost: 0.002 },
      },
      { input: 10, output: 5, providerCost: 0.0021 },
    ],
    'has an itemised cost (Perplexity)': [
      { prompt_tokens: 10, completion_tokens: 5, cost: { request_cost: 0.005, total_cost: 0.00515 } },
      { input: 10, output: 5, providerCost: 0.00515 },
    ],
    'adds citations and reasoning of deep research to the output, and counts searches (Perplexity)': [
      {
        prompt_tokens: 33,
        completion_tokens: 700,
        total_tokens: 733,
        citation_tokens: 200,
        reasoning_tokens: 5000,
        num_search_queries: 18,
      },
      { input: 33, output: 5900, reasoning: 5000, toolCalls: { web_search: 18 } },
    ],
    'fills a side that is left out from the total': [
      { prompt_tokens: 30, total_tokens: 34 },
      { input: 30, output: 4 },
    ],
    'tells nothing by impossible counts': [{ prompt_tokens: -5, completion_tokens: 1.5, total_tokens: '7' }, {}],
    'tells nothing by nested objects and huge numbers': [{ prompt_tokens: { a: 1 }, completion_tokens: 1e300 }, {}],
    'reads another provider in the same place by its own rules': [
      { input_tokens: 2, cache_read_input_tokens: 6000, cache_creation_input_tokens: 300, output_tokens: 9 },
      { input: 6302, output: 9, cacheRead: 6000, cacheWrite: 300 },
    ],
  }

  it.each(Object.entries(cases))('%s', (_name, [usage, counts]) => {
    expect(readCounts(answer(usage))).toEqual(counts)
  })

  it('is counted once where Groq repeats it, and found where only x_groq has it', () => {
    const usage = { prompt_tokens: 20, completion_tokens: 8, total_tokens: 28, queue_time: 0.1 }
    expect(readCounts(toSse([chunk({ content: 'a' }, { usage, x_groq: { id: 'r', usage } })]))).toEqual({
      input: 20,
      output: 8,
    })
    expect(readCounts(toSse([chunk({ content: 'a' }, { x_groq: { id: 'r', usage } })]))).toEqual({
      input: 20,
      output: 8,
    })
    const statistics = { dram_cached_tokens: 4, sram_cached_tokens: 0 }
    expect(readCounts({ ...answer(usage), x_groq: { usage: statistics } })).toEqual({ input: 20, output: 8 })
  })

  it('is found inside the choice (Moonshot)', () => {
    const body = toSse([
      chunk({ content: 'a' }),
      {
        ...chunk(null),
        choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: { prompt_tokens: 6, completion_tokens: 2 } }],
      },
    ])
    expect(readCounts(body)).toEqual({ input: 6, output: 2 })
  })
})

describe('a stream that does not conform', () => {
  const piece = (delta: object, more: object = {}) => ({
    object: 'chat.completion.chunk',
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: null }],
    ...more,
  })
  const messages = [
    piece({ content: 'Hel' }),
    piece({ content: 'lo' }),
    { ...piece({}), choices: [], usage: { prompt_tokens: 4, completion_tokens: 2 } },
  ]
  const lines = messages.map((message) => `data: ${JSON.stringify(message)}`)

  it.each<[string, string]>([
    ['parts its events by one line break', `${[...lines, 'data: [DONE]'].join('\n')}\n`],
    ['parts some of them so', `${lines[0]}\n\n${lines[1]}\n${lines[2]}\n\ndata: [DONE]\n\n`],
    ['glues the usage to the event before', `${lines[0]}\n\n${lines[1]}${lines[2]}\n\ndata: [DONE]\n\n`],
    ['glues it without its field', `${lines[0]}\n\n${lines[1]}${JSON.stringify(messages[2])}\n\ndata: [DONE]\n\n`],
    ['is named, and parted by one line break', `${lines.map((line) => `event: message\n${line}`).join('\n')}\n`],
  ])('is read all the same where it %s', (_, body) => {
    for (const wantText of [false, true]) {
      const { facts, malformed } = read(body, { wantText })
      expect([facts.usage.input, facts.usage.output, facts.finished, malformed]).toEqual([4, 2, true, 0])
    }
    expect(read(body).facts.completion.text).toBe('Hello')
  })

  it('counts what is no message once', () => {
    expect(read(`${lines[0]}\n${lines[1]}\ndata: {"choices":[\n\n`).malformed).toBe(1)
  })
})

describe('a stream that breaks off', () => {
  const choice = (index: number, content: string, finish_reason: string | null = null) => ({
    object: 'chat.completion.chunk',
    model: 'm',
    choices: [{ index, delta: { content }, finish_reason }],
  })

  it('is finished when every choice is that said anything', () => {
    const one = [choice(0, 'a'), choice(1, 'b'), choice(0, '', 'stop')]
    expect(read(toSse(one), { complete: false }).facts.finished).toBe(false)
    expect(read(toSse([...one, choice(1, '', 'length')]), { complete: false }).facts.finished).toBe(true)
    expect(read(toSse([choice(0, 'a'), choice(0, '', 'stop')]), { complete: false }).facts.finished).toBe(true)
  })

  it('is not counted by zeros that were sent until the count was known', () => {
    const zero = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
    const body = toSse([{ ...choice(0, 'Hello'), usage: zero }])
    expect(readCounts(body, { complete: false })).toEqual({})
    expect(readCounts(toSse([{ ...choice(0, 'Hello', 'stop'), usage: zero }]))).toEqual({ input: 0, output: 0 })
  })
})
