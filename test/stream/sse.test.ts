import { describe, expect, it } from 'vitest'
import { OVERSIZE_TAIL_BYTES } from '../../src/stream/scanners/scanner.ts'
import { createSseScanner } from '../../src/stream/scanners/sse.ts'
import { collect, cut } from './collect.ts'

const STREAM = [
  '\uFEFF: a comment',
  'event: first',
  'data: {"text":"Grüße 🌍"}',
  '',
  'data:no space',
  'id: 7',
  'retry: 10',
  '',
  'data: line one',
  'data: line two',
  'data',
  'data: line four',
  '',
  '',
  'event: alone',
  '',
  'data: [DONE]',
]
const MESSAGES = [
  ['{"text":"Grüße 🌍"}', 'first'],
  ['no space', ''],
  ['line one\nline two\n\nline four', ''],
  ['[DONE]', ''],
]

describe('the scanner of server-sent events', () => {
  for (const [name, lineEnd] of [
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ] as const) {
    for (const size of [1, 2, 3, 7, 1000]) {
      it(`finds the same messages in a stream with ${name} that comes in chunks of ${size} bytes`, () => {
        expect(collect(createSseScanner, cut(STREAM.join(lineEnd), size)).messages).toEqual(MESSAGES)
      })
    }
  }

  it('keeps CR and LF of one line end together when a chunk ends between them', () => {
    const { messages } = collect(createSseScanner, ['data: a\r', '\n\r', '\ndata: b\r', '\n', '', '\r\n'])
    expect(messages).toEqual([
      ['a', ''],
      ['b', ''],
    ])
  })

  it('hands on a last event that has neither a blank line nor a line end', () => {
    expect(collect(createSseScanner, ['event: done\ndata: {"usage":{}}']).messages).toEqual([['{"usage":{}}', 'done']])
  })

  it('takes fields by their whole name and strips one space only', () => {
    const { messages } = collect(createSseScanner, ['database: x\ndata:  two spaces\nevents: y\n\n'])
    expect(messages).toEqual([[' two spaces', '']])
  })

  it('copies what it keeps, so that the caller may reuse the chunk', () => {
    const chunk = Buffer.from('data: {"kept":true}')
    const texts: string[] = []
    const scanner = createSseScanner({ onMessage: (text) => texts.push(text), onOversize() {}, onMalformed() {} })
    scanner.push(chunk)
    chunk.fill(0)
    scanner.end()
    expect(texts).toEqual(['{"kept":true}'])
  })

  it('hands on the tail of a line that outgrows the limit, however it is cut', () => {
    const line = `data: ${'x'.repeat(300_000)}{"usage":1}`
    for (const size of [999, 70_000, 1_000_000]) {
      const { messages, oversize } = collect(createSseScanner, cut(`${line}\n\ndata: next\n\n`, size), 100_000)
      expect(messages).toEqual([['next', '']])
      expect(oversize).toEqual([line.slice(-OVERSIZE_TAIL_BYTES)])
    }
  })

  it('hands on the tail of an event whose many lines outgrow the limit', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `data: line ${index}\n`)
    const { messages, oversize } = collect(createSseScanner, [...lines, '\ndata: next\n\n'], 100_000)
    expect(messages).toEqual([['next', '']])
    expect(oversize).toHaveLength(1)
    expect(oversize[0]).toHaveLength(OVERSIZE_TAIL_BYTES)
    expect(oversize[0]?.endsWith('line 19998\nline 19999')).toBe(true)
  })

  it('counts the line breaks of an event of endless empty data lines', () => {
    const lines = Array.from({ length: 200 }, () => 'data:\n'.repeat(1_000))
    const { messages, oversize } = collect(createSseScanner, [...lines, '\n'], 100_000)
    expect(messages).toEqual([])
    expect(oversize).toEqual(['\n'.repeat(OVERSIZE_TAIL_BYTES)])
  })
})
