import type { TokenSource } from './usage.ts'

export const EVENT_SCHEMA_VERSION = 1

export type EventStatus = 'success' | 'error' | 'aborted'

/**
 * W3C trace flags of the parent span, for the span sink. A symbol, so that it travels with the event in memory and never
 * stands in a line: without it (after a replay) the parent counts as sampled.
 */
export const traceFlags: unique symbol = Symbol('traceFlags')

/**
 * One exchange, as every sink receives it and as one line of the log file.
 * The first forty keys are those of the Python original, in its order. `null` is unknown; 0 is zero.
 */
export interface UsageEvent {
  /** Fresh UUID; sinks are idempotent on it. */
  id: string
  /** Start of the request in unix seconds. */
  timestamp: number
  /** Response model, else request model, else the one in the URL. */
  model: string | null
  prompt_tokens: number | null
  completion_tokens: number | null
  total_tokens: number | null
  user_id: string | null
  client_id: string | null
  session_id: string | null
  provider: string | null
  model_version: string | null
  deployment_id: string | null
  /** The weaker of the two sides; `null` when neither is known. */
  token_source: TokenSource | null
  prompt_cost: number | null
  completion_cost: number | null
  total_cost: number | null
  currency: string
  endpoint: string | null
  /** Inbound `x-request-id` when it is 1-128 printable characters, else a fresh UUID. */
  request_id: string
  parent_request_id: string | null
  conversation_id: string | null
  duration_ms: number | null
  time_to_first_token_ms: number | null
  tokens_per_second: number | null
  prompt_sample: string | null
  completion_sample: string | null
  temperature: number | null
  max_tokens: number | null
  top_p: number | null
  frequency_penalty: number | null
  presence_penalty: number | null
  streaming: boolean
  status: EventStatus
  error_code: string | null
  error_message: string | null
  metadata: Record<string, unknown>
  tags: string[]
  /** End of the exchange, ISO 8601 in milliseconds with `Z`: start is `created_at` minus `duration_ms`. */
  created_at: string
  updated_at: string | null
  request_model: string | null
  /** `chat`, `text_completion`, `embeddings`, ... */
  operation: string | null
  prompt_token_source: TokenSource | null
  completion_token_source: TokenSource | null
  cached_tokens: number | null
  cache_write_tokens: number | null
  reasoning_tokens: number | null
  audio_prompt_tokens: number | null
  audio_completion_tokens: number | null
  image_tokens: number | null
  /** Cost in USD as the provider itself reported it. */
  provider_cost: number | null
  /** Source and rule of the price, `null` when unpriced. */
  priced_by: string | null
  service_tier: string | null
  http_status: number | null
  /** True when a body was larger than what is kept, so that numbers may rest on a part of it. */
  truncated: boolean
  /** Trace and span that the request belongs to: the server's own span, else the caller's `traceparent`. */
  trace_id: string | null
  span_id: string | null
  credits: number | null
  credit_allowance: string | null
  schema_version: number
  [traceFlags]?: number
}

declare const sanitisedBrand: unique symbol

/** An event that went through the privacy choke point. The only type that queue, spool and sinks accept. */
export type SanitisedEvent = Readonly<UsageEvent> & { readonly [sanitisedBrand]: true }
