import type { AttributeValue, Attributes } from '@opentelemetry/api'

import { cutText } from '../../../core/bounded-text.ts'
import { EVENT_FIELDS, EVENT_FIELD_NAMES, type FieldSpec } from '../../../core/records/event-fields.ts'
import type { SanitisedEvent, UsageEvent } from '../../../core/records/event.ts'
import { toErrorType, toGenAiAttributes } from '../metrics/gen-ai-attributes.ts'
import { MAX_ATTRIBUTE_LENGTH } from '../metrics/series-limiter.ts'

export interface SpanAttributeOptions {
  readonly includeSamples: boolean
  /** User ids are pseudonyms: they go under `user.hash`, the conventions' name for one. */
  readonly hashedUserIds: boolean
  readonly clientId: string | null
  readonly genAiMetrics: 'off' | 'v1.41' | 'latest'
}

/** Characters of a sample or an error message on a span. */
export const MAX_TEXT_LENGTH = 1_000

type SpanField = {
  [Name in keyof UsageEvent]: UsageEvent[Name] extends AttributeValue | null ? Name : never
}[keyof UsageEvent]

const COPIED_FIELDS = EVENT_FIELD_NAMES.filter((name) => isOnSpan(EVENT_FIELDS[name])) as readonly SpanField[]

function isOnSpan({ onSpan }: FieldSpec): boolean {
  return onSpan === true
}

/** Our own names for what the event says, and the names of the GenAI conventions beside them. */
export function toSpanAttributes(event: SanitisedEvent, options: SpanAttributeOptions): Attributes {
  const attributes: Attributes = {
    operation_name: 'token-tracker',
    event_id: event.id,
    ...toGenAiSpanAttributes(event, options),
  }
  for (const field of COPIED_FIELDS) setKnown(attributes, field, event[field])
  setKnown(attributes, 'client_id', event.client_id ?? options.clientId)
  setKnown(attributes, options.hashedUserIds ? 'user.hash' : 'user_id', event.user_id)
  if (options.includeSamples) {
    setSample(attributes, 'prompt_sample', event.prompt_sample)
    setSample(attributes, 'completion_sample', event.completion_sample)
  }
  return attributes
}

function toGenAiSpanAttributes(event: SanitisedEvent, options: SpanAttributeOptions): Attributes {
  const attributes: Attributes = {}
  for (const [name, value] of Object.entries(toGenAiAttributes(event))) setKnown(attributes, name, value)
  setKnown(attributes, 'gen_ai.conversation.id', event.conversation_id)
  setKnown(attributes, 'gen_ai.request.temperature', event.temperature)
  setKnown(attributes, 'gen_ai.request.max_tokens', event.max_tokens)
  setKnown(attributes, 'gen_ai.request.top_p', event.top_p)
  setKnown(attributes, 'gen_ai.request.frequency_penalty', event.frequency_penalty)
  setKnown(attributes, 'gen_ai.request.presence_penalty', event.presence_penalty)
  setKnown(attributes, 'gen_ai.usage.input_tokens', event.prompt_tokens)
  setKnown(attributes, 'gen_ai.usage.output_tokens', event.completion_tokens)
  setKnown(attributes, 'gen_ai.usage.cache_read.input_tokens', event.cached_tokens)
  const cacheWrite = options.genAiMetrics === 'v1.41' ? 'cache_creation' : 'cache_write'
  setKnown(attributes, `gen_ai.usage.${cacheWrite}.input_tokens`, event.cache_write_tokens)
  setKnown(attributes, 'gen_ai.usage.reasoning.output_tokens', event.reasoning_tokens)
  if (event.streaming) {
    attributes['gen_ai.request.stream'] = true
    const firstToken = event.time_to_first_token_ms
    setKnown(attributes, 'gen_ai.response.time_to_first_chunk', firstToken === null ? null : firstToken / 1_000)
  }
  setKnown(attributes, 'error.type', toErrorType(event))
  return attributes
}

/** The conventions give absence, not a null, to what is unknown. */
function setKnown(attributes: Attributes, name: string, value: AttributeValue | null): void {
  if (value === null) return
  attributes[name] = typeof value === 'string' ? cutText(value, MAX_ATTRIBUTE_LENGTH) : value
}

function setSample(attributes: Attributes, name: string, sample: string | null): void {
  if (sample === null) return
  attributes[name] = cutText(sample, MAX_TEXT_LENGTH)
  attributes[`${name}_length`] = sample.length
}
