import { describe, expect, it } from 'vitest'
import { createSanitiser, type KnownIdentity } from '../../src/privacy/sanitise.ts'
import { NOBODY, toOptions } from './sanitiser-options.ts'
import { toGrowth } from '../setup/cpu-time.ts'

const { redactText } = createSanitiser(toOptions({ hashUserIds: true, hashKey: Buffer.alloc(32, 1) }))

function redactKnown(text: string, known: Partial<KnownIdentity>): string {
  return redactText(text, { ...NOBODY, ...known })
}

describe('a name that came escaped', () => {
  it.each(['Jos%C3%A9%20Garc%C3%ADa', 'Jos%C3%A9 Garc%C3%ADa', 'José García', 'jos%c3%a9%20garc%c3%ada'])(
    'is found as people and as URLs write it, when it came as %s',
    (name) => {
      const text = 'José García, JOSÉ GARCÍA, Jos%C3%A9%20Garc%C3%ADa, Jos%C3%A9+Garc%C3%ADa, Jos%C3%A9 Garc%C3%ADa.'
      expect(redactKnown(text, { name })).toBe('[NAME], [NAME], [NAME], [NAME], [NAME].')
    },
  )

  it('is found with its accents in one character or in two', () => {
    expect(redactKnown(`I am ${'José García'.normalize('NFD')}`, { name: 'Jos%C3%A9 Garc%C3%ADa' })).toBe('I am [NAME]')
    expect(redactKnown('I am José García', { name: 'José García'.normalize('NFD') })).toBe('I am [NAME]')
  })

  it('is looked for as it stands when the escapes are none', () => {
    expect(redactKnown('give 100%zz to 100%', { name: '100%zz' })).toBe('give [NAME] to 100%')
    expect(redactKnown('x%E4y', { name: 'x%E4y' })).toBe('[NAME]')
  })

  it('is too short to look for when what it stands for is', () => {
    expect(redactKnown('A b A', { name: '%41' })).toBe('A b A')
  })
})

describe('a user called like a placeholder', () => {
  it.each([
    ['user', 'user: hi', '[USER_ID]: hi'],
    ['email', 'my email', 'my [USER_ID]'],
  ])('%s is replaced once', (userId, text, wanted) => {
    const once = redactKnown(text, { userId })
    expect(once).toBe(wanted)
    expect(redactKnown(once, { userId })).toBe(wanted)
  })

  it('keeps no bracketed word of a user from being found', () => {
    expect(redactKnown('[alice] [ALICE SMITH]', { userId: 'alice' })).toBe('[[USER_ID]] [[USER_ID] SMITH]')
  })
})

describe('an id longer than what is looked for', () => {
  const userId = `u${'0123456789'.repeat(100)}`

  it('goes as a whole, and takes nothing of its neighbours', () => {
    expect(redactKnown(`from ${userId} to ${userId}.`, { userId })).toBe('from [USER_ID] to [USER_ID]')
    expect(redactKnown(`x${userId}`, { userId })).toBe(`x${userId}`)
  })

  it('is found in linear time', () => {
    const find = (times: number) => expect(redactKnown(userId.repeat(times), { userId })).toBe('[USER_ID]')
    expect(toGrowth(find, 250)).toBeLessThan(10)
  })
})
