import type { KnownIdentity, SanitiserOptions } from '../../src/privacy/sanitise.ts'

export const NOBODY: KnownIdentity = {
  userId: null,
  email: null,
  name: null,
  ip: null,
  sessionId: null,
  conversationId: null,
}

/** Everything off; faults and warnings fail the test. */
export function toOptions(changes: Partial<SanitiserOptions> = {}): SanitiserOptions {
  return {
    redactPii: false,
    entities: null,
    allow: [],
    hashUserIds: false,
    hashKey: null,
    previousHashKey: null,
    onFault: (name, error) => {
      throw new Error(`unexpected fault ${name}`, { cause: error })
    },
    onWarning: (message) => {
      throw new Error(`unexpected warning ${message}`)
    },
    ...changes,
  }
}
