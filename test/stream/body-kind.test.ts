import { describe, expect, it } from 'vitest'
import { detectBodyKind } from '../../src/stream/body-kind.ts'
import { encodeAwsMessage } from './aws-event.ts'

function kindOf(head: string | Buffer, contentType: string | null = null): string {
  return detectBodyKind(Buffer.from(head), contentType)
}

describe('the kind of a body', () => {
  it('is told by its first bytes where the content type is missing or wrong', () => {
    expect(kindOf('data: {"a":1}\n\n', 'text/plain')).toBe('sse')
    expect(kindOf(': keep-alive\n\n')).toBe('sse')
    expect(kindOf('event: message_start\ndata: {}', 'application/json')).toBe('sse')
    expect(kindOf('{"a":1}', 'text/event-stream')).toBe('json')
    expect(kindOf('{\n  "a": 1,\n  "b": 2\n}', 'text/html')).toBe('json')
    expect(kindOf('{"a":1}\n{"b":2}\n', 'application/json')).toBe('ndjson')
    expect(kindOf('[{"a":1}\n,', 'application/json')).toBe('json-array')
    expect(kindOf(encodeAwsMessage('metadata', {}))).toBe('aws-eventstream')
  })

  it('is told by the content type where the bytes say too little', () => {
    expect(kindOf('', 'text/event-stream; charset=utf-8')).toBe('sse')
    expect(kindOf('da', 'text/event-stream')).toBe('sse')
    expect(kindOf('{"a":1}', 'application/x-ndjson')).toBe('ndjson')
    expect(kindOf('{"a":1}', 'application/stream+json')).toBe('ndjson')
    expect(kindOf('\0\0', 'application/vnd.amazon.eventstream')).toBe('aws-eventstream')
  })

  it('is told by the content type of a stream where the first line says nothing', () => {
    for (const first of ['[]', 'null', '{}', '[{"a":1}]', '"hello"', '0']) {
      expect(kindOf(`${first}\n{"a":1}\n`, 'application/x-ndjson')).toBe('ndjson')
      expect(kindOf(`${first}\n\ndata: {"a":1}\n\n`, 'text/event-stream')).toBe('sse')
      expect(kindOf(`${first}\r\nevent: x\r\ndata: {"a":1}\r\n\r\n`, 'text/event-stream')).toBe('sse')
    }
    expect(kindOf(`[]${' '.repeat(100)}\n${'{"a":1}\n'.repeat(9)}`, 'application/jsonl')).toBe('ndjson')
  })

  it('is told by the first line where that contradicts the type', () => {
    expect(kindOf('{"error":{"message":"data: no"}}\n', 'text/event-stream')).toBe('json')
    expect(kindOf('{\n  "error": {\n    "data": 1\n  }\n}', 'text/event-stream')).toBe('json')
    expect(kindOf('{\n  "error": {\n    "code": 1\n  }\n}', 'application/x-ndjson')).toBe('json')
    expect(kindOf('[{"error":{"code":429}}]\n', 'text/event-stream')).toBe('json-array')
    expect(kindOf('[{"a":1},\n{"a":2}]\n', 'application/x-ndjson')).toBe('json-array')
    expect(kindOf('[{"a":1}]', 'application/x-ndjson')).toBe('json-array')
    expect(kindOf('data: {}\n\n', 'application/x-ndjson')).toBe('sse')
    expect(kindOf('<!doctype html>\n<p>', 'application/x-ndjson')).toBe('unknown')
  })

  it('does not mind blank lines and a byte order mark before the body', () => {
    expect(kindOf('\n\n\n{"a":1}')).toBe('json')
    expect(kindOf('\uFEFFdata: 1\n\n')).toBe('sse')
    for (const blanks of [58, 60, 62, 63, 64, 65, 200]) {
      expect(kindOf(`${'\n'.repeat(blanks)}data: 1\n\n`)).toBe('sse')
      expect(kindOf(`${'\n'.repeat(blanks)}{"a":1}`)).toBe('json')
      expect(kindOf(`${'\n'.repeat(blanks)}[{"a":1}]`)).toBe('json-array')
      expect(kindOf(`${'\n'.repeat(blanks)}{"a":1}\n{"b":2}\n`)).toBe('ndjson')
    }
  })

  it('does not mind a character that is cut where it stops looking', () => {
    for (let length = 50; length < 70; length++) expect(kindOf(`data: ${'x'.repeat(length)}\u4e2d\n\n`)).toBe('sse')
  })

  it('is unknown for anything else', () => {
    expect(kindOf('<!doctype html>', 'text/html')).toBe('unknown')
    expect(kindOf('')).toBe('unknown')
  })
})
