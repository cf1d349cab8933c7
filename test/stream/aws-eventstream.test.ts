import { describe, expect, it } from 'vitest'
import { createAwsEventStreamScanner } from '../../src/stream/scanners/aws-eventstream.ts'
import { encodeAwsChunk, encodeAwsEvent, encodeAwsMessage } from './aws-event.ts'
import { collect, cut } from './collect.ts'

const first = encodeAwsMessage('messageStart', { role: 'assistant' })
const second = encodeAwsMessage('contentBlockDelta', { delta: { text: 'Grüße 🌍' } })

describe('the scanner of Amazon event streams', () => {
  it('finds the events in chunks of any size', () => {
    for (const size of [1, 2, 5, 13, 1000]) {
      expect(collect(createAwsEventStreamScanner, cut(Buffer.concat([first, second]), size))).toEqual({
        messages: [
          ['{"role":"assistant"}', 'messageStart'],
          ['{"delta":{"text":"Grüße 🌍"}}', 'contentBlockDelta'],
        ],
        oversize: [],
        malformed: 0,
      })
    }
  })

  it('unwraps the messages of InvokeModel', () => {
    const { messages } = collect(createAwsEventStreamScanner, [encodeAwsChunk({ generation: 'hi' })])
    expect(messages).toEqual([['{"generation":"hi"}', 'chunk']])
  })

  it('names an exception by its type and an error by its code', () => {
    const exception = encodeAwsEvent(
      { ':message-type': 'exception', ':exception-type': 'throttlingException' },
      { message: 'slow down' },
    )
    const error = encodeAwsEvent(
      { ':message-type': 'error', ':error-code': 'InternalError', ':error-message': 'broken' },
      undefined,
    )
    expect(collect(createAwsEventStreamScanner, [exception, error]).messages).toEqual([
      ['{"message":"slow down"}', 'throttlingException'],
      ['{"code":"InternalError","message":"broken"}', 'error'],
    ])
  })

  it('drops an event whose content does not match its checksum, and reads on', () => {
    const broken = Buffer.from(first)
    broken[broken.length - 8] = (broken[broken.length - 8] ?? 0) ^ 1
    const { messages, malformed } = collect(createAwsEventStreamScanner, [broken, second])
    expect(messages.map(([, name]) => name)).toEqual(['contentBlockDelta'])
    expect(malformed).toBe(1)
  })

  it('gives up where the length does not match its checksum, for the borders are lost', () => {
    const broken = Buffer.from(second)
    broken[3] = (broken[3] ?? 0) ^ 1
    const { messages, malformed } = collect(createAwsEventStreamScanner, [first, broken, second])
    expect(messages.map(([, name]) => name)).toEqual(['messageStart'])
    expect(malformed).toBe(1)
  })

  it('refuses lengths that no event can have', () => {
    for (const total of [0, 15, 0xffff_fff0]) {
      const prelude = Buffer.from(first.subarray(0, 12))
      prelude.writeUInt32BE(total, 0)
      expect(collect(createAwsEventStreamScanner, [prelude, first])).toEqual({
        messages: [],
        oversize: [],
        malformed: 1,
      })
    }
  })

  it('keeps the tail of an event that outgrows the limit, and verifies its checksum all the same', () => {
    const large = encodeAwsMessage('metadata', { text: 'x'.repeat(150_000), usage: { inputTokens: 4 } })
    const broken = Buffer.from(large)
    broken[500] = 0
    for (const size of [1000, 1_000_000]) {
      const { messages, oversize, malformed } = collect(
        createAwsEventStreamScanner,
        cut(Buffer.concat([large, broken, first]), size),
        80_000,
      )
      expect(messages.map(([, name]) => name)).toEqual(['messageStart'])
      expect(oversize.map((tail) => tail.slice(-29))).toEqual([',"usage":{"inputTokens":4}}'.padStart(29, 'x"')])
      expect(malformed).toBe(1)
    }
  })
})
