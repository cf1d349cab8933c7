import { describe, expect, it } from 'vitest'
import { sliceStreamEnds } from '../../src/stream/stream-ends.ts'

describe('the ends of a stream', () => {
  const events = Array.from({ length: 100 }, (_, index) => `data: {"index":${index},"pad":"${'p'.repeat(50)}"}`)

  it('are the first message and the last two kilobytes, cut at message borders', () => {
    for (const border of ['\n\n', '\r\n\r\n']) {
      const body = Buffer.from(`: hello${border}${events.join(border)}${border}`)
      const [first, last] = sliceStreamEnds(body, 'sse') ?? []
      expect(first?.toString()).toBe(`: hello${border}${events[0]}${border}`)
      expect(last?.toString().startsWith('data: {"index":7')).toBe(true)
      expect(last?.toString().endsWith(`${events[99]}${border}`)).toBe(true)
      expect(last?.length).toBeGreaterThan(2000)
      expect(last?.length).toBeLessThan(2200)
    }
  })

  it('hold a large last message whole', () => {
    const large = `{"done":true,"context":[${'1,'.repeat(5_000)}1]}`
    const body = Buffer.from(`{"a":1}\n{"b":2}\n${large}\n`)
    expect(sliceStreamEnds(body, 'ndjson')?.map(String)).toEqual(['{"a":1}\n', `${large}\n`])
  })

  it('are not told of short streams and of those without line borders', () => {
    expect(sliceStreamEnds(Buffer.from('data: 1\n\ndata: 2\n\n'), 'sse')).toBeNull()
    expect(sliceStreamEnds(Buffer.alloc(10_000, '['), 'json-array')).toBeNull()
    expect(sliceStreamEnds(Buffer.alloc(10_000, 'x'), 'sse')).toBeNull()
  })
})
