import { describe, expect, it } from 'vitest'
import { BodyParts } from '../../src/stream/body-parts.ts'

describe('body parts', () => {
  it('join what came as text, bytes and encoded text in its order', () => {
    const parts = new BodyParts()
    parts.add('\u00e9', undefined)
    parts.add('\u4e2d', 'utf-8')
    parts.add(Buffer.from('\u4e2d'), undefined)
    parts.add(new Uint8Array([0, 0x80, 0xff]), 'buffer')
    parts.add('6162', 'hex')
    parts.add('end', 'nonsense')
    expect(parts.join()).toEqual(
      Buffer.concat([Buffer.from('\u00e9\u4e2d\u4e2d'), Buffer.from([0, 0x80, 0xff]), Buffer.from('abend')]),
    )
  })

  it('keep every byte', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const parts = new BodyParts()
    for (let at = 0; at < 256; at += 7) parts.add(bytes.subarray(at, at + 7), undefined)
    expect([parts.length, parts.count, parts.heldBytes]).toEqual([256, 37, 256])
    expect(parts.join()).toEqual(bytes)
  })

  it('begin with the blocks that are given, and join again to the same', () => {
    const parts = new BodyParts([Buffer.from('a'), Buffer.from('b')])
    parts.add('c', undefined)
    expect(parts.length).toBe(3)
    expect(parts.join().toString()).toBe('abc')
    expect(parts.join().toString()).toBe('abc')
    parts.add('d', undefined)
    expect(parts.join().toString()).toBe('abcd')
    expect(new BodyParts().join()).toHaveLength(0)
  })

  it('are copies of a view into a larger buffer', () => {
    const pool = new Uint8Array(100).fill(120)
    const parts = new BodyParts()
    parts.add(pool.subarray(10, 13), undefined)
    pool.fill(121)
    expect(parts.join().toString()).toBe('xxx')
  })

  it('count every part, whatever kinds alternate, and hold one copy once joined', () => {
    const parts = new BodyParts()
    for (let index = 0; index < 100; index++) parts.add(index % 2 === 0 ? 'a' : Buffer.from('b'), undefined)
    expect([parts.count, parts.length]).toEqual([100, 100])
    const joined = parts.join()
    expect(joined.toString()).toBe('ab'.repeat(50))
    expect(parts.join()).toBe(joined)
    expect(parts.count).toBe(1)
  })

  it.each<[string, (string | Uint8Array)[], string | null]>([
    ['nothing', [], ''],
    ['text', ['{"a":', '"\u4e2d"}'], '{"a":"\u4e2d"}'],
    ['ASCII bytes', [Buffer.from('{"a":'), new Uint8Array([0x31, 0x7d])], '{"a":1}'],
    ['text among ASCII bytes', [Buffer.from('a'), '\u00e9', Buffer.from('b')], 'a\u00e9b'],
    ['bytes to decode', [Buffer.from('a'), Buffer.from('\u00e9')], null],
    ['text behind bytes to decode', [Buffer.from('\u00e9'), 'a'], null],
  ])('are text where nothing is to be decoded: %s', (_name, chunks, text) => {
    const parts = new BodyParts()
    for (const chunk of chunks) parts.add(chunk, undefined)
    expect([parts.text, parts.text]).toEqual([text, text])
    const bytes = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk as string)))
    expect(parts.join()).toEqual(bytes)
    expect(parts.text).toBeNull()
  })

  it('say what text may take', () => {
    const parts = new BodyParts()
    parts.add('\u4e2d'.repeat(10), undefined)
    expect([parts.length, parts.heldBytes]).toEqual([10, 20])
  })
})
