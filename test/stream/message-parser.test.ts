import { afterEach, describe, expect, it, vi } from 'vitest'
import { createScanner } from '../../src/stream/scanners/create-scanner.ts'
import { MessageParser } from '../../src/stream/message-parser.ts'
import { encodeAwsEvent } from './aws-event.ts'

afterEach(() => void vi.restoreAllMocks())

/** What the messages give, and how often `JSON.parse` was called for them. */
function parseAll(messages: readonly string[]) {
  const parse = vi.spyOn(JSON, 'parse')
  const parser = new MessageParser()
  const objects = messages.map((text) => parser.parse(text))
  const calls = parse.mock.calls.length
  parse.mockRestore()
  return { objects, calls }
}

describe('the parser of the messages of one stream', () => {
  it('gives the objects and nothing else', () => {
    const { objects } = parseAll([
      '{"a":1}',
      '\ufeff\n {"a":2} \r\n',
      '[1]',
      'null',
      '"{}"',
      '7',
      '',
      ' ',
      'x',
      '{"a"}',
    ])
    expect(objects).toEqual([{ a: 1 }, { a: 2 }, null, null, null, null, null, null, null, null])
  })

  it.each(['x', '', ' ', '[1]', '"{}"', '{', '}', '{x', 'x}', '[DONE]', '\ufeff'])(
    'never tries what cannot be an object: %j',
    (text) => {
      expect(parseAll([text]).calls).toBe(0)
    },
  )

  it.each(['{x}', '{"a"}', '{"a":1,}', '{"choices":[{]}', '\ufeff{x}'])(
    'tries %s a few times in a hundred thousand',
    (text) => {
      const { objects, calls } = parseAll(Array.from({ length: 100_000 }, () => text))
      expect(objects.every((object) => object === null)).toBe(true)
      expect(calls).toBeLessThan(20)
    },
  )

  it('reads every whole message of a stream that is broken again and again', () => {
    const messages = Array.from({ length: 1_000 }, (_, index) => (index % 2 === 0 ? '{"a"}' : `{"a":${index}}`))
    const { objects, calls } = parseAll([...messages, '\ufeff{"a":0}'])
    expect(objects.filter((object) => object !== null)).toHaveLength(501)
    expect(calls).toBeLessThan(520)
  })

  it('does not try what nests half a million brackets', () => {
    const brackets = '['.repeat(500_000)
    expect(parseAll([`{"a":${brackets}}`]).calls).toBe(0)
    expect(parseAll([`{"a":"${brackets}"}`]).objects).toEqual([{ a: brackets }])
  })

  it('unwraps the chunks of a binary stream by the same rule', () => {
    const parse = vi.spyOn(JSON, 'parse')
    const texts: string[] = []
    const scanner = createScanner('aws-eventstream', {
      onMessage: (text) => void texts.push(text),
      onOversize() {},
      onMalformed() {},
    })
    const broken = encodeAwsEvent({ ':event-type': 'chunk' }, undefined)
    for (let index = 0; index < 1_000; index++) scanner.push(broken)
    expect(texts).toHaveLength(1_000)
    expect(parse.mock.calls.length).toBe(0)
  })
})
