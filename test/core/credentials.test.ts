import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { quote, withoutCredentials } from '../../src/core/credentials.ts'
import { ConfigurationError, TokenTrackerError, toErrorMessage } from '../../src/core/errors.ts'
import { createGuard } from '../../src/core/guard.ts'

/** Addresses, most of them malformed, whose password holds `canary`. */
const ADDRESSES = [
  'https://user:canary@host:4317',
  'https://user:canary@host:99999999',
  'https://user:ca/n@canary@host',
  'https://user:can#canary@host',
  'https://user:canary?x@[::1',
  'ftp://canary@host',
  'postgres://user:canary%zz@host:5432/db?sslmode=require',
  'http://user:canary@',
  'http://:canary@host',
]
/** Values that are addresses to a person only. */
const VALUES = [
  ...ADDRESSES,
  'user:canary@host:4317',
  'https://user:white canary@host',
  'https:/user:canary@host',
  'https//user:canary@host',
  'https://user:canary',
  'https://user:canary/path',
  'https://user:1canary',
  ` https://user:canary@host`,
]

describe('the credentials of an address', () => {
  it.each(VALUES)('are not in what an error quotes of %j', (value) => {
    expect(quote(value)).not.toContain('canary')
    expect(quote({ endpoint: [ADDRESSES[0]] })).not.toContain('canary')
  })

  it.each(ADDRESSES)('are in no message of ours: %s', (address) => {
    const cause = new Error(`connect ECONNREFUSED ${address}`)
    const lines: string[] = []
    const write = (_fields: object, message: string) => void lines.push(message)
    createGuard({ debug: write, info: write, warn: write, error: write }, { now: () => 0, elapsed: () => 0 }).report(
      'sink',
      cause,
    )
    const errors = [
      new TokenTrackerError('TT_ERR_SINK', `cannot reach "${address}"`, { cause }),
      new ConfigurationError([{ name: `FILE ${address}`, problem: `expected none, got '${address}'.` }], { cause }),
    ]
    expect(
      [...lines, toErrorMessage(cause), toErrorMessage(address), ...errors.map((error) => inspect(error))].join(),
    ).not.toContain('canary')
    expect(JSON.stringify(errors)).not.toContain('canary')
  })

  it('leave the rest of it readable', () => {
    expect(withoutCredentials('cannot reach https://user:secret@host:4317/path, or a@b.c')).toBe(
      'cannot reach https://***@host:4317/path, or a@b.c',
    )
    expect(quote('https://user:secret@host:4317')).toBe('"https://***@host:4317"')
    expect(quote('http://collector:431x7')).toBe('"http://collector:***"')
    for (const harmless of ['ftp://collector:4318', 'http://[::1]:43170', 'v1/chat', 'http://host:1/a:b']) {
      expect(quote(harmless)).toBe(JSON.stringify(harmless))
    }
    const cause = new Error('disk full')
    expect(new TokenTrackerError('TT_ERR_SINK', 'cannot write', { cause }).cause).toBe(cause)
  })

  it('are looked for in linear time', () => {
    const start = performance.now()
    withoutCredentials('://'.repeat(300_000) + '@')
    withoutCredentials('@://'.repeat(300_000))
    quote('a:'.repeat(300_000) + '@')
    quote(`http://${'a'.repeat(600_000)}`)
    expect(performance.now() - start).toBeLessThan(1_000)
  })
})
