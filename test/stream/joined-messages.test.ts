import { describe, expect, it } from 'vitest'
import { JoinedMessages } from '../../src/stream/joined-messages.ts'

function partAll(text: string): string[] {
  const joined = new JoinedMessages(text)
  const parts: string[] = []
  while (joined.hasMore) parts.push(joined.next())
  return parts
}

describe('messages that were joined', () => {
  it.each<[string, string[]]>([
    ['{"a":1}\n{"b":{"c":"}"}}\n[DONE]', ['{"a":1}', '{"b":{"c":"}"}}', '[DONE]']],
    ['{"a":1}data: {"b":2}', ['{"a":1}', '{"b":2}']],
    ['{"a":1}event: end\n{"b":2}', ['{"a":1}', '{"b":2}']],
    ['{"a":"\\"}{"}{"b":2}', ['{"a":"\\"}{"}', '{"b":2}']],
    ['{"a":1}\n{"b":', ['{"a":1}', '{"b":']],
    ['{"a":', ['{"a":']],
    ['nothing of the kind', ['nothing of the kind']],
    ['', []],
  ])('%j are parted', (text, parts) => {
    expect(partAll(text)).toEqual(parts)
  })

  it('are parted in time in proportion to their length', () => {
    const time = (text: string) => {
      const start = performance.now()
      for (let round = 0; round < 10; round++) partAll(text)
      return performance.now() - start
    }
    for (const part of ['{}', '{', '{"', 'data:', 'event:', ' ', '{"a":1}data:', '\\"']) {
      time(part.repeat(10_000))
      expect(time(part.repeat(100_000)) / Math.max(20, time(part.repeat(10_000)))).toBeLessThan(60)
    }
  })
})
