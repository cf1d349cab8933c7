import { randomBytes } from 'node:crypto'
import { FIELD_KINDS } from '../core/records/event-fields.ts'
import type { SanitisedEvent, UsageEvent } from '../core/records/event.ts'
import { withoutControls } from './controls.ts'
import { readEntities, type Entity } from './entities.ts'
import { createPseudonymiser, MIN_KEY_BYTES, readHashKey, type Pseudonymiser } from './pseudonym.ts'
import type { KnownIdentity } from './recognisers/known-identity.ts'
import { createKnownRecognisers, createRedaction, toRecognisers } from './redact.ts'
import { redactToLength } from './redact-to-length.ts'
import { createRedactionGuard } from './redaction-guard.ts'
import { toSanitisedEvent, type Redactors } from './sanitised-event.ts'

export type { KnownIdentity } from './recognisers/known-identity.ts'

export interface SanitiserOptions {
  readonly redactPii: boolean
  /** Names of what to recognise; `null` is everything, an empty list leaves it all to `redactor`. */
  readonly entities: readonly string[] | null
  /** Values, or e-mail domains, that stay. */
  readonly allow: readonly string[]
  readonly hashUserIds: boolean
  /** At least 32 bytes, the same in all replicas. Without one a random key holds for this process. */
  readonly hashKey: string | Buffer | null
  /** Checked here; only the look-up of old pseudonyms uses it. */
  readonly previousHashKey: string | null
  /**
   * Runs on every free string behind the recognisers, whatever `redactPii` says: it never sees what they replaced.
   * When it throws, or answers no string, that string is dropped and counted.
   */
  readonly redactor?: (text: string) => string
  /** Characters of a sample, 65,536 at most, which is the default. */
  readonly sampleLength?: number
  /** `problem` quotes nothing of an event. */
  readonly onFault: (name: string, problem: string) => void
  readonly onWarning: (message: string) => void
}

export interface Sanitiser {
  /** A copy without what must not leave the process, cut to its lengths. Never throws: on a fault the texts are `null`. */
  sanitise(event: UsageEvent, known: KnownIdentity): SanitisedEvent
  /** The text without controls and personal data; empty when it had to be dropped. Never throws. */
  redactText(text: string, known?: KnownIdentity): string
  /**
   * A name that a client chose (a model, a provider) as it stands on events, at most 512 characters; empty when it had to
   * be dropped. For what names models outside of events: log lines, metrics, counters. Never throws.
   */
  redactIdentifier(name: string, known?: KnownIdentity): string
  /** Strings that were dropped because redacting them failed. */
  readonly dropped: number
}

/** What is looked for in identifiers that clients choose. Numbers cannot be told from request ids. */
const IN_IDENTIFIERS: readonly string[] = ['EMAIL', 'SECRET', 'URL_CREDENTIALS'] satisfies Entity[]
/** The operator wants to see whom an event belongs to, unless ids are hashed: of ids only secrets go. */
const IN_OWN_IDS: readonly string[] = ['SECRET'] satisfies Entity[]

/** Throws a ConfigurationError on unknown entities and short keys. */
export function createSanitiser(options: SanitiserOptions): Sanitiser {
  const entities = readEntities(options.entities)
  const recognisers = options.redactPii ? toRecognisers(entities, options.allow) : []
  const inTexts = createRedaction(recognisers)
  const inIdentifiers = createRedaction(recognisers.filter(({ label }) => IN_IDENTIFIERS.includes(label)))
  const inOwnIds = createRedaction(recognisers.filter(({ label }) => IN_OWN_IDS.includes(label)))
  const toKnownRecognisers = createKnownRecognisers()
  const pseudonymiser = readPseudonymiser(options)
  const { redactor, sampleLength = Infinity } = options
  const guard = createRedactionGuard(options)
  const isActive = options.redactPii || options.hashUserIds || redactor !== undefined
  const toPseudonym = pseudonymiser && pseudonymiser.toPseudonym
  const onOddNumber = (field: string) => guard.report('event number', `${field} is out of range: it stays unknown`)
  const shared = { toPseudonym, sampleLength, onOddNumber }
  const passive: Redactors = { text: null, identifier: null, ownId: null, metadata: null, ...shared }
  const ownId = guard.redactNames(inOwnIds, [])

  function createRedactors(event: UsageEvent, known: KnownIdentity): Redactors {
    if (!isActive) return passive
    const knownValues = toKnownRecognisers([known, toOwnIdentity(event)])
    const key = guard.redactTexts(inTexts, knownValues)
    const identifier = guard.redactNames(inIdentifiers, knownValues)
    const metadata = { key, value: guard.redactValues(inTexts, knownValues) }
    return { text: key, identifier, ownId, metadata, toPseudonym, sampleLength, onOddNumber }
  }

  return {
    sanitise(event, known) {
      try {
        return toSanitisedEvent(event, createRedactors(event, known))
      } catch {
        guard.drop('sanitise')
        return toSanitisedEvent(event, null)
      }
    },
    redactText(text, known) {
      const readable = withoutControls(text)
      if (!isActive) return readable
      const knownValues = known ? toKnownRecognisers([known]) : []
      return guard.redactTexts(inTexts, knownValues)(readable) ?? ''
    },
    redactIdentifier(name, known) {
      const knownValues = isActive && known ? toKnownRecognisers([known]) : []
      const redactName = isActive ? guard.redactNames(inIdentifiers, knownValues) : null
      return redactToLength(name, FIELD_KINDS.identifier.maxLength, redactName) ?? ''
    },
    get dropped() {
      return guard.dropped
    },
  }
}

function readPseudonymiser(options: SanitiserOptions): Pseudonymiser | null {
  const { hashKey, previousHashKey, hashUserIds, onWarning } = options
  if (previousHashKey !== null) readHashKey('TOKEN_TRACKER_HASH_KEY_PREVIOUS', previousHashKey)
  const key = hashKey === null ? null : readHashKey('TOKEN_TRACKER_HASH_KEY', hashKey)
  if (!hashUserIds) return null
  if (key === null) {
    onWarning(
      'TOKEN_TRACKER_HASH_USER_IDS is on without TOKEN_TRACKER_HASH_KEY: a random key is used, so pseudonyms are not ' +
        'stable across restarts or replicas. Set a key of at least 32 bytes, for instance from: openssl rand -hex 32',
    )
  }
  return createPseudonymiser(key ?? randomBytes(MIN_KEY_BYTES))
}

/** Ids that a caller put into the event itself are known as well. */
function toOwnIdentity(event: UsageEvent): KnownIdentity {
  return {
    userId: event.user_id,
    email: null,
    name: null,
    ip: null,
    sessionId: event.session_id,
    conversationId: event.conversation_id,
  }
}
