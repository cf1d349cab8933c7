import { describe, expect, it } from 'vitest'
import { createLineSlabs } from '../../src/sinks/file/line-slabs.ts'

const SLAB_BYTES = 64 * 1024
const toText = (length: number, character = 'x') => character.repeat(length)

describe('the lines of a log file', () => {
  it('are joined in their order, whatever they hold and however many slabs they take', () => {
    const slabs = createLineSlabs()
    const texts = Array.from({ length: 500 }, (_, index) => `${index} ä中😀 ${toText(index * 3)}`)
    const lines = texts.map(slabs.encode)
    expect(new Set(lines.map(({ slab }) => slab)).size).toBeGreaterThan(2)
    expect(slabs.join(lines).toString()).toBe(texts.map((text) => `${text}\n`).join(''))
    expect(slabs.join(lines.slice(100, 103)).toString()).toBe(
      texts
        .slice(100, 103)
        .map((text) => `${text}\n`)
        .join(''),
    )
    expect(slabs.join([]).toString()).toBe('')
  })

  it('may be longer than a slab, among shorter ones', () => {
    const slabs = createLineSlabs()
    const texts = ['a', toText(2 * SLAB_BYTES, 'é'), 'b', toText(SLAB_BYTES - 1), 'c']
    const lines = texts.map(slabs.encode)
    const joined = slabs.join(lines)
    slabs.release(lines, joined)
    expect(joined.toString()).toBe(texts.map((text) => `${text}\n`).join(''))
  })

  it('take the place of those that are written, and of no others', () => {
    const slabs = createLineSlabs()
    const fill = (name: string) =>
      Array.from({ length: 70 }, (_, index) => slabs.encode(`${name}${index} ${toText(1_000)}`))
    const kept = fill('kept')
    const expected = slabs.join(kept).toString()
    const seen = new Set(kept.map(({ slab }) => slab))
    for (let round = 0; round < 200; round++) {
      const lines = fill(`round ${round} `)
      for (const { slab } of lines) seen.add(slab)
      const joined = slabs.join(lines)
      expect(joined.toString('latin1', 0, 8)).toBe('round ' + `${round} 0`.slice(0, 2))
      // The sink saw them twice.
      const again = slabs.join(lines)
      slabs.release(lines, joined)
      slabs.release(lines, again)
    }
    expect(seen.size).toBeLessThan(10)
    expect(slabs.join(kept).toString()).toBe(expected)
  })

  it('stay as they were joined, while others are joined and their slabs are used again', () => {
    const slabs = createLineSlabs()
    const first = ['a', 'b'].map(slabs.encode)
    const underWay = slabs.join(first)
    const second = ['c', 'd'].map(slabs.encode)
    const other = slabs.join(second)
    slabs.release(second, other)
    for (let index = 0; index < 200; index++) {
      const lines = [slabs.encode(toText(1_000))]
      slabs.release(lines, slabs.join(lines))
    }
    expect(underWay.toString()).toBe('a\nb\n')
  })
})
