import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createTurns } from '../../src/stream/turns.ts'

describe('turns', () => {
  it('come one after the other in the order they were asked for, whatever becomes of one', async () => {
    const turns = createTurns()
    const log: string[] = []
    const work = (name: string, fails: boolean) => async () => {
      log.push(`${name} begins`)
      await sleep(2)
      log.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    }
    const answers = await Promise.allSettled([turns(work('a', false)), turns(work('b', true)), turns(work('c', false))])
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await turns(async () => 'later')).toBe('later')
  })
})
