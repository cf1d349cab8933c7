import type { OtherModelUsage, UsageEvent } from './event.ts'

/** What a field holds: how it is redacted, bounded and stored follows from it. */
export interface KindSpec {
  /** JSON type of a value; a database keeps an object or an array as JSON. */
  readonly type: 'text' | 'integer' | 'number' | 'boolean' | 'object' | 'array'
  /** UTF-16 units of a text; of each entry for tags, of each name in details, of all keys and values together for metadata. */
  readonly maxLength?: number
  /** Least and largest number; one beyond is `null` on the event. */
  readonly range?: readonly [min: number, max: number]
}

const COUNT_RANGE = [0, Number.MAX_SAFE_INTEGER] as const
const NUMBER_RANGE = [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const

export const FIELD_KINDS = {
  /** Made here in a fixed form: UUIDs, trace ids, ISO times. Nothing of it comes from a client. */
  generated: { type: 'text', maxLength: 64 },
  /** One of a closed set of words. */
  label: { type: 'text', maxLength: 64 },
  /** Who an event belongs to: a pseudonym where ids are hashed, else only secrets go. */
  'own-id': { type: 'text', maxLength: 512 },
  /** A name that a client or the host chose. Numbers in it cannot be told from request ids, so they stay. */
  identifier: { type: 'text', maxLength: 512 },
  /** Free texts: everything that is recognised goes. */
  code: { type: 'text', maxLength: 512 },
  message: { type: 'text', maxLength: 2 * 1024 },
  sample: { type: 'text', maxLength: 64 * 1024 },
  /** A free text whose query string and fragment go: they carry keys and addresses, and name no endpoint. */
  path: { type: 'text', maxLength: 2 * 1024 },
  tags: { type: 'array', maxLength: 256 },
  metadata: { type: 'object', maxLength: 16 * 1024 },
  /** Records that were made here of numbers, and of names that a provider chose. */
  details: { type: 'object', maxLength: 256 },
  'other-models': { type: 'array', maxLength: 256 },
  count: { type: 'integer', range: COUNT_RANGE },
  integer: { type: 'integer', range: NUMBER_RANGE },
  number: { type: 'number', range: NUMBER_RANGE },
  /** No exchange costs a billion: what says so is a fault, and would drown every total. */
  money: { type: 'number', range: [0, 1e9] },
  boolean: { type: 'boolean' },
} as const satisfies Record<string, KindSpec>

export type FieldKind = keyof typeof FIELD_KINDS

export interface FieldSpec {
  readonly kind: FieldKind
  readonly unit?: string
  /** Never `null`. */
  readonly required?: true
  /** Stands on the span under its own name. */
  readonly onSpan?: true
  /** One line of Markdown, the same as the docstring of the field. */
  readonly doc: string
}

/** Kinds that fit a TypeScript type. A text that is no union of words must say how sensitive it is. */
type KindFor<Value> = [Value] extends [boolean]
  ? 'boolean'
  : [Value] extends [number]
    ? 'count' | 'integer' | 'number' | 'money'
    : [Value] extends [string]
      ? string extends Value
        ? 'generated' | 'own-id' | 'identifier' | 'code' | 'message' | 'sample' | 'path'
        : 'label'
      : [Value] extends [readonly string[]]
        ? 'tags'
        : [Value] extends [readonly OtherModelUsage[]]
          ? 'other-models'
          : string extends keyof Value
            ? 'metadata'
            : 'details'

type SpecFor<Value> = FieldSpec & { readonly kind: KindFor<NonNullable<Value>> } & (null extends Value
    ? { readonly required?: never }
    : { readonly required: true })

/** A table with an entry for each field of a record, of a kind that fits its type. */
export type FieldTable<Fields> = { readonly [Name in keyof Fields]-?: SpecFor<Fields[Name]> }

/** The fields of an event in the order of the log line: redaction, spans, columns and documentation follow from it. */
export const EVENT_FIELDS = {
  id: {
    kind: 'generated',
    required: true,
    doc: 'Fresh UUID, the same wherever this exchange is spoken of; sinks are idempotent on it.',
  },
  timestamp: { kind: 'count', unit: 's', required: true, doc: 'Start of the request, unix seconds.' },
  model: { kind: 'identifier', onSpan: true, doc: 'Response model, else request model, else the one in the URL.' },
  prompt_tokens: { kind: 'count', unit: 'tokens', onSpan: true, doc: 'Every prompt token, cached ones included.' },
  completion_tokens: { kind: 'count', unit: 'tokens', onSpan: true, doc: 'Every generated token, reasoning included.' },
  total_tokens: { kind: 'count', unit: 'tokens', onSpan: true, doc: 'The sum, `null` when a side is.' },
  user_id: {
    kind: 'own-id',
    doc: 'From `identify`, else the body (`user`, `metadata.user_id`), else a trusted header.',
  },
  client_id: { kind: 'identifier', doc: '`metadata.client_id`, else `TOKEN_TRACKER_CLIENT_ID`.' },
  session_id: { kind: 'own-id', onSpan: true, doc: 'From `identify` or a trusted header.' },
  provider: { kind: 'identifier', onSpan: true, doc: '`openai`, `anthropic`, `ollama`, ...' },
  model_version: { kind: 'identifier', doc: 'Manual logging only.' },
  deployment_id: { kind: 'identifier', doc: 'Deployment in the URL (Azure).' },
  token_source: {
    kind: 'label',
    onSpan: true,
    doc: 'The weaker source of the two sides: `api`, `custom`, `tiktoken`, `estimated`.',
  },
  prompt_cost: { kind: 'money', unit: 'currency', onSpan: true, doc: '`null` when unpriced.' },
  completion_cost: { kind: 'money', unit: 'currency', onSpan: true, doc: '`null` when unpriced.' },
  total_cost: { kind: 'money', unit: 'currency', onSpan: true, doc: '`null` when unpriced.' },
  currency: {
    kind: 'identifier',
    required: true,
    doc: 'Currency of the costs, `USD` unless your prices say otherwise.',
  },
  endpoint: { kind: 'path', onSpan: true, doc: 'Path without query string.' },
  request_id: {
    kind: 'identifier',
    required: true,
    onSpan: true,
    doc: 'Inbound `x-request-id` when it is 1-128 printable characters, else `id`.',
  },
  parent_request_id: { kind: 'identifier', onSpan: true, doc: 'Manual logging only.' },
  conversation_id: { kind: 'own-id', onSpan: true, doc: 'From `identify` or a trusted header.' },
  duration_ms: { kind: 'number', unit: 'ms', doc: 'Request in to response closed, in milliseconds.' },
  time_to_first_token_ms: {
    kind: 'number',
    unit: 'ms',
    onSpan: true,
    doc: 'Request in to first byte out, in milliseconds; streams only.',
  },
  tokens_per_second: { kind: 'number', unit: 'tokens/s', onSpan: true, doc: 'Completion tokens by duration.' },
  prompt_sample: { kind: 'sample', doc: 'Beginning of the prompt, with `TOKEN_TRACKER_STORE_SAMPLES`.' },
  completion_sample: { kind: 'sample', doc: 'Beginning of the answer, with `TOKEN_TRACKER_STORE_SAMPLES`.' },
  temperature: { kind: 'number', doc: 'As requested.' },
  max_tokens: { kind: 'integer', unit: 'tokens', doc: 'As requested.' },
  top_p: { kind: 'number', doc: 'As requested.' },
  frequency_penalty: { kind: 'number', doc: 'As requested.' },
  presence_penalty: { kind: 'number', doc: 'As requested.' },
  streaming: {
    kind: 'boolean',
    required: true,
    onSpan: true,
    doc: 'A stream was asked for; where the request was not read, one was sent.',
  },
  status: { kind: 'label', required: true, onSpan: true, doc: '`success`, `error`, `aborted`.' },
  error_code: {
    kind: 'code',
    onSpan: true,
    doc: "The provider's, else the HTTP status, `connection_closed`, `incomplete_stream`, `empty_response`, `unreadable_response`.",
  },
  error_message: { kind: 'message', doc: "The provider's, else what went wrong on the way." },
  metadata: { kind: 'metadata', required: true, doc: 'From the `metadata` hook.' },
  tags: { kind: 'tags', required: true, doc: 'From the `tags` option.' },
  created_at: {
    kind: 'generated',
    required: true,
    doc: 'End of the exchange, ISO 8601 in milliseconds with `Z`: it began `duration_ms` earlier.',
  },
  updated_at: { kind: 'generated', doc: 'Always `null`; kept for readers of the original.' },
  request_model: { kind: 'identifier', doc: 'Model as requested.' },
  operation: { kind: 'identifier', doc: '`chat`, `text_completion`, `embeddings`, ...' },
  prompt_token_source: { kind: 'label', doc: 'As `token_source`, of the prompt.' },
  completion_token_source: { kind: 'label', doc: 'As `token_source`, of the completion.' },
  cached_tokens: { kind: 'count', unit: 'tokens', onSpan: true, doc: 'Part of `prompt_tokens` read from a cache.' },
  cache_write_tokens: {
    kind: 'count',
    unit: 'tokens',
    onSpan: true,
    doc: 'Part of `prompt_tokens` written to a cache.',
  },
  reasoning_tokens: { kind: 'count', unit: 'tokens', onSpan: true, doc: 'Part of `completion_tokens`.' },
  audio_prompt_tokens: { kind: 'count', unit: 'tokens', doc: 'Part of `prompt_tokens`.' },
  audio_completion_tokens: { kind: 'count', unit: 'tokens', doc: 'Part of `completion_tokens`.' },
  image_tokens: { kind: 'count', unit: 'tokens', doc: 'Parts of both.' },
  usage_details: {
    kind: 'details',
    doc: 'What else a price can depend on: cache writes by lifetime, calls of billed tools, images, seconds, pages, ...',
  },
  provider_cost: { kind: 'money', unit: 'USD', onSpan: true, doc: 'Cost in USD as the provider itself reported it.' },
  priced_by: { kind: 'identifier', onSpan: true, doc: 'Source and rule of the price, `null` when unpriced.' },
  other_models: {
    kind: 'other-models',
    required: true,
    doc: 'Other models inside this exchange: their tokens stand only here, their costs are part of `total_cost`.',
  },
  service_tier: { kind: 'identifier', onSpan: true, doc: 'As the provider reported it.' },
  inference_region: { kind: 'identifier', doc: 'Where the model was made to run, where that changes the price.' },
  http_status: { kind: 'count', onSpan: true, doc: 'Status of the response, `null` when none was sent.' },
  truncated: {
    kind: 'boolean',
    required: true,
    onSpan: true,
    doc: 'A body was larger than what is kept, so that numbers may rest on a part of it.',
  },
  trace_id: {
    kind: 'generated',
    doc: "Trace the request belongs to: the server's own, else the caller's `traceparent`.",
  },
  span_id: { kind: 'generated', doc: 'Span the request belongs to.' },
  credits: { kind: 'number', unit: 'credits', onSpan: true, doc: 'Reserved.' },
  credit_allowance: { kind: 'identifier', onSpan: true, doc: 'Reserved.' },
  schema_version: { kind: 'count', required: true, doc: 'Version of this record, 1.' },
} as const satisfies FieldTable<UsageEvent>

export const EVENT_FIELD_NAMES = Object.keys(EVENT_FIELDS) as readonly (keyof UsageEvent)[]
