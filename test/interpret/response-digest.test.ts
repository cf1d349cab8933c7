import { describe, expect, it, vi } from 'vitest'
import { MAX_COMPLETION_LENGTH } from '../../src/interpret/bodies/message-reading.ts'
import { createStreamDigest } from '../../src/interpret/bodies/response-digest.ts'
import { cpuTime, LINEAR, toCostPerUnit } from '../setup/cpu-time.ts'

function chunk(content: string, more: object = {}): string {
  const choices = [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }]
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'm-1', choices, ...more })}\n\n`
}

const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }
const last = `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'm-1', choices: [], usage })}\n\ndata: [DONE]\n\n`

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
}

function digest(pieces: readonly string[], options: { complete?: boolean; wantText?: boolean } = {}) {
  const stream = createStreamDigest('sse', '/v1/chat/completions')
  for (const piece of pieces) stream.push(Buffer.from(piece))
  return stream.finish({ complete: true, wantText: false, ...options })
}

/** Best of five, in milliseconds. */
function read(events: number): void {
  const body = Buffer.from(chunk(' word').repeat(events))
  const stream = createStreamDigest('sse', '/')
  for (let at = 0; at < body.length; at += 65_536) stream.push(body.subarray(at, at + 65_536))
  stream.finish({ complete: true, wantText: false })
}

describe('the digest of a stream', () => {
  it('takes the counts from the ends of a whole stream and leaves the text alone', () => {
    const pieces = Array.from({ length: 100 }, (_, index) => chunk(` word${index}`))
    const { facts } = digest([...pieces, last])
    expect([facts.model, facts.usage.input, facts.usage.output, facts.finished]).toEqual(['m-1', 7, 3, true])
    expect(facts.completion.textLength).toBeLessThan(200)
    expect(digest([...pieces, last], { wantText: true }).facts.completion.textLength).toBe(690)
  })

  it('knows its end with blanks around it', () => {
    for (const end of ['[DONE]', ' [DONE]', '[DONE]  \t', `[DONE]${' '.repeat(100)}`]) {
      const { facts, malformed } = digest([chunk('a'), `data: ${end}\n\n`])
      expect([facts.finished, malformed]).toEqual([true, 0])
    }
    expect(digest([chunk('a'), 'data: [DONE\n\n'])).toMatchObject({ malformed: 1, facts: { finished: false } })
  })

  it('reads everything where the ends tell no counts', () => {
    const pieces = Array.from({ length: 100 }, (_, index) => chunk(` word${index}`))
    const { facts } = digest(pieces)
    expect(facts.usage.output).toBeNull()
    expect(facts.completion.text).toBe(Array.from({ length: 100 }, (_, index) => ` word${index}`).join(''))
    const middle = digest([...pieces, last.replace('data: [DONE]\n\n', ''), ...pieces])
    expect([middle.facts.usage.input, middle.facts.usage.output]).toEqual([7, 3])
  })

  it('does not take zeros at the end for the counts that came before', () => {
    const zeros = last.replace(JSON.stringify(usage), '{"prompt_tokens":0,"completion_tokens":0}')
    const pieces = Array.from({ length: 100 }, () => chunk('x'))
    const { facts } = digest([chunk('a'), last.replace('data: [DONE]\n\n', ''), ...pieces, zeros])
    expect([facts.usage.input, facts.usage.output]).toEqual([7, 3])
  })

  it('reads all text of a stream that broke off', () => {
    const { facts } = digest([chunk('one '), chunk('two'), 'data: {"cho'], { complete: false })
    expect(facts.completion.text).toBe('one two')
    expect(facts.finished).toBe(false)
  })

  it('parses what the shortcut for pieces of text could misread', () => {
    const tricky = [
      chunk('quote " backslash \\ newline \n emoji 🌍'),
      chunk('a', { usage }),
      chunk('b', { error: { message: 'late error' } }),
      chunk('"choices":[{"index":0,"delta":{"content":"fake"},"finish_reason":null}]'),
    ]
    const { facts } = digest([chunk('first '), ...tricky], { wantText: true })
    expect(facts.completion.text).toBe(
      'first quote " backslash \\ newline \n emoji 🌍ab"choices":[{"index":0,"delta":{"content":"fake"},"finish_reason":null}]',
    )
    expect(facts.usage.input).toBe(7)
    expect(facts.error).toEqual({ code: null, message: 'late error' })
  })

  it('keeps a bounded text of a long stream and measures all of it', () => {
    const piece = chunk('z'.repeat(10_000))
    const stream = createStreamDigest('sse', '/v1/chat/completions')
    for (let index = 0; index < 200; index++) stream.push(Buffer.from(piece))
    stream.push(Buffer.from(last))
    const { facts } = stream.finish({ complete: true, wantText: true })
    expect(facts.completion.text).toHaveLength(MAX_COMPLETION_LENGTH)
    expect(facts.completion.textLength).toBe(2_000_000)
    expect([facts.usage.input, facts.usage.output]).toEqual([7, 3])
  })

  it('reads every message of formats that spread their counts over several', () => {
    const delta = (counts: object): string => event('message_delta', { delta: {}, usage: counts })
    const text = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'word ' } })
    const message = { model: 'c', usage: { input_tokens: 5, output_tokens: 1 } }
    const { facts } = digest([
      event('message_start', { message }),
      delta({ input_tokens: 900, cache_read_input_tokens: 70, output_tokens: 3 }),
      ...Array.from({ length: 100 }, () => text),
      delta({ output_tokens: 44 }),
      event('message_stop', {}),
    ])
    expect([facts.usage.input, facts.usage.cacheRead, facts.usage.output]).toEqual([970, 70, 44])
  })

  it('takes an error event that is no JSON for an error', () => {
    const { facts } = digest([chunk('a'), 'event: error\ndata: upstream timed out\n\n'])
    expect(facts.error).toEqual({ code: null, message: 'upstream timed out' })
  })

  it('reads events that were joined in front of an error as what they are', () => {
    const joined = `${chunk('a').trimEnd()}\nevent: error\ndata: {"error":{"code":"overloaded","message":"boom"}}\n\n`
    const { facts } = digest([joined])
    expect(facts.error).toEqual({ code: 'overloaded', message: 'boom' })
    expect(facts.completion.text).toBe('a')
  })

  it('reads an event of half a million joined messages in slices, and what comes behind it in order', () => {
    const stream = createStreamDigest('sse', '/v1/chat/completions')
    const joined = `data: ${'{}'.repeat(500_000)}{"choices":[{"delta":{"content":"a"}}]}\n\n`
    const body = Buffer.from(`${joined}${chunk('b')}event: error\ndata: [1,2]\n\n${chunk('c')}${last}`)
    const steps: number[] = []
    for (let at = 0; at < body.length; at += 65_536) {
      steps.push(cpuTime(() => stream.push(body.subarray(at, at + 65_536))))
      while (stream.isBehind) steps.push(cpuTime(() => stream.readOn()))
    }
    const { facts, malformed } = stream.finish({ complete: true, wantText: true })
    expect([facts.completion.text, facts.usage.output, facts.finished, malformed]).toEqual(['abc', 3, true, 0])
    const all = steps.reduce((sum, time) => sum + time, 0)
    expect(Math.max(...steps)).toBeLessThan(all / 5)
  })

  it('reads a stream whose events were never parted when it ends, in slices too', () => {
    const stream = createStreamDigest('sse', '/v1/chat/completions')
    const body = Buffer.from(`${chunk('x').trimEnd()}\n`.repeat(5_000) + last.trimEnd().replace('\n\n', '\n'))
    for (let at = 0; at < body.length; at += 65_536) stream.push(body.subarray(at, at + 65_536))
    while (stream.isBehind) stream.readOn()
    stream.end()
    expect(stream.isBehind).toBe(true)
    let steps = 0
    for (; stream.isBehind; steps++) stream.readOn()
    const { facts } = stream.finish({ complete: true, wantText: true })
    expect(steps).toBeGreaterThan(8)
    expect([facts.completion.textLength, facts.usage.input, facts.finished]).toEqual([5_000, 7, true])
  })

  it('reads what is left of joined messages when it is finished', () => {
    const pieces = [`data: ${'{}'.repeat(50_000)}${chunk('a').slice(6)}`, chunk('b'), last]
    const { facts, malformed } = digest(pieces, { wantText: true })
    expect([facts.completion.text, facts.usage.input, malformed]).toEqual(['ab', 7, 0])
  })

  it.each(['sse', 'ndjson', 'json-array'] as const)(
    'takes the counts from the end of %s that lost its middle',
    (kind) => {
      const stream = createStreamDigest(kind, '/v1/chat/completions')
      const message = (text: string, more = {}) =>
        JSON.stringify({
          object: 'chat.completion.chunk',
          model: 'm-1',
          choices: [{ delta: { content: text } }],
          ...more,
        })
      const wrap = { sse: ['data: ', '\n\n'], ndjson: ['', '\n'], 'json-array': [',', ''] }[kind]
      const toStream = (...messages: string[]) => messages.map((text) => wrap.join(text)).join('')
      const start = toStream(message('a'), message('lost')).replace(/^,/, '[')
      stream.push(Buffer.from(start.slice(0, start.indexOf('lost'))))
      stream.pushTail(Buffer.from(`st"}}]}${wrap[1]}${toStream(message('b', { usage }))}`))
      const { facts } = stream.finish({ complete: true, wantText: true })
      expect([facts.model, facts.usage.input, facts.usage.output]).toEqual(['m-1', 7, 3])
      expect(facts.completion.text).toBe(kind === 'json-array' ? 'a' : 'ab')
    },
  )

  it('counts messages that are not JSON', () => {
    expect(
      digest([chunk('a'), 'data: not json\n\n', 'data: {"broken"\n\n', 'data:\n\n', 'data: [DONE]\n\n']).malformed,
    ).toBe(2)
  })

  it.each(['x', '{x}', '{"choices":[{"delta":{"content":"a"}]}', '{"usage":{"prompt_tokens":1'])(
    'counts a hundred thousand messages that are no JSON without parsing them: %s',
    (text) => {
      const parse = vi.spyOn(JSON, 'parse')
      const { facts, malformed } = digest([chunk('a'), `data: ${text}\n\n`.repeat(100_000), last], { wantText: true })
      const calls = parse.mock.calls.length
      parse.mockRestore()
      expect([malformed, facts.completion.text, facts.usage.input, facts.usage.output]).toEqual([100_000, 'a', 7, 3])
      expect(calls).toBeLessThan(20)
    },
  )

  it('takes time in proportion to the number of events', () => {
    expect(toCostPerUnit(read, 40_000)).toBeLessThan(LINEAR * 130)
  })
})
