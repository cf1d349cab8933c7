import { describe, expect, it, vi } from 'vitest'
import {
  BATCH_BYTES,
  BodyCollector,
  HEAD_BYTES,
  MAX_PARTS,
  TAIL_BYTES,
  type BodyCollectorOptions,
} from '../../src/stream/body-collector.ts'
import type { BodyKind } from '../../src/stream/body-kind.ts'
import { LINEAR, toCostPerUnit } from '../setup/cpu-time.ts'

const MB = 1024 * 1024

/** A collector, and what its digest was given. */
function createCollector(options: Partial<BodyCollectorOptions> = {}) {
  const digested: { kind: BodyKind; batches: Buffer[] }[] = []
  const collector = new BodyCollector({
    maxBytes: MB,
    createDigest(kind) {
      const batches: Buffer[] = []
      digested.push({ kind, batches })
      return { kind, push: (bytes) => void batches.push(bytes) }
    },
    path: '/v1/chat/completions',
    contentType: null,
    keepTail: true,
    ...options,
  })
  return { collector, digested }
}

const event = (index: number) => `data: {"choices":[{"delta":{"content":"word ${index}"}}]}\n\n`

describe('a body that is collected', () => {
  it('is joined from strings, bytes and encoded strings in their order', () => {
    const { collector } = createCollector()
    collector.add('{"a":"\u00e9')
    collector.add(Buffer.from('\u4e2d'))
    collector.add('6162', 'hex')
    collector.add('\u00e9', 'latin1')
    collector.add('"}', 'utf8')
    const { head, tail, digest, size, truncated } = collector.take()
    expect(head.join()).toEqual(
      Buffer.concat([Buffer.from('{"a":"\u00e9\u4e2dab'), Buffer.from([0xe9]), Buffer.from('"}')]),
    )
    expect([tail.length, digest, truncated]).toEqual([0, null, false])
    expect(size).toBe(7 + 3 + 4 + 1 + 2)
  })

  it('is empty when nothing came', () => {
    const { collector } = createCollector()
    const { head, ...rest } = collector.take()
    expect(head.join()).toEqual(Buffer.alloc(0))
    expect(rest).toEqual({
      tail: Buffer.alloc(0),
      digest: null,
      size: 0,
      truncated: false,
    })
  })

  it('holds its own copy of bytes that the writer uses again', () => {
    const { collector } = createCollector()
    const buffer = Buffer.from('first')
    collector.add(buffer)
    buffer.write('again')
    collector.add(buffer)
    expect(collector.take().head.join().toString()).toBe('firstagain')
  })

  it('joins a million tiny chunks as they come', () => {
    function gather(chunks: number): void {
      const { collector } = createCollector({ contentType: 'application/json' })
      for (let index = 0; index < chunks; index++) collector.add('x')
      const { head, truncated } = collector.take()
      expect([head.length, truncated]).toEqual([chunks, false])
    }
    expect(toCostPerUnit(gather, MB)).toBeLessThan(LINEAR)
    expect(MAX_PARTS).toBeLessThan(10_000)
  })
})

describe('a stream', () => {
  it('goes to its digest from the first batch on, whole and in order', () => {
    const { collector, digested } = createCollector()
    const events = Array.from({ length: 5_000 }, (_, index) => event(index))
    for (const text of events) collector.add(text)
    const { head, digest, truncated } = collector.take()
    const [{ kind, batches } = { kind: '', batches: [] }, ...more] = digested
    expect([kind, more.length, truncated]).toEqual(['sse', 0, false])
    expect(digest).not.toBeNull()
    expect(Buffer.concat([...batches, head.join()]).toString()).toBe(events.join(''))
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThan(2 * BATCH_BYTES)
  })

  it('of one huge line is handed on in batches', () => {
    const { collector, digested } = createCollector()
    collector.add(`data: ${'x'.repeat(50 * MB)}\n\n`)
    const [{ batches } = { batches: [] }] = digested
    expect(batches.length).toBe(801)
    expect(Math.max(...batches.map(({ length }) => length))).toBe(BATCH_BYTES)
    expect(collector.take()).toMatchObject({ size: 50 * MB + 8, truncated: false })
  })

  it('of one huge buffer is handed on in batches that are copies', () => {
    const { collector, digested } = createCollector()
    const bytes = Buffer.from(event(1).repeat(5_000))
    collector.add(bytes)
    const expected = bytes.toString()
    bytes.fill(0)
    const [{ batches } = { batches: [] }] = digested
    expect(Buffer.concat([...batches, collector.take().head.join()]).toString()).toBe(expected)
  })

  it('of a gigabyte leaves nothing behind', () => {
    let seen = 0
    const { collector } = createCollector({
      createDigest: (kind) => ({ kind, push: (bytes) => void (seen += bytes.length) }),
    })
    const chunk = event(1).repeat(1_000)
    const rounds = Math.ceil((1024 * MB) / chunk.length)
    for (let round = 0; round < rounds; round++) collector.add(chunk)
    const { head, tail, size } = collector.take()
    expect(size).toBe(rounds * chunk.length)
    expect(seen + head.length).toBe(size)
    expect(head.length + tail.length).toBeLessThan(BATCH_BYTES)
  })
})

describe('a body over the limit', () => {
  const LONG = `{"start":1,${' '.repeat(3 * MB)}"end":2}`

  it.each([1, 100, 70_000, LONG.length])('that is plain keeps both its ends, written in steps of %i', (step) => {
    const { collector, digested } = createCollector({ contentType: 'application/json' })
    const text = step === 1 ? LONG.slice(0, 10) + LONG.slice(-1_500_000) : LONG
    for (let at = 0; at < text.length; at += step) collector.add(text.slice(at, at + step))
    const { head, tail, size, truncated } = collector.take()
    expect([head.length, tail.length, size, truncated]).toEqual([HEAD_BYTES, TAIL_BYTES, text.length, true])
    expect(head.join().toString()).toBe(text.slice(0, HEAD_BYTES))
    expect(tail.toString()).toBe(text.slice(-TAIL_BYTES))
    expect(digested).toEqual([])
  })

  it('is not copied over and over for the sake of its end', () => {
    const { collector } = createCollector({ contentType: 'application/json' })
    const chunk = ' '.repeat(1_000)
    for (let index = 0; index < 2_000; index++) collector.add(chunk)
    const concat = vi.spyOn(Buffer, 'concat')
    for (let index = 0; index < 20_000; index++) collector.add(chunk)
    collector.add(' '.repeat(20 * MB))
    const joined = concat.mock.results.reduce((bytes, { value }) => bytes + (value as Buffer).length, 0)
    concat.mockRestore()
    expect(joined).toBeLessThan(MB)
    expect(collector.take()).toMatchObject({ truncated: true, size: 22_000_000 + 20 * MB })
  })

  it('that is encoded keeps its first bytes', () => {
    const { collector } = createCollector({ createDigest: null, keepTail: false })
    const bytes = Buffer.alloc(3 * MB, 'abc')
    for (let at = 0; at < bytes.length; at += 1_000) collector.add(bytes.subarray(at, at + 1_000))
    const { head, tail, size, truncated } = collector.take()
    expect([head.join().equals(bytes.subarray(0, MB)), tail.length, size, truncated]).toEqual([true, 0, 3 * MB, true])
  })

  it('has a limit that may be smaller than a batch', () => {
    const { collector } = createCollector({ maxBytes: 1_000 })
    collector.add(`{"start":1,${' '.repeat(5_000)}"end":2}`)
    const { head, tail, truncated } = collector.take()
    expect([head.length, tail.length, truncated]).toEqual([1_000, 1_000, true])
    expect(tail.toString().endsWith('"end":2}')).toBe(true)
  })

  it.each([0, 1])('is not one when it has just the bytes that are allowed and %i more', (more) => {
    const { collector } = createCollector({ maxBytes: 200_000, contentType: 'application/json' })
    for (let at = 0; at < 200_000 + more; at++) collector.add('x')
    expect(collector.take().truncated).toBe(more === 1)
  })

  it('but a stream is no such body', () => {
    const { collector, digested } = createCollector({ maxBytes: 1_000 })
    for (let index = 0; index < 100; index++) collector.add(event(index))
    expect(collector.take().truncated).toBe(false)
    expect(digested).toHaveLength(1)
  })
})
