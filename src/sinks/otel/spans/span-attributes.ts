import type { AttributeValue, Attributes } from '@opentelemetry/api'

import { cutText } from '../../../core/bounded-text.ts'
import { EVENT_FIELDS, EVENT_FIELD_NAMES, type FieldSpec } from '../../../core/records/event-fields.ts'
import type { SanitisedEvent, UsageEvent } from '../../../core/records/event.ts'
import { GEN_AI_ATTRIBUTES } from '../metrics/gen-ai-attributes.ts'
import { readMetadata } from '../metrics/metadata-attributes.ts'
import { MAX_ATTRIBUTE_LENGTH } from '../metrics/series-limiter.ts'
import { createRecordMaker } from './record-maker.ts'

export interface SpanAttributeOptions {
  readonly includeSamples: boolean
  /** User ids are pseudonyms: they go under `user.hash`, the conventions' name for one. */
  readonly hashedUserIds: boolean
  readonly clientId: string | null
  /** Keys of the metadata that are attributes as well. */
  readonly metadataAttributes: readonly string[]
  readonly genAiMetrics: 'off' | 'v1.41' | 'latest'
}

/** Characters of a sample or an error message on a span. */
export const MAX_TEXT_LENGTH = 1_000

type ReadAttribute = (event: SanitisedEvent) => AttributeValue | null

type SpanField = {
  [Name in keyof UsageEvent]: UsageEvent[Name] extends AttributeValue | null ? Name : never
}[keyof UsageEvent]

const COPIED_FIELDS = EVENT_FIELD_NAMES.filter((name) => isOnSpan(EVENT_FIELDS[name])) as readonly SpanField[]

function isOnSpan({ onSpan }: FieldSpec): boolean {
  return onSpan === true
}

/** Our own names for what the event says, and the names of the GenAI conventions beside them. */
export function createSpanAttributes(options: SpanAttributeOptions): (event: SanitisedEvent) => Attributes {
  const readers: Record<string, ReadAttribute> = {
    operation_name: () => 'token-tracker',
    event_id: (event) => event.id,
    ...GEN_AI_ATTRIBUTES,
    ...toGenAiReaders(options),
    ...Object.fromEntries(COPIED_FIELDS.map((field): [string, ReadAttribute] => [field, (event) => event[field]])),
    ...Object.fromEntries(
      options.metadataAttributes.map((key): [string, ReadAttribute] => [key, (event) => readMetadata(event, key)]),
    ),
    client_id: (event) => event.client_id ?? options.clientId,
    [options.hashedUserIds ? 'user.hash' : 'user_id']: (event) => event.user_id,
  }
  if (options.includeSamples) Object.assign(readers, SAMPLE_READERS)

  const reads = Object.entries(readers).map(([name, read]) => (name in SAMPLE_READERS ? read : toShort(read)))
  const toRecord = createRecordMaker(Object.keys(readers))
  return (event) => toRecord(reads.map((read) => read(event)))
}

function toGenAiReaders({ genAiMetrics }: SpanAttributeOptions): Record<string, ReadAttribute> {
  const cacheWrite = genAiMetrics === 'v1.41' ? 'cache_creation' : 'cache_write'
  return {
    'gen_ai.conversation.id': (event) => event.conversation_id,
    'gen_ai.request.temperature': (event) => event.temperature,
    'gen_ai.request.max_tokens': (event) => event.max_tokens,
    'gen_ai.request.top_p': (event) => event.top_p,
    'gen_ai.request.frequency_penalty': (event) => event.frequency_penalty,
    'gen_ai.request.presence_penalty': (event) => event.presence_penalty,
    'gen_ai.usage.input_tokens': (event) => event.prompt_tokens,
    'gen_ai.usage.output_tokens': (event) => event.completion_tokens,
    'gen_ai.usage.cache_read.input_tokens': (event) => event.cached_tokens,
    [`gen_ai.usage.${cacheWrite}.input_tokens`]: (event) => event.cache_write_tokens,
    'gen_ai.usage.reasoning.output_tokens': (event) => event.reasoning_tokens,
    'gen_ai.request.stream': (event) => (event.streaming ? true : null),
    'gen_ai.response.time_to_first_chunk': ({ streaming, time_to_first_token_ms: first }) =>
      streaming && first !== null ? first / 1_000 : null,
  }
}

const SAMPLE_READERS: Record<string, ReadAttribute> = {
  prompt_sample: (event) => toSample(event.prompt_sample),
  prompt_sample_length: (event) => event.prompt_sample?.length ?? null,
  completion_sample: (event) => toSample(event.completion_sample),
  completion_sample_length: (event) => event.completion_sample?.length ?? null,
}

function toSample(sample: string | null): string | null {
  return sample === null ? null : cutText(sample, MAX_TEXT_LENGTH)
}

function toShort(read: ReadAttribute): ReadAttribute {
  return (event) => {
    const value = read(event)
    return typeof value === 'string' ? cutText(value, MAX_ATTRIBUTE_LENGTH) : value
  }
}
