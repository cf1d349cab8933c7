import { EVENT_SCHEMA_VERSION, traceFlags, type UsageEvent } from '../core/event.ts'
import { addCounts, weakerSource, type TokenCounts, type TokenSource } from '../core/usage.ts'
import type { Price } from '../pricing/pricing.ts'
import { toCompletionSample, toPromptSample } from '../privacy/samples.ts'
import type { KnownIdentity } from '../privacy/sanitise.ts'
import { sumKnown } from '../wire/reading/token-count.ts'
import type { ExchangeDraft } from './exchange-draft.ts'

/** Tokens of one side, and who says so; both `null` when nobody does. */
export interface CountedSide {
  readonly tokens: number | null
  readonly source: TokenSource | null
}

/** What was found out about a draft. */
export interface Figures {
  readonly provider: string | null
  readonly input: CountedSide
  readonly output: CountedSide
  readonly counts: TokenCounts
  readonly price: Price | null
}

export interface UsageEventOptions {
  readonly trackPerformance: boolean
  /** Length of samples; `null` stores none. */
  readonly sampleLength: number | null
  /** Applied to samples before they are cut; `null` leaves them as they are. */
  readonly redactText: ((text: string, known: KnownIdentity) => string) | null
}

/** Writes the event, its keys in the order of the log file. */
export function toUsageEvent(draft: ExchangeDraft, figures: Figures, options: UsageEventOptions): UsageEvent {
  const { provider, input, output, price, counts } = figures
  const { identity, parameters, traceContext, usage } = draft
  const { sampleLength, redactText, trackPerformance } = options
  const redact = redactText && ((text: string) => redactText(text, identity))
  const durationMs = trackPerformance ? draft.durationMs : null
  return {
    id: draft.id,
    timestamp: Math.floor(draft.startedAt / 1000),
    model: draft.model,
    prompt_tokens: input.tokens,
    completion_tokens: output.tokens,
    total_tokens: addCounts(input.tokens, output.tokens),
    user_id: identity.userId,
    client_id: draft.clientId,
    session_id: identity.sessionId,
    provider,
    model_version: draft.modelVersion,
    deployment_id: draft.deploymentId,
    token_source: weakerSource(input.source, output.source),
    prompt_cost: price?.promptCost ?? null,
    completion_cost: price?.completionCost ?? null,
    total_cost: price?.totalCost ?? null,
    currency: price?.currency ?? 'USD',
    endpoint: draft.endpoint,
    request_id: draft.requestId,
    parent_request_id: draft.parentRequestId,
    conversation_id: identity.conversationId,
    duration_ms: durationMs === null ? null : round(durationMs),
    time_to_first_token_ms: toFirstToken(draft, trackPerformance),
    tokens_per_second: output.tokens !== null && durationMs ? round((output.tokens / durationMs) * 1000) : null,
    prompt_sample:
      (sampleLength !== null && draft.prompt && toPromptSample(draft.prompt, sampleLength, redact)) || null,
    completion_sample:
      (sampleLength !== null && draft.completion && toCompletionSample(draft.completion, sampleLength, redact)) || null,
    temperature: parameters.temperature,
    max_tokens: parameters.maxTokens,
    top_p: parameters.topP,
    frequency_penalty: parameters.frequencyPenalty,
    presence_penalty: parameters.presencePenalty,
    streaming: draft.streaming,
    status: draft.status,
    error_code: draft.errorCode,
    error_message: draft.errorMessage,
    metadata: { ...draft.metadata },
    tags: [...draft.tags],
    created_at: new Date(draft.endedAt).toISOString(),
    updated_at: null,
    request_model: draft.requestModel,
    operation: draft.operation,
    prompt_token_source: input.source,
    completion_token_source: output.source,
    cached_tokens: counts.cacheRead,
    cache_write_tokens: counts.cacheWrite,
    reasoning_tokens: counts.reasoning,
    audio_prompt_tokens: counts.audioInput,
    audio_completion_tokens: counts.audioOutput,
    image_tokens: countImages([counts, ...usage.otherModels.map((other) => other.counts)]),
    provider_cost: usage.providerCost,
    priced_by: price?.pricedBy ?? null,
    service_tier: usage.serviceTier,
    http_status: draft.httpStatus,
    truncated: draft.truncated,
    trace_id: traceContext?.traceId ?? null,
    span_id: traceContext?.spanId ?? null,
    credits: null,
    credit_allowance: null,
    schema_version: EVENT_SCHEMA_VERSION,
    ...(traceContext && { [traceFlags]: traceContext.flags }),
  }
}

/** For streams only: the first byte of a whole body says nothing of the first token. */
function toFirstToken({ firstByteMs, streaming }: ExchangeDraft, trackPerformance: boolean): number | null {
  return trackPerformance && streaming && firstByteMs !== null ? round(firstByteMs) : null
}

/** Images of both sides, those that a tool had another model make included. */
function countImages(counts: readonly TokenCounts[]): number | null {
  return sumKnown(counts.flatMap(({ imageInput, imageOutput }) => [imageInput, imageOutput]))
}

/** To three decimals. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
