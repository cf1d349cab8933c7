import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import {
  BATCH_BYTES,
  BodyCollector,
  HEAD_BYTES,
  MAX_PARTS,
  TAIL_BYTES,
  type BodyCollectorOptions,
} from '../../src/stream/body-collector.ts'
import type { ResponseDigest } from '../../src/stream/digest-feed.ts'
import type { BodyKind, StreamKind } from '../../src/stream/body-kind.ts'
import { LINEAR, toCostPerUnit } from '../setup/cpu-time.ts'

const MB = 1024 * 1024

const toDigest = (kind: StreamKind, push: ResponseDigest['push']): ResponseDigest => ({
  kind,
  push,
  isBehind: false,
  readOn() {},
})

/** A collector, and what its digest was given. */
function createCollector(options: Partial<BodyCollectorOptions> = {}) {
  const digested: { kind: BodyKind; batches: Buffer[] }[] = []
  const collector = new BodyCollector({
    maxBytes: MB,
    createDigest(kind) {
      const batches: Buffer[] = []
      digested.push({ kind, batches })
      return toDigest(kind, (bytes) => void batches.push(bytes))
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

  it('that comes in one huge write is read batch by batch, a turn of the event loop for each', async () => {
    const { collector, digested } = createCollector()
    const bytes = Buffer.from(event(1).repeat(10_000))
    collector.add(bytes.subarray(0, 300_000))
    collector.add(bytes.subarray(300_000))
    const expected = bytes.toString()
    bytes.fill(0)
    const [{ batches } = { batches: [] }] = digested
    let turns = 0
    for (; collector.isBehind; turns++) {
      expect(batches.length).toBeLessThanOrEqual(turns + 1)
      await nextTurn()
    }
    expect(turns).toBe(batches.length - 1)
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(BATCH_BYTES)
    const { head, truncated } = collector.take()
    expect(Buffer.concat([...batches, head.join()]).toString()).toBe(expected)
    expect(truncated).toBe(false)
  })

  it('is handed over with what waits, in order, when it ends first', async () => {
    const { collector, digested } = createCollector()
    const events = Array.from({ length: 10_000 }, (_, index) => event(index)).join('')
    collector.add(events.slice(0, 200_000))
    await nextTurn()
    for (let at = 200_000; at < events.length; at += 1_000) collector.add(events.slice(at, at + 1_000))
    const { head, tail, truncated } = collector.take()
    const [{ batches } = { batches: [] }] = digested
    expect([tail.length, truncated, batches.length]).toEqual([0, false, 2])
    await nextTurn()
    expect(batches).toHaveLength(2)
    expect(Buffer.concat([...batches, head.join()]).toString()).toBe(events)
  })

  it.each([50 * MB, MB / 2])('holds what waits up to the limit and keeps its end: writes of %i', (step) => {
    const { collector, digested } = createCollector()
    const text = `data: ${'x'.repeat(50 * MB)}\n\ndata: the end\n\n`
    for (let at = 0; at < text.length; at += step) collector.add(text.slice(at, at + step))
    const { head, tail, size, truncated } = collector.take()
    const [{ batches } = { batches: [] }] = digested
    expect([size, truncated]).toEqual([text.length, true])
    expect(head.length).toBeLessThanOrEqual(MB)
    expect(tail.toString()).toBe(text.slice(-TAIL_BYTES))
    expect(text.startsWith(Buffer.concat([...batches, head.join()]).toString())).toBe(true)
  })

  it('waits for a digest that is behind with one batch', async () => {
    let left = 0
    let pushed = 0
    const { collector } = createCollector({
      createDigest: (kind) => ({
        kind,
        push() {
          expect(left).toBe(0)
          pushed++
          left = 3
        },
        get isBehind() {
          return left > 0
        },
        readOn: () => void left--,
      }),
    })
    for (let index = 0; index < 4_000; index++) collector.add(event(1))
    expect(pushed).toBe(1)
    while (collector.isBehind) await nextTurn()
    expect([pushed, left]).toEqual([2, 0])
  })

  it('whose digest fails later fails at the next chunk, and not in a turn of its own', async () => {
    let pushed = 0
    const { collector } = createCollector({
      createDigest: (kind) =>
        toDigest(kind, () => {
          if (pushed++ > 0) throw new Error('push is broken')
        }),
    })
    collector.add(event(1).repeat(5_000))
    while (collector.isBehind) await nextTurn()
    expect(() => collector.add(event(1).repeat(5_000))).toThrow('push is broken')
    expect(pushed).toBe(2)
  })

  it('of a gigabyte leaves nothing behind', async () => {
    let seen = 0
    const { collector } = createCollector({
      createDigest: (kind) => toDigest(kind, (bytes) => void (seen += bytes.length)),
    })
    const chunk = event(1).repeat(1_000)
    const rounds = Math.ceil((1024 * MB) / chunk.length)
    for (let round = 0; round < rounds; round++) {
      collector.add(chunk)
      if (collector.isBehind) await nextTurn()
    }
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
