import { describe, expect, it } from 'vitest'
import { createSanitiser, type KnownIdentity } from '../../src/privacy/sanitise.ts'
import { NOBODY, toOptions } from './sanitiser-options.ts'
import { toEvent } from './usage-event.ts'

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

describe('an id with signs that escapes double', () => {
  const ids = [
    'CORP\\alice',
    'CORP\\nancy',
    'O"Brien',
    "O'Brien",
    'a&b<c>',
    'josé\\ü',
    'alice@corp',
    'x%y',
    'a/b/c',
    'tab\tbed',
  ]
  const json = (text: string): string => JSON.stringify(text).slice(1, -1)
  const ascii = (text: string): string =>
    json(text).replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const inHtml = (text: string): string => text.replace(/[\\"'&<>/@%]/g, (sign) => `&#${sign.charCodeAt(0)};`)
  const named: Record<string, string> = {
    '"': '&quot;',
    "'": '&apos;',
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '\\': '&bsol;',
  }
  const writers: Record<string, (id: string) => string> = {
    'as it is': (id) => id,
    JSON: json,
    'JSON in JSON': (id) => json(json(id)),
    'JSON in JSON in JSON': (id) => json(json(json(id))),
    'JSON in ASCII': ascii,
    'a URL': encodeURIComponent,
    'a URL in a URL': (id) => encodeURIComponent(encodeURIComponent(id)),
    'numbered entities': inHtml,
    'named entities': (id) => id.replace(/[\\"'&<>]/g, (sign) => named[sign]!),
    'bytes in hexadecimal': (id) => id.replace(/[\\"'@]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16)}`),
  }

  it.each(Object.keys(writers))('is found in %s, in texts, keys and values of metadata', (form) => {
    const sanitiser = createSanitiser(toOptions({ hashUserIds: true, hashKey: Buffer.alloc(32, 1) }))
    for (const id of ids) {
      const written = writers[form]!(id)
      expect(redactKnown(`{"who":"${written}"}`, { userId: id })).toBe('{"who":"[USER_ID]"}')
      const event = toEvent({
        user_id: id,
        metadata: { [written]: written, deep: [{ note: `by ${written}.` }] },
        error_message: `no such user: "${written}"`,
        prompt_sample: `I am ${written}`,
      })
      expect(sanitiser.sanitise(event, NOBODY)).toMatchObject({
        metadata: { '[USER_ID]': '[USER_ID]', deep: [{ note: 'by [USER_ID].' }] },
        error_message: 'no such user: "[USER_ID]"',
        prompt_sample: 'I am [USER_ID]',
      })
    }
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
    const text = userId.repeat(1_000)
    const workOf = (length: number): number => {
      const start = process.cpuUsage()
      expect(redactKnown(text.slice(0, length), { userId })).toBe('[USER_ID]')
      return process.cpuUsage(start).user / 1_000
    }
    const ratios = Array.from({ length: 5 }, () => workOf(text.length) / Math.max(workOf(text.length / 2), 20))
    expect(Math.min(...ratios)).toBeLessThan(2.5)
  })
})

describe('a known id beside a letter whose lower case is longer', () => {
  it('is found, and so is one that holds such a letter', () => {
    expect(redactKnown('I am Alice.Smith of \u0130stanbul', { userId: 'alice.smith' })).toBe(
      'I am [USER_ID] of \u0130stanbul',
    )
    expect(redactKnown('from \u0130stanbul-77', { userId: '\u0130stanbul-77' })).toBe('from [USER_ID]')
  })
})
