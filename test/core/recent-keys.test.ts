import { describe, expect, it } from 'vitest'
import { createRecentKeys } from '../../src/core/recent-keys.ts'

describe('recent keys', () => {
  it('tell a first mention from a second', () => {
    const keys = createRecentKeys(10)
    expect([keys.has('a'), keys.add('a'), keys.add('a'), keys.has('a')]).toEqual([false, true, false, true])
  })

  it('remember as many as asked for, and forget the oldest first', () => {
    const keys = createRecentKeys(1_000)
    keys.add('oldest')
    keys.add('second')
    for (let index = 0; index < 998; index++) keys.add(`key-${index}`)
    expect(keys.add('oldest')).toBe(false)
    keys.add('one more')
    expect(keys.has('oldest')).toBe(false)
    expect(keys.has('second')).toBe(true)
    expect(keys.add('oldest')).toBe(true)
    expect(keys.has('second')).toBe(false)
  })
})
