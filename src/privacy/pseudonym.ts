import { createHmac } from 'node:crypto'
import { ConfigurationError } from '../core/errors.ts'

/** 256 bits: as long as the hash itself, beyond any search. */
export const MIN_KEY_BYTES = 32

export interface Pseudonymiser {
  /** Four hexadecimal digits that change with the key and say nothing about it. */
  readonly keyId: string
  /**
   * `u1_<keyId>_<32 hex digits>`: the same for the same key, field and id, in every process. `field` separates domains:
   * a user and a session of one id get different pseudonyms. Ids with an at sign are e-mail addresses, whose case is
   * ignored.
   */
  toPseudonym(field: string, id: string): string
}

/**
 * Keyed pseudonyms (HMAC-SHA256, cut to 128 bits). Never a plain hash: all IPv4 addresses, or a company's whole address
 * book, are hashed in minutes. Pseudonyms remain personal data for whoever holds the key.
 */
export function createPseudonymiser(key: Buffer): Pseudonymiser {
  const digest = (text: string): string => createHmac('sha256', key).update(text, 'utf8').digest('hex')
  const keyId = digest('v1\0key-id').slice(0, 4)
  return {
    keyId,
    toPseudonym(field, id) {
      const normalised = id.includes('@') ? id.trim().toLowerCase() : id
      return `u1_${keyId}_${digest(`v1\0${field}\0${normalised}`).slice(0, 32)}`
    },
  }
}

/**
 * The key's bytes. Text is taken as UTF-8 without surrounding white space, so that a variable and a file with a last
 * newline give one key. Throws a ConfigurationError under `name` when it is shorter than 32 bytes; never quotes it.
 */
export function readHashKey(name: string, key: string | Buffer): Buffer {
  const bytes = typeof key === 'string' ? Buffer.from(key.trim(), 'utf8') : key
  if (bytes.length >= MIN_KEY_BYTES) return bytes
  throw new ConfigurationError([
    {
      name,
      problem: `expected a key of at least ${MIN_KEY_BYTES} bytes, got ${bytes.length}; make one with: openssl rand -hex 32`,
    },
  ])
}
