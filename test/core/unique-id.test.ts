import { describe, expect, it } from 'vitest'
import { createUniqueId } from '../../src/core/unique-id.ts'

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('a unique id', () => {
  it('is a UUID of version 4, and never the same', () => {
    const ids = Array.from({ length: 10_000 }, createUniqueId)
    expect(ids.filter((id) => !UUID_V4.test(id))).toEqual([])
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('has every digit at every place that is random', () => {
    const seen = Array.from({ length: 36 }, () => new Set<string>())
    for (let index = 0; index < 10_000; index++)
      createUniqueId()
        .split('')
        .forEach((digit, at) => seen[at]?.add(digit))
    const sizes = seen.map((digits) => digits.size)
    const fixed: Record<number, number> = { 8: 1, 13: 1, 14: 1, 18: 1, 19: 4, 23: 1 }
    expect(sizes).toEqual(sizes.map((_, at) => fixed[at] ?? 16))
  })
})
