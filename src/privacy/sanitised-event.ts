import {
  EVENT_FIELDS,
  EVENT_FIELD_NAMES,
  FIELD_KINDS,
  type FieldKind,
  type FieldSpec,
} from '../core/records/event-fields.ts'
import { isObject } from '../core/json.ts'
import {
  isOutgoing,
  readTraceFlags,
  withDirection,
  withTraceFlags,
  type SanitisedEvent,
  type UsageEvent,
} from '../core/records/event.ts'
import { redactToLength, type Redact } from './redact-to-length.ts'
import { toSafeMetadata, type MetadataRedactor } from './safe-metadata.ts'
import { toSafeRecord, toSafeRecords } from './safe-record.ts'

export const MAX_TAGS = 64

/** How the fields of one event are made safe; a redactor that is `null` leaves its texts as they are. */
export interface Redactors {
  readonly text: Redact | null
  /** Names and identifiers: models, providers, request ids. */
  readonly identifier: Redact | null
  /** The event's user, session and conversation, unless they are hashed. */
  readonly ownId: Redact | null
  readonly toPseudonym: ((field: string, id: string) => string) | null
  readonly metadata: MetadataRedactor | null
  readonly sampleLength: number
  readonly onOddNumber: (field: string, value: unknown) => void
}

type TextKind = { [Kind in FieldKind]: (typeof FIELD_KINDS)[Kind]['type'] extends 'text' ? Kind : never }[FieldKind]
type Read = (value: unknown, redactors: Redactors | null) => unknown
type Readers = {
  readonly [Name in keyof UsageEvent]: (value: UsageEvent[Name], redactors: Redactors | null) => UsageEvent[Name]
}

/**
 * The copy that sinks may share; without anything that a client wrote when there are no redactors, because they failed.
 * Spelt out, because objects that are filled in a loop, or spread, and then frozen cost twenty times as much; what happens
 * to each field is the table's.
 */
export function toSanitisedEvent(event: UsageEvent, r: Redactors | null): SanitisedEvent {
  const sanitised: UsageEvent = {
    id: to.id(event.id, r),
    timestamp: to.timestamp(event.timestamp, r),
    model: to.model(event.model, r),
    prompt_tokens: to.prompt_tokens(event.prompt_tokens, r),
    completion_tokens: to.completion_tokens(event.completion_tokens, r),
    total_tokens: to.total_tokens(event.total_tokens, r),
    user_id: to.user_id(event.user_id, r),
    client_id: to.client_id(event.client_id, r),
    session_id: to.session_id(event.session_id, r),
    provider: to.provider(event.provider, r),
    model_version: to.model_version(event.model_version, r),
    deployment_id: to.deployment_id(event.deployment_id, r),
    token_source: to.token_source(event.token_source, r),
    prompt_cost: to.prompt_cost(event.prompt_cost, r),
    completion_cost: to.completion_cost(event.completion_cost, r),
    total_cost: to.total_cost(event.total_cost, r),
    currency: to.currency(event.currency, r),
    endpoint: to.endpoint(event.endpoint, r),
    request_id: to.request_id(event.request_id, r),
    parent_request_id: to.parent_request_id(event.parent_request_id, r),
    conversation_id: to.conversation_id(event.conversation_id, r),
    duration_ms: to.duration_ms(event.duration_ms, r),
    time_to_first_token_ms: to.time_to_first_token_ms(event.time_to_first_token_ms, r),
    tokens_per_second: to.tokens_per_second(event.tokens_per_second, r),
    prompt_sample: to.prompt_sample(event.prompt_sample, r),
    completion_sample: to.completion_sample(event.completion_sample, r),
    temperature: to.temperature(event.temperature, r),
    max_tokens: to.max_tokens(event.max_tokens, r),
    top_p: to.top_p(event.top_p, r),
    frequency_penalty: to.frequency_penalty(event.frequency_penalty, r),
    presence_penalty: to.presence_penalty(event.presence_penalty, r),
    streaming: to.streaming(event.streaming, r),
    status: to.status(event.status, r),
    error_code: to.error_code(event.error_code, r),
    error_message: to.error_message(event.error_message, r),
    metadata: to.metadata(event.metadata, r),
    tags: to.tags(event.tags, r),
    created_at: to.created_at(event.created_at, r),
    updated_at: to.updated_at(event.updated_at, r),
    request_model: to.request_model(event.request_model, r),
    operation: to.operation(event.operation, r),
    prompt_token_source: to.prompt_token_source(event.prompt_token_source, r),
    completion_token_source: to.completion_token_source(event.completion_token_source, r),
    cached_tokens: to.cached_tokens(event.cached_tokens, r),
    cache_write_tokens: to.cache_write_tokens(event.cache_write_tokens, r),
    reasoning_tokens: to.reasoning_tokens(event.reasoning_tokens, r),
    audio_prompt_tokens: to.audio_prompt_tokens(event.audio_prompt_tokens, r),
    audio_completion_tokens: to.audio_completion_tokens(event.audio_completion_tokens, r),
    image_tokens: to.image_tokens(event.image_tokens, r),
    usage_details: to.usage_details(event.usage_details, r),
    provider_cost: to.provider_cost(event.provider_cost, r),
    priced_by: to.priced_by(event.priced_by, r),
    other_models: to.other_models(event.other_models, r),
    service_tier: to.service_tier(event.service_tier, r),
    inference_region: to.inference_region(event.inference_region, r),
    http_status: to.http_status(event.http_status, r),
    truncated: to.truncated(event.truncated, r),
    trace_id: to.trace_id(event.trace_id, r),
    span_id: to.span_id(event.span_id, r),
    credits: to.credits(event.credits, r),
    credit_allowance: to.credit_allowance(event.credit_allowance, r),
    schema_version: to.schema_version(event.schema_version, r),
  }
  return withDirection(withTraceFlags(sanitised, readTraceFlags(event)), isOutgoing(event)) as SanitisedEvent
}

const to = Object.fromEntries(
  EVENT_FIELD_NAMES.map((name) => [name, createReader(name, EVENT_FIELDS[name])]),
) as unknown as Readers

function createReader(name: keyof UsageEvent, { kind, required }: FieldSpec): Read {
  switch (kind) {
    case 'boolean':
      return (value) => value === true
    case 'metadata':
      return (value, redactors) => (redactors ? toSafeMetadata(value, redactors.metadata) : {})
    case 'tags':
      return (value, redactors) => (redactors ? toSafeTags(value, redactors.text) : [])
    case 'details':
      return (value, redactors) => (redactors && isObject(value) ? toSafeRecord(value, redactors.identifier) : null)
    case 'other-models':
      return (value, redactors) => (redactors && Array.isArray(value) ? toSafeRecords(value, redactors.identifier) : [])
    case 'count':
    case 'integer':
    case 'number':
    case 'money':
      return createNumberReader(name, FIELD_KINDS[kind], required ? 0 : null)
    default:
      return createTextReader(name, kind, required ? '' : null)
  }
}

/** Integers are rounded: hosts log counts that they have computed. */
function createNumberReader(
  name: string,
  { type, range: [min, max] }: { readonly type: string; readonly range: readonly [number, number] },
  absent: 0 | null,
): Read {
  const isWhole = type === 'integer'
  return (value, redactors) => {
    if (value === null || value === undefined) return absent
    if (typeof value === 'number' && value >= min && value <= max) return isWhole ? Math.round(value) : value
    redactors?.onOddNumber(name, value)
    return absent
  }
}

function createTextReader(name: string, kind: TextKind, absent: '' | null): Read {
  const { maxLength } = FIELD_KINDS[kind]
  switch (kind) {
    case 'generated':
    case 'label':
      return (value) => (typeof value === 'string' ? value : absent)
    case 'own-id':
      return (value, redactors) => redactors && toSafeId(name, value, maxLength, redactors)
    case 'identifier':
      return (value, redactors) => (redactors && toSafe(value, maxLength, redactors.identifier)) ?? absent
    case 'sample':
      return (value, redactors) =>
        (redactors && toSafe(value, Math.min(maxLength, redactors.sampleLength), redactors.text)) || null
    case 'path':
      return (value, redactors) => redactors && toSafe(toPath(value), maxLength, redactors.text)
    default:
      return (value, redactors) => (redactors && toSafe(value, maxLength, redactors.text)) ?? absent
  }
}

function toSafe(value: unknown, maxLength: number, redactText: Redact | null): string | null {
  return typeof value === 'string' ? redactToLength(value, maxLength, redactText) : null
}

/** A pseudonym; or the id itself, unless it is a secret, because the operator wants to see who it was. */
function toSafeId(field: string, id: unknown, maxLength: number, { ownId, toPseudonym }: Redactors): string | null {
  if (toPseudonym === null || typeof id !== 'string') return toSafe(id, maxLength, ownId)
  return id === '' ? null : toPseudonym(field, id)
}

/** Without query string and fragment: they carry keys and e-mail addresses, and name no endpoint. */
function toPath(endpoint: unknown): unknown {
  if (typeof endpoint !== 'string') return null
  const end = endpoint.search(/[?#]/)
  return end === -1 ? endpoint : endpoint.slice(0, end)
}

function toSafeTags(tags: unknown, redactText: Redact | null): string[] {
  if (!Array.isArray(tags)) return []
  const safe: string[] = []
  for (const tag of tags.slice(0, MAX_TAGS) as unknown[]) {
    const copied = toSafe(tag, FIELD_KINDS.tags.maxLength, redactText)
    if (copied !== null) safe.push(copied)
  }
  return safe
}
