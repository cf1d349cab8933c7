import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../src/core/errors.ts'
import { createPseudonymiser, readHashKey } from '../../src/privacy/pseudonym.ts'

const KEY = Buffer.from('0123456789abcdef0123456789abcdef')

describe('createPseudonymiser', () => {
  it('writes version, key id and 128 bits of a keyed hash over field and id', () => {
    const { keyId, toPseudonym } = createPseudonymiser(KEY)
    const digest = createHmac('sha256', KEY).update('v1\0user_id\0alice').digest('hex')
    expect(keyId).toMatch(/^[0-9a-f]{4}$/)
    expect(toPseudonym('user_id', 'alice')).toBe(`u1_${keyId}_${digest.slice(0, 32)}`)
  })

  it('agrees with every other process that holds the key', () => {
    // The value that OpenSSL gives: printf 'v1\0user_id\0alice' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
    expect(createPseudonymiser(KEY).toPseudonym('user_id', 'alice')).toBe('u1_1c83_5ae03909476cc99fbe9c14d7bdeeb47b')
  })

  it('differs by key, by field and by id', () => {
    const other = createPseudonymiser(Buffer.from('fedcba9876543210fedcba9876543210'))
    const one = createPseudonymiser(KEY)
    const pseudonyms = [
      one.toPseudonym('user_id', 'alice'),
      one.toPseudonym('user_id', 'bob'),
      one.toPseudonym('user_id', 'Alice'),
      one.toPseudonym('session_id', 'alice'),
      other.toPseudonym('user_id', 'alice'),
    ]
    expect(new Set(pseudonyms).size).toBe(5)
    expect(other.keyId).not.toBe(one.keyId)
  })

  it('ignores the case of e-mail addresses', () => {
    const { toPseudonym } = createPseudonymiser(KEY)
    expect(toPseudonym('user_id', ' Alice@Example.com')).toBe(toPseudonym('user_id', 'alice@example.com'))
  })
})

describe('readHashKey', () => {
  it('gives one key for a variable and for a file with a last newline', () => {
    expect(readHashKey('TOKEN_TRACKER_HASH_KEY', `${KEY.toString()}\n`)).toEqual(KEY)
  })

  it('refuses a key of 31 bytes by name, without quoting it', () => {
    const key = 'k'.repeat(31)
    const read = (): Buffer => readHashKey('TOKEN_TRACKER_HASH_KEY', key)
    expect(read).toThrow(ConfigurationError)
    expect(read).toThrow('TOKEN_TRACKER_HASH_KEY: expected a key of at least 32 bytes, got 31')
    expect(read).not.toThrow(key)
  })
})
