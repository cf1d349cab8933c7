import { describe, expect, it } from 'vitest'
import { isThenable } from '../../src/core/thenable.ts'
import { andThen } from '../../src/interpret/maybe-promise.ts'

describe('a value that may be a promise', () => {
  it('goes on at once where it is there', () => {
    expect(andThen(2, (value) => value + 1)).toBe(3)
    expect(andThen<null, string>(null, String)).toBe('null')
    expect(() =>
      andThen(1, () => {
        throw new Error('no')
      }),
    ).toThrow('no')
  })

  it('waits for a promise, of whatever class', async () => {
    class OtherPromise<T> extends Promise<T> {}
    await expect(andThen(Promise.resolve(2), (value) => value + 1)).resolves.toBe(3)
    await expect(andThen(OtherPromise.resolve(2), (value) => value + 1)).resolves.toBe(3)
    expect([
      isThenable(Promise.resolve()),
      isThenable(null),
      isThenable(undefined),
      isThenable({ model: 'x' }),
    ]).toEqual([true, false, false, false])
  })
})
