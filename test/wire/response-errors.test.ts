import { describe, expect, it } from 'vitest'
import { read, toSse } from './read.ts'

const chunk = (delta: object, more: object = {}) => ({
  object: 'chat.completion.chunk',
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: null, ...more }],
})
const errorOf = (body: unknown, path = '/v1/chat/completions') => read(body, { path }).facts.error

describe('an error behind HTTP 200', () => {
  it('stands in a choice, and leaves what was counted', () => {
    const body = {
      object: 'chat.completion',
      model: 'm',
      choices: [
        { index: 0, finish_reason: 'error', error: { code: 502, message: 'Lost' }, message: { content: 'par' } },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 3 },
    }
    expect(errorOf(body)).toEqual({ code: '502', message: 'Lost' })
    expect(read(body).facts.usage).toMatchObject({ input: 5, output: 3 })
  })

  it('stands in a later choice, or is told by the finish reason alone', () => {
    const choices = [
      { index: 0, finish_reason: 'stop', message: { content: 'a' } },
      { index: 1, finish_reason: 'error', message: { content: '' } },
    ]
    expect(errorOf({ object: 'chat.completion', choices })).toEqual({ code: 'error', message: null })
    expect(errorOf({ object: 'text_completion', choices: [{ text: 'a', error: { code: 'x' } }] })).toEqual({
      code: 'x',
      message: null,
    })
  })

  it('comes in the middle of a stream', () => {
    const lost = { finish_reason: 'error', error: { code: 502, message: 'Lost' } }
    expect(errorOf(toSse([chunk({ content: 'a' }), chunk({}, lost), '[DONE]']))).toEqual({
      code: '502',
      message: 'Lost',
    })
    const groq = { ...chunk({}), choices: [], x_groq: { id: 'r', error: 'over capacity' } }
    expect(errorOf(toSse([chunk({ content: 'a' }), groq]))?.message).toBe('over capacity')
    const vllm = { object: 'error', message: 'Engine died', type: 'InternalServerError', code: 500 }
    expect(errorOf(toSse([chunk({ content: 'a' }), vllm, '[DONE]']))).toEqual({ code: '500', message: 'Engine died' })
    const refused = { base_resp: { status_code: 1027, status_msg: 'output sensitive' } }
    expect(errorOf(toSse([chunk({ content: 'a' }), refused]))?.code).toBe('1027')
  })

  it.each<[object, string, string]>([
    [{ choices: null, base_resp: { status_code: 1004, status_msg: 'not authorised' } }, '1004', 'not authorised'],
    [{ code: 1211, msg: 'no such model', success: false }, '1211', 'no such model'],
    [{ result: null, success: false, errors: [{ code: 7003, message: 'no route' }] }, '7003', 'no route'],
    [{ error_code: 336501, error_msg: 'too many' }, '336501', 'too many'],
    [{ object: 'response', status: 'failed', error: null, output: [] }, 'failed', 'null'],
    [
      { object: 'thread.run', status: 'failed', last_error: { code: 'rate_limit', message: 'slow' } },
      'rate_limit',
      'slow',
    ],
  ])('%j has the code %s', (body, code, message) => {
    const error = errorOf(body)
    expect([error?.code, String(error?.message)]).toEqual([code, message])
  })

  it.each<[object]>([
    [{ object: 'chat.completion', choices: [], base_resp: { status_code: 0, status_msg: '' } }],
    [{ object: 'chat.completion', choices: [], x_groq: { id: 'r' } }],
    [{ object: 'chat.completion', choices: [], success: true, errors: [] }],
    [{ object: 'chat.completion', choices: [], error: null }],
  ])('is none in %j', (body) => {
    expect(errorOf(body)).toBeNull()
  })
})
