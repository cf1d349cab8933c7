import { describe, expect, it } from 'vitest'
import { read, readCounts, toSse } from './read.ts'

describe('OpenAI text completions', () => {
  it('do not lose their counts to the zeros of earlier chunks (Ollama)', () => {
    const zero = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
    const body = toSse([
      { object: 'text_completion', model: 'm', choices: [{ index: 0, text: 'a', finish_reason: null }], usage: zero },
      { object: 'text_completion', model: 'm', choices: [{ index: 0, text: 'b', finish_reason: 'stop' }], usage: zero },
      {
        object: 'text_completion',
        model: 'm',
        choices: [],
        usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 },
      },
    ])
    expect(read(body).format?.name).toBe('openai-completions')
    expect(read(body).facts).toMatchObject({ finished: true, completion: { text: 'ab' } })
    expect(readCounts(body)).toEqual({ input: 7, output: 2 })
  })
})

describe('Assistants runs', () => {
  const usage = {
    prompt_tokens: 381,
    completion_tokens: 89,
    total_tokens: 470,
    prompt_token_details: { cached_tokens: 0 },
  }

  it('are counted by the run, not by its steps', () => {
    const body = toSse([
      ['thread.run.created', { object: 'thread.run', model: 'gpt-a', status: 'queued', usage: null }],
      ['thread.message.delta', { object: 'thread.message.delta', delta: { content: [{ text: { value: 'Hi' } }] } }],
      ['thread.run.step.completed', { object: 'thread.run.step', usage: { prompt_tokens: 81, completion_tokens: 9 } }],
      ['thread.run.completed', { object: 'thread.run', model: 'gpt-a', status: 'completed', usage }],
      ['done', '[DONE]'],
    ])
    expect(readCounts(body)).toEqual({ input: 381, output: 89, cacheRead: 0 })
    expect(read(body).facts).toMatchObject({ consumption: true, finished: true, completion: { text: 'Hi' } })
  })

  it('consume nothing yet when they are only queued', () => {
    expect(read({ object: 'thread.run', status: 'queued', usage: null }).facts.consumption).toBe(false)
  })
})

describe('Open WebUI', () => {
  it('answers its own interface with a receipt, which is no consumption', () => {
    expect(read({ status: true, task_id: 'abc' }, { path: '/api/chat/completions' }).facts.consumption).toBe(false)
  })

  it('tells the usage of the last message afterwards, with a key against counting it twice', () => {
    const messages = [
      { id: 'u1', role: 'user', content: 'Hello' },
      {
        id: 'a1',
        role: 'assistant',
        content: 'Hi',
        usage: { prompt_tokens: 40, completion_tokens: 3, prompt_eval_count: 40 },
      },
    ]
    const body = { model: 'llama-test', messages, chat_id: 'c9', session_id: 's', id: 'a1' }
    const { facts, format } = read(body, { path: '/api/chat/completed' })
    expect(format?.name).toBe('open-webui')
    expect(facts).toMatchObject({ model: 'llama-test', messageKey: 'c9:a1', consumption: true })
    expect(readCounts(body)).toEqual({ input: 40, output: 3 })
  })

  it('does not take a zero for a prompt count that Ollama left out', () => {
    const usage = { prompt_tokens: 0, completion_tokens: 50, total_tokens: 50, eval_count: 50, input_tokens: 0 }
    const body = { object: 'chat.completion', choices: [{ message: { content: 'Hi' } }], usage }
    expect(readCounts(body)).toEqual({ output: 50 })
  })

  it('tells the counts of Ollama under info in older versions', () => {
    const messages = [{ id: 'a1', role: 'assistant', content: 'Hi', info: { prompt_eval_count: 9, eval_count: 2 } }]
    expect(readCounts({ model: 'm', messages, chat_id: 'c9' })).toEqual({ input: 9, output: 2 })
  })
})

describe('a gateway of an unknown format', () => {
  it('still tells model, usage and error of a common shape', () => {
    for (const body of [
      { model: 'm', text: 'x', usage: { input_tokens: 4, output_tokens: 2 } },
      { model: 'm', success: true, result: { response: 'x', usage: { prompt_tokens: 4, completion_tokens: 2 } } },
    ]) {
      const { facts, format } = read(body)
      expect(format?.name).toBe('openai-chat')
      expect([facts.model, facts.usage.input, facts.usage.output]).toEqual(['m', 4, 2])
    }
    expect(read({ model: 'm', text: 'x' }).format).toBeNull()
    expect(read({ error: 'broken' }).facts.error).toEqual({ code: null, message: 'broken' })
  })

  it('may serve any format at any path', () => {
    const body = { type: 'message', role: 'assistant', content: [], usage: { input_tokens: 4, output_tokens: 2 } }
    expect(read(body, { path: '/v1/chat/completions' }).format?.name).toBe('anthropic-messages')
  })
})
