import { describe, expect, it } from 'vitest'
import { read, readCounts, toLines, toSse } from './read.ts'

const end = {
  model: 'llama-test',
  message: { role: 'assistant', content: '' },
  done: true,
  done_reason: 'stop',
  total_duration: 4_883_583_458,
  prompt_eval_count: 26,
  eval_count: 282,
}

describe('an Ollama chat', () => {
  it('tells its counts in the last line', () => {
    const body = toLines([
      { model: 'llama-test', message: { role: 'assistant', content: 'Hel', thinking: 'Hm.' }, done: false },
      {
        model: 'llama-test',
        message: { content: 'lo', tool_calls: [{ function: { name: 'f', arguments: { q: 1 } } }] },
        done: false,
      },
      { ...end, prompt_eval_cached_count: 20 },
    ])
    const { facts, format } = read(body, { contentType: 'application/x-ndjson' })
    expect(format?.name).toBe('ollama-chat')
    expect(facts).toMatchObject({ model: 'llama-test', finished: true, consumption: true })
    expect(facts.completion).toMatchObject({
      text: 'Hello',
      reasoningText: 'Hm.',
      toolCalls: [{ name: 'f', arguments: '{"q":1}' }],
    })
    expect(facts.usage.raw).toMatchObject({ eval_count: 282, total_duration: 4_883_583_458 })
    expect(readCounts(body)).toEqual({ input: 26, output: 282, cacheRead: 20 })
  })

  it('leaves the input unknown where the prompt count is missing', () => {
    const { prompt_eval_count, ...rest } = end
    expect(prompt_eval_count).toBe(26)
    expect(readCounts(rest)).toEqual({ output: 282 })
  })

  it('consumes nothing when it only loads or unloads a model', () => {
    for (const reason of ['load', 'unload']) {
      const body = { model: 'm', message: { content: '' }, done: true, done_reason: reason }
      expect(read(body).facts.consumption).toBe(false)
    }
    expect(read({ model: 'm', response: '', done: true, done_reason: 'load' }).facts.consumption).toBe(false)
  })

  it('reports an error that comes as a line after status 200', () => {
    const body = toLines([{ model: 'm', message: { content: 'x' }, done: false }, { error: 'model runner stopped' }])
    expect(read(body).facts.error).toEqual({ code: null, message: 'model runner stopped' })
  })

  it('keeps the counts of a generate answer whose context is huge', () => {
    const context = Array.from({ length: 300_000 }, (_, index) => index)
    const body = toLines([
      { model: 'm', response: 'a', done: false },
      { model: 'm', response: '', done: true, done_reason: 'stop', context, prompt_eval_count: 5, eval_count: 2 },
    ])
    expect(readCounts(body)).toEqual({ input: 5, output: 2 })
  })
})

describe('native text generation', () => {
  it('of llama.cpp counts evaluated and predicted tokens', () => {
    const body = {
      content: 'Hi',
      stop: true,
      tokens_evaluated: 12,
      tokens_predicted: 3,
      timings: { cache_n: 8, prompt_n: 4 },
    }
    expect(readCounts(body)).toEqual({ input: 12, output: 3, cacheRead: 8 })
  })

  it('of watsonx counts on each result, and tells the prompt of a stream once', () => {
    const result = (text: string, generated: number, input: number, reason = 'not_finished') => ({
      model_id: 'granite',
      results: [
        { generated_text: text, generated_token_count: generated, input_token_count: input, stop_reason: reason },
      ],
    })
    expect(readCounts(result('All is well', 3, 44, 'eos_token'))).toEqual({ input: 44, output: 3 })
    const stream = toSse([result('', 0, 44), result('All', 1, 0), result(' is', 2, 0), result('', 3, 0, 'max_tokens')])
    expect(readCounts(stream)).toEqual({ input: 44, output: 3 })
    expect(read(stream).facts.finished).toBe(true)
    const two = { results: [...result('a', 2, 10).results, ...result('b', 3, 20).results] }
    expect(readCounts(two)).toEqual({ input: 30, output: 5 })
  })

  it('of llama.cpp is measured where no usage was asked for', () => {
    const chunk = (delta: object, more: object = {}) => ({
      object: 'chat.completion.chunk',
      model: 'm',
      choices: [{ index: 0, delta, finish_reason: null }],
      ...more,
    })
    const timings = { cache_n: 60, prompt_n: 3, predicted_n: 9 }
    expect(readCounts(toSse([chunk({ content: 'Hi' }), chunk({}, { timings }), '[DONE]']))).toEqual({
      input: 63,
      output: 9,
      cacheRead: 60,
    })
    // An older server does not tell its cache: the prompt is unknown.
    const older = chunk({}, { timings: { prompt_n: 3, predicted_n: 9 } })
    expect(readCounts(toSse([chunk({ content: 'Hi' }), older, '[DONE]']))).toEqual({ output: 9 })
    const usage = { prompt_tokens: 63, completion_tokens: 9 }
    expect(readCounts(toSse([{ ...chunk({}), choices: [], usage, timings }]))).toMatchObject({
      input: 63,
      cacheRead: 60,
    })
  })

  it('of Hugging Face counts generated tokens only', () => {
    const body = [{ generated_text: 'Hi there', details: { generated_tokens: 2 } }]
    expect(readCounts(body)).toEqual({ output: 2 })
    expect(read(body).facts.completion.text).toBe('Hi there')
  })
})
