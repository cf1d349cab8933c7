import { describe, expect, it } from 'vitest'
import { readResponseBody, type ResponseBodyOptions } from '../../src/interpret/bodies/read-response.ts'
import { createStreamDigest } from '../../src/interpret/bodies/response-digest.ts'
import { detectBodyKind } from '../../src/stream/body-kind.ts'

function read(text: string, options: Partial<ResponseBodyOptions> & { contentType?: string } = {}) {
  const head = Buffer.from(text)
  const kind = detectBodyKind(head, options.contentType ?? 'application/json')
  return readResponseBody({
    body: { kind, head, text: null, tail: Buffer.alloc(0), digest: null, truncated: false },
    path: '/v1/chat/completions',
    status: 200,
    complete: true,
    wantText: false,
    ...options,
  })
}

const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 }

function answer(content: string): string {
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
  return JSON.stringify({ object: 'chat.completion', model: 'm-1', choices, usage })
}

describe('reading a response body', () => {
  it('reads a JSON body with leading blank lines and a byte order mark', () => {
    for (const before of ['', '\n\n \r\n', '\uFEFF', '\uFEFF\n']) {
      const { facts, format, malformed } = read(before + answer('Hi'))
      expect([facts.usage.input, facts.usage.output, facts.model]).toEqual([9, 4, 'm-1'])
      expect([facts.completion.text, facts.finished, format?.name, malformed]).toEqual(['Hi', true, 'openai-chat', 0])
    }
  })

  it('reads model and counts of a body of which only both ends were kept', () => {
    const whole = Buffer.from(answer('x'.repeat(300_000)))
    const kind = 'json' as const
    const body = {
      kind,
      head: whole.subarray(0, 1000),
      text: null,
      tail: whole.subarray(-1000),
      digest: null,
      truncated: true,
    }
    const { facts } = read('', { body })
    expect([facts.model, facts.usage.input, facts.usage.output]).toEqual(['m-1', 9, 4])
  })

  it('reads the end of a large body only, unless its text is wanted', () => {
    const text = answer('y'.repeat(2_000_000))
    expect(read(text).facts).toMatchObject({ model: 'm-1', usage: { input: 9, output: 4 }, completion: { text: '' } })
    expect(read(text, { wantText: true }).facts.completion.textLength).toBe(2_000_000)
  })

  it('reads a body that broke off as far as it goes', () => {
    const { facts, malformed } = read(answer('Hello').slice(0, -30), { complete: false })
    expect([facts.model, facts.usage.input, facts.finished, malformed]).toEqual(['m-1', null, false, 1])
  })

  it('finishes a digest with the bytes that it has not had yet', () => {
    const stream = Buffer.from(`data: ${answer('a')}\n\ndata: [DONE]\n\n`)
    const digest = createStreamDigest('sse', '/v1/chat/completions')
    digest.push(stream.subarray(0, 40))
    const body = {
      kind: digest.kind,
      head: stream.subarray(40),
      text: null,
      tail: Buffer.alloc(0),
      digest,
      truncated: false,
    }
    const { facts } = read('', { body })
    expect([facts.usage.input, facts.usage.output, facts.finished]).toEqual([9, 4, true])
  })

  it('tells nothing of what it does not understand', () => {
    for (const text of ['<html>', '{"a":', 'null', '"text"', '[1,2]', '\0\u0001']) {
      const { facts } = read(text, { contentType: 'text/html' })
      expect([facts.model, facts.usage.input, facts.usage.output, facts.error]).toEqual([null, null, null, null])
    }
    expect(read('<html>').malformed).toBe(1)
    expect(read('').malformed).toBe(0)
  })

  it('takes the error of a refused request and none of its counts', () => {
    const bodies: Record<string, object> = {
      '{"error":{"message":"no","type":"invalid_request_error","code":null}}': {
        code: 'invalid_request_error',
        message: 'no',
      },
      '{"error":"no"}': { code: null, message: 'no' },
      '{"type":"error","error":{"type":"overloaded_error","message":"no"}}': {
        code: 'overloaded_error',
        message: 'no',
      },
      '{"message":"no","__type":"ValidationException"}': { code: 'ValidationException', message: 'no' },
      '{"detail":[{"loc":["body"]}]}': { code: null, message: '[{"loc":["body"]}]' },
      'data: {"error":{"message":"no","code":429}}\n\n': { code: '429', message: 'no' },
    }
    for (const [text, error] of Object.entries(bodies)) expect(read(text, { status: 429 }).facts.error).toEqual(error)
    expect(read(answer('Hi'), { status: 500 }).facts.usage.input).toBeNull()
  })

  it('survives arrays of a million elements', () => {
    const many = `[${'1,'.repeat(1_000_000)}1]`
    for (const key of ['predictions', 'choices', 'results', 'output', 'content', 'messages', 'iterations', 'data']) {
      const { facts } = read(`{"${key}":${many},"chat_id":"c","inputTextTokenCount":1}`, { wantText: true })
      expect(facts.error).toBeNull()
    }
  })

  it('survives JSON that is nested too deep', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000)
    const texts = [
      `{"choices":${deep}}`,
      `{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":${deep}}}}]}}]}`,
      `{"detail":${deep}}`,
    ]
    for (const text of texts) {
      for (const status of [200, 422]) expect(read(text, { status, wantText: true }).facts.usage.input).toBeNull()
    }
  })
})
