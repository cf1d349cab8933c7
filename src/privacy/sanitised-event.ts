import type { SanitisedEvent, UsageEvent } from '../core/event.ts'
import type { Pseudonymiser } from './pseudonym.ts'
import { redactToLength, type Redact } from './redact-to-length.ts'
import { toSafeMetadata, type MetadataRedactor } from './safe-metadata.ts'

export const MAX_SAMPLE_LENGTH = 64 * 1024
export const MAX_ERROR_MESSAGE_LENGTH = 2 * 1024
export const MAX_ENDPOINT_LENGTH = 2 * 1024
export const MAX_IDENTIFIER_LENGTH = 512
export const MAX_TAGS = 64
export const MAX_TAG_LENGTH = 256

/** How each kind of string is redacted; `null` leaves it as it is. */
export interface Redactors {
  readonly text: Redact | null
  /** Names and identifiers: models, providers, request ids. */
  readonly identifier: Redact | null
  /** The event's user, session and conversation, unless they are hashed. */
  readonly ownId: Redact | null
  readonly metadata: MetadataRedactor | null
}

export const NO_REDACTORS: Redactors = { text: null, identifier: null, ownId: null, metadata: null }

/** The copy that sinks may share. */
export function toSanitisedEvent(
  event: UsageEvent,
  redactors: Redactors,
  pseudonymiser: Pseudonymiser | null,
): SanitisedEvent {
  const { text, identifier, ownId } = redactors
  // The spread keeps the symbol-keyed trace flags.
  const sanitised: UsageEvent = {
    ...event,
    model: toSafe(event.model, MAX_IDENTIFIER_LENGTH, identifier),
    request_model: toSafe(event.request_model, MAX_IDENTIFIER_LENGTH, identifier),
    user_id: toSafeId('user_id', event.user_id, ownId, pseudonymiser),
    session_id: toSafeId('session_id', event.session_id, ownId, pseudonymiser),
    conversation_id: toSafeId('conversation_id', event.conversation_id, ownId, pseudonymiser),
    client_id: toSafe(event.client_id, MAX_IDENTIFIER_LENGTH, identifier),
    provider: toSafe(event.provider, MAX_IDENTIFIER_LENGTH, identifier),
    model_version: toSafe(event.model_version, MAX_IDENTIFIER_LENGTH, identifier),
    deployment_id: toSafe(event.deployment_id, MAX_IDENTIFIER_LENGTH, identifier),
    request_id: toSafe(event.request_id, MAX_IDENTIFIER_LENGTH, identifier) ?? '',
    parent_request_id: toSafe(event.parent_request_id, MAX_IDENTIFIER_LENGTH, identifier),
    operation: toSafe(event.operation, MAX_IDENTIFIER_LENGTH, identifier),
    priced_by: toSafe(event.priced_by, MAX_IDENTIFIER_LENGTH, identifier),
    service_tier: toSafe(event.service_tier, MAX_IDENTIFIER_LENGTH, identifier),
    endpoint: toSafe(toPath(event.endpoint), MAX_ENDPOINT_LENGTH, text),
    error_code: toSafe(event.error_code, MAX_IDENTIFIER_LENGTH, text),
    error_message: toSafe(event.error_message, MAX_ERROR_MESSAGE_LENGTH, text),
    prompt_sample: toSafe(event.prompt_sample, MAX_SAMPLE_LENGTH, text),
    completion_sample: toSafe(event.completion_sample, MAX_SAMPLE_LENGTH, text),
    metadata: toSafeMetadata(event.metadata, redactors.metadata),
    tags: toSafeTags(event.tags, text),
  }
  return sanitised as unknown as SanitisedEvent
}

function toSafe(value: string | null, maxLength: number, redactText: Redact | null): string | null {
  if (typeof value !== 'string') return null
  return redactText === null && value.length <= maxLength ? value : redactToLength(value, maxLength, redactText)
}

/** A pseudonym; or the id itself, unless it is a secret, because the operator wants to see who it was. */
function toSafeId(
  field: string,
  id: string | null,
  redactText: Redact | null,
  pseudonymiser: Pseudonymiser | null,
): string | null {
  if (pseudonymiser === null || typeof id !== 'string') return toSafe(id, MAX_IDENTIFIER_LENGTH, redactText)
  return id === '' ? null : pseudonymiser.toPseudonym(field, id)
}

/** Without query string and fragment: they carry keys and e-mail addresses, and name no endpoint. */
function toPath(endpoint: string | null): string | null {
  if (typeof endpoint !== 'string') return null
  const end = endpoint.search(/[?#]/)
  return end === -1 ? endpoint : endpoint.slice(0, end)
}

function toSafeTags(tags: readonly unknown[], redactText: Redact | null): string[] {
  if (!Array.isArray(tags)) return []
  const safe: string[] = []
  for (const tag of tags.slice(0, MAX_TAGS)) {
    const copied = typeof tag === 'string' ? toSafe(tag, MAX_TAG_LENGTH, redactText) : null
    if (copied !== null) safe.push(copied)
  }
  return safe
}

/** What is left when sanitising itself failed: numbers, and nothing that a client wrote. */
export function withoutFreeStrings(event: UsageEvent): SanitisedEvent {
  const safe: UsageEvent = {
    ...event,
    model: null,
    request_model: null,
    user_id: null,
    client_id: null,
    session_id: null,
    conversation_id: null,
    provider: null,
    model_version: null,
    deployment_id: null,
    request_id: '',
    parent_request_id: null,
    operation: null,
    priced_by: null,
    service_tier: null,
    endpoint: null,
    error_code: null,
    error_message: null,
    prompt_sample: null,
    completion_sample: null,
    metadata: {},
    tags: [],
  }
  return safe as unknown as SanitisedEvent
}
