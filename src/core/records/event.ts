import type { UsageDetails } from './usage-details.ts'
import type { TokenSource } from './usage.ts'

export const EVENT_SCHEMA_VERSION = 1

export type EventStatus = 'success' | 'error' | 'aborted'

/** Tokens that another model spent inside an exchange (an adviser, a fallback, an image tool), beside those of the event. */
export interface OtherModelUsage {
  model: string
  prompt_tokens: number | null
  completion_tokens: number | null
  cached_tokens: number | null
  cache_write_tokens: number | null
  reasoning_tokens: number | null
  image_tokens: number | null
  usage_details: UsageDetails | null
  /** Part of the event's `total_cost`. */
  total_cost: number | null
  priced_by: string | null
}

/**
 * One exchange, as every sink receives it and as one line of the log file.
 * The first forty keys are those of the Python original, in its order. `null` is unknown; 0 is zero.
 */
export interface UsageEvent {
  /** Fresh UUID, the same wherever this exchange is spoken of; sinks are idempotent on it. */
  id: string
  /** Start of the request, unix seconds. */
  timestamp: number
  /** Response model, else request model, else the one in the URL. */
  model: string | null
  /** Every prompt token, cached ones included. */
  prompt_tokens: number | null
  /** Every generated token, reasoning included. */
  completion_tokens: number | null
  /** The sum, `null` when a side is. */
  total_tokens: number | null
  /** From `identify`, else the body (`user`, `metadata.user_id`), else a trusted header. */
  user_id: string | null
  /** `metadata.client_id`, else `TOKEN_TRACKER_CLIENT_ID`. */
  client_id: string | null
  /** From `identify` or a trusted header. */
  session_id: string | null
  /** `openai`, `anthropic`, `ollama`, ... */
  provider: string | null
  /** Manual logging only. */
  model_version: string | null
  /** Deployment in the URL (Azure). */
  deployment_id: string | null
  /** The weaker source of the two sides: `api`, `custom`, `tiktoken`, `estimated`. */
  token_source: TokenSource | null
  /** `null` when unpriced. */
  prompt_cost: number | null
  /** `null` when unpriced. */
  completion_cost: number | null
  /** `null` when unpriced. */
  total_cost: number | null
  /** Currency of the costs, `USD` unless your prices say otherwise. */
  currency: string
  /** Path without query string. */
  endpoint: string | null
  /** Inbound `x-request-id` when it is 1-128 printable characters, else `id`. */
  request_id: string
  /** Manual logging only. */
  parent_request_id: string | null
  /** From `identify` or a trusted header. */
  conversation_id: string | null
  /** Request in to response closed, in milliseconds. */
  duration_ms: number | null
  /** Request in to first byte out, in milliseconds; streams only. */
  time_to_first_token_ms: number | null
  /** Completion tokens by duration. */
  tokens_per_second: number | null
  /** Beginning of the prompt, with `TOKEN_TRACKER_STORE_SAMPLES`. */
  prompt_sample: string | null
  /** Beginning of the answer, with `TOKEN_TRACKER_STORE_SAMPLES`. */
  completion_sample: string | null
  /** As requested. */
  temperature: number | null
  /** As requested. */
  max_tokens: number | null
  /** As requested. */
  top_p: number | null
  /** As requested. */
  frequency_penalty: number | null
  /** As requested. */
  presence_penalty: number | null
  /** A stream was asked for; where the request was not read, one was sent. */
  streaming: boolean
  /** `success`, `error`, `aborted`. */
  status: EventStatus
  /** The provider's, else the HTTP status, `connection_closed`, `incomplete_stream`, `empty_response`, `unreadable_response`. */
  error_code: string | null
  /** The provider's, else what went wrong on the way. */
  error_message: string | null
  /** From the `metadata` hook. */
  metadata: Record<string, unknown>
  /** From the `tags` option. */
  tags: string[]
  /** End of the exchange, ISO 8601 in milliseconds with `Z`: it began `duration_ms` earlier. */
  created_at: string
  /** Always `null`; kept for readers of the original. */
  updated_at: string | null
  /** Model as requested. */
  request_model: string | null
  /** `chat`, `text_completion`, `embeddings`, ... */
  operation: string | null
  /** As `token_source`, of the prompt. */
  prompt_token_source: TokenSource | null
  /** As `token_source`, of the completion. */
  completion_token_source: TokenSource | null
  /** Part of `prompt_tokens` read from a cache. */
  cached_tokens: number | null
  /** Part of `prompt_tokens` written to a cache. */
  cache_write_tokens: number | null
  /** Part of `completion_tokens`. */
  reasoning_tokens: number | null
  /** Part of `prompt_tokens`. */
  audio_prompt_tokens: number | null
  /** Part of `completion_tokens`. */
  audio_completion_tokens: number | null
  /** Parts of both. */
  image_tokens: number | null
  /** What else a price can depend on: cache writes by lifetime, calls of billed tools, images, seconds, pages, ... */
  usage_details: UsageDetails | null
  /** Cost in USD as the provider itself reported it. */
  provider_cost: number | null
  /** Source and rule of the price, `null` when unpriced. */
  priced_by: string | null
  /** Other models inside this exchange: their tokens stand only here, their costs are part of `total_cost`. */
  other_models: OtherModelUsage[]
  /** As the provider reported it. */
  service_tier: string | null
  /** Where the model was made to run, where that changes the price. */
  inference_region: string | null
  /** Status of the response, `null` when none was sent. */
  http_status: number | null
  /** A body was larger than what is kept, so that numbers may rest on a part of it. */
  truncated: boolean
  /** Trace the request belongs to: the server's own, else the caller's `traceparent`. */
  trace_id: string | null
  /** Span the request belongs to. */
  span_id: string | null
  /** Reserved. */
  credits: number | null
  /** Reserved. */
  credit_allowance: string | null
  /** Version of this record, 1. */
  schema_version: number
}

/** Marks what went through the privacy choke point; there is no such object. */
export declare class Sanitised {
  private readonly sanitised: true
}

/** An event that went through the privacy choke point. The only type that queue, spool and sinks accept. */
export type SanitisedEvent = Readonly<UsageEvent> & Sanitised

const traceFlags: unique symbol = Symbol('traceFlags')

/** W3C trace flags of the parent span, for the span sink. They travel with an event in memory and never stand in a line. */
export function withTraceFlags<Event extends UsageEvent>(event: Event, flags: number | undefined): Event {
  if (flags !== undefined) (event as TracedEvent)[traceFlags] = flags
  return event
}

/** `undefined` when nobody told, as after a replay: then the parent counts as sampled. */
export function readTraceFlags(event: Readonly<UsageEvent>): number | undefined {
  return (event as TracedEvent)[traceFlags]
}

const outgoing: unique symbol = Symbol('outgoing')

/** Marks a call that this server made itself, for the span sink; travels as the trace flags do. */
export function withDirection<Event extends UsageEvent>(event: Event, fromHere: boolean): Event {
  if (fromHere) (event as TracedEvent)[outgoing] = true
  return event
}

/** False also where nobody told, as after a replay. */
export function isOutgoing(event: Readonly<UsageEvent>): boolean {
  return (event as TracedEvent)[outgoing] === true
}

interface TracedEvent extends UsageEvent {
  [traceFlags]?: number
  [outgoing]?: true
}
