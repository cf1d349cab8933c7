import { describe, expect, it } from 'vitest'
import type { CapturedExchange } from '../../src/capture/exchange.ts'
import { readIdentity, type UserHeaders } from '../../src/interpret/request-identity.ts'

const TRUSTED: UserHeaders = { user: 'x-user', email: 'x-email', name: 'x-name' }

function toExchange(headers: Record<string, string | string[]>, remoteAddress: string | null = null) {
  return { request: { headers }, remoteAddress } as unknown as CapturedExchange
}

describe('readIdentity', () => {
  it('asks identify first, then the body, then the trusted headers', () => {
    const exchange = toExchange({ 'x-user': 'header', 'x-email': 'h@example.com', 'x-name': 'Header' })
    const identified = { userId: 'hook', email: 'i@example.com', name: 'Hook' }
    const read = (...[hook, body]: [object | null, unknown]) => readIdentity(exchange, hook, body, TRUSTED)
    expect(read(identified, 'body')).toMatchObject({ userId: 'hook', email: 'i@example.com', name: 'Hook' })
    expect(read({}, 'body')).toMatchObject({ userId: 'body', email: 'h@example.com', name: 'Header' })
    expect(read(null, null)).toMatchObject({ userId: 'header' })
    expect(readIdentity(exchange, null, null, {})).toEqual({
      userId: null,
      sessionId: null,
      conversationId: null,
      email: null,
      name: null,
      ip: null,
    })
  })

  it.each([
    [42, '42'],
    [0, '0'],
    [12n, '12'],
    ['7', '7'],
    [' ', 'header'],
    ['', 'header'],
    [Number.NaN, 'header'],
    [{ id: 1 }, 'header'],
    [true, 'header'],
  ])('takes %s as the user of a body for %s', (user, wanted) => {
    expect(readIdentity(toExchange({ 'x-user': 'header' }), null, user, TRUSTED).userId).toBe(wanted)
  })

  it('bounds ids and names', () => {
    const long = 'x'.repeat(100_000)
    const { userId, name } = readIdentity(toExchange({ 'x-name': long }), null, long, TRUSTED)
    expect([userId?.length, name?.length]).toEqual([1_024, 2_048])
  })

  it('reads header bytes as UTF-8 where they are, and as Latin-1 where they are not', () => {
    const nameOf = (value: string) => readIdentity(toExchange({ 'x-name': value }), null, null, TRUSTED).name
    expect(nameOf(Buffer.from('José García 会').toString('latin1'))).toBe('José García 会')
    expect(nameOf('José')).toBe('José')
    expect(nameOf('Jos%C3%A9')).toBe('Jos%C3%A9')
  })

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8::9', '2001:db8::9'],
    ['fe80::1%eth0', 'fe80::1'],
    ['', null],
    [null, null],
  ])('knows the address %s as %s', (remoteAddress, wanted) => {
    expect(readIdentity(toExchange({}, remoteAddress), null, null, {}).ip).toBe(wanted)
  })
})
