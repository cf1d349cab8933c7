import { describe, expect, it } from 'vitest'
import { createSanitiser } from '../../src/privacy/sanitise.ts'
import { toEvent } from '../privacy/usage-event.ts'
import { runCommand, writeTestFile } from './run-command.ts'

const KEY = '0123456789abcdef0123456789abcdef'
const OLD_KEY = 'fedcba9876543210fedcba9876543210'
const NOBODY = { userId: null, email: null, name: null, ip: null, sessionId: null, conversationId: null }

/** What a tracker with this key writes into its events. */
function sanitise(hashKey: string) {
  const sanitiser = createSanitiser({
    redactPii: false,
    entities: null,
    allow: [],
    hashUserIds: true,
    hashKey,
    previousHashKey: null,
    onFault: () => undefined,
    onWarning: () => undefined,
  })
  return sanitiser.sanitise(toEvent({ user_id: 'alice', session_id: 's-1', conversation_id: 'c-1' }), NOBODY)
}

describe('token-tracker hash-id', () => {
  it.each([
    ['alice', []],
    ['alice', ['--field', 'user_id']],
    ['s-1', ['--field', 'session_id']],
    ['c-1', ['--field', 'conversation_id']],
  ] as const)('prints the pseudonym that events hold for %s %j', async (id, args) => {
    const env = { TOKEN_TRACKER_HASH_KEY: KEY, TOKEN_TRACKER_HASH_USER_IDS: 'true' }
    const { exitCode, stdout, stderr } = await runCommand(['hash-id', id, ...args], env)
    expect(stdout).toBe(`${sanitise(KEY)[args[1] ?? 'user_id']}  current key\n`)
    expect(stdout).toMatch(/^u1_1c83_[0-9a-f]{32} {2}current key\n$/)
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
  })

  it('prints the one under the previous key as well', async () => {
    const env = { TOKEN_TRACKER_HASH_KEY: KEY, TOKEN_TRACKER_HASH_KEY_PREVIOUS: OLD_KEY }
    const { stdout } = await runCommand(['hash-id', 'alice'], env)
    expect(stdout).toBe(`${sanitise(KEY).user_id}  current key\n${sanitise(OLD_KEY).user_id}  previous key\n`)
    const onlyPrevious = await runCommand(['hash-id', 'alice'], { TOKEN_TRACKER_HASH_KEY_PREVIOUS: OLD_KEY })
    expect(onlyPrevious.stdout).toBe(`${sanitise(OLD_KEY).user_id}  previous key\n`)
  })

  it('reads the key from its file, whose last line break is no part of it', async () => {
    const env = { TOKEN_TRACKER_HASH_KEY_FILE: writeTestFile('hash.key', `${KEY}\n`) }
    const { stdout } = await runCommand(['hash-id', 'alice'], env)
    expect(stdout).toBe(`${sanitise(KEY).user_id}  current key\n`)
  })

  it('takes an id that looks like an option behind --', async () => {
    const { exitCode, stdout } = await runCommand(['hash-id', '--', '--field'], { TOKEN_TRACKER_HASH_KEY: KEY })
    expect(stdout).toMatch(/^u1_1c83_/)
    expect(exitCode).toBe(0)
  })

  it('says that ids stand in events as they are while hashing is off', async () => {
    const { stderr } = await runCommand(['hash-id', 'alice'], { TOKEN_TRACKER_HASH_KEY: KEY })
    expect(stderr).toBe(
      'warning: TOKEN_TRACKER_HASH_USER_IDS is off: events of this configuration hold the id itself\n',
    )
  })

  it.each([
    [{}, 'TOKEN_TRACKER_HASH_KEY: expected the key that the tracker runs with'],
    [{ TOKEN_TRACKER_HASH_KEY: 'short secret' }, 'TOKEN_TRACKER_HASH_KEY: expected a key of at least 32 bytes, got 12'],
    [{ TOKEN_TRACKER_HASH_KEY: KEY, TOKEN_TRACKER_HASH_KEY_PREVIOUS: 'short secret' }, 'HASH_KEY_PREVIOUS: expected'],
    [{ TOKEN_TRACKER_HASH_KEY_FILE: writeTestFile('short.key', 'short secret') }, 'HASH_KEY_FILE: expected a key of'],
    [{ TOKEN_TRACKER_HASH_KEY_FILE: '/nowhere/hash.key' }, 'HASH_KEY_FILE: expected a readable file, got ENOENT'],
  ])('refuses to make pseudonyms with %j, and prints no key', async (env, expected) => {
    const { exitCode, stdout, stderr } = await runCommand(['hash-id', 'alice'], env)
    expect(stderr).toContain(expected)
    expect(stderr).not.toContain('short secret')
    expect(stdout).toBe('')
    expect(exitCode).toBe(1)
  })
})
