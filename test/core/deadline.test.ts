import { describe, expect, it } from 'vitest'
import { withDeadline } from '../../src/core/deadline.ts'

describe('a deadline', () => {
  it('answers the value of work that is done in time', async () => {
    expect(await withDeadline(Promise.resolve(7), 10_000)).toEqual({ inTime: true, value: 7 })
  })

  it('says that work is late, and does not care how it ends', async () => {
    const work = new Promise((_resolve, reject) => void setTimeout(reject, 20, new Error('late')))
    expect(await withDeadline(work, 1)).toEqual({ inTime: false })
    await new Promise((resolve) => void setTimeout(resolve, 40))
  })

  it('rejects as the work does', async () => {
    await expect(withDeadline(Promise.reject(new Error('no')), 10_000)).rejects.toThrow('no')
  })
})
