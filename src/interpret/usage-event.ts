import { EVENT_SCHEMA_VERSION, withTraceFlags, type OtherModelUsage, type UsageEvent } from '../core/records/event.ts'
import { toUsageDetails } from '../core/records/usage-details.ts'
import {
  addCounts,
  weakerSource,
  type ReportedUsage,
  type TokenCounts,
  type TokenSource,
} from '../core/records/usage.ts'
import type { CallPrice, Price } from '../pricing/quote.ts'
import { toCompletionSample, toPromptSample } from '../privacy/samples.ts'
import { addKnown } from '../wire/reading/token-count.ts'
import type { InterpretedExchange } from './interpreted-exchange.ts'

/** Tokens of one side, and who says so; both `null` when nobody does. */
export interface CountedSide {
  readonly tokens: number | null
  readonly source: TokenSource | null
}

/** What was found out about an exchange. */
export interface Figures extends CallPrice {
  readonly provider: string | null
  readonly input: CountedSide
  readonly output: CountedSide
  readonly counts: TokenCounts
}

export interface UsageEventOptions {
  readonly trackPerformance: boolean
  /** Length of samples; `null` stores none. */
  readonly sampleLength: number | null
}

/** Writes the event, its keys in the order of the log file. Its texts are as they came: the choke point comes next. */
export function toUsageEvent(exchange: InterpretedExchange, figures: Figures, options: UsageEventOptions): UsageEvent {
  const { provider, input, output, price, otherPrices, counts } = figures
  const { identity, parameters, traceContext, usage } = exchange
  const { sampleLength, trackPerformance } = options
  const durationMs = trackPerformance ? exchange.durationMs : null
  const event: UsageEvent = {
    id: exchange.id,
    timestamp: Math.floor(exchange.startedAt / 1000),
    model: exchange.model,
    prompt_tokens: input.tokens,
    completion_tokens: output.tokens,
    total_tokens: addCounts(input.tokens, output.tokens),
    user_id: identity.userId,
    client_id: exchange.clientId,
    session_id: identity.sessionId,
    provider,
    model_version: exchange.modelVersion,
    deployment_id: exchange.deploymentId,
    token_source: weakerSource(input.source, output.source),
    prompt_cost: price?.promptCost ?? null,
    completion_cost: price?.completionCost ?? null,
    total_cost: price?.totalCost ?? null,
    currency: price?.currency ?? 'USD',
    endpoint: exchange.endpoint,
    request_id: exchange.requestId,
    parent_request_id: exchange.parentRequestId,
    conversation_id: identity.conversationId,
    duration_ms: durationMs === null ? null : round(durationMs),
    time_to_first_token_ms: toFirstToken(exchange, trackPerformance),
    tokens_per_second: output.tokens !== null && durationMs ? round((output.tokens / durationMs) * 1000) : null,
    prompt_sample: (sampleLength !== null && exchange.prompt && toPromptSample(exchange.prompt, sampleLength)) || null,
    completion_sample:
      (sampleLength !== null && exchange.completion && toCompletionSample(exchange.completion, sampleLength)) || null,
    temperature: parameters.temperature,
    max_tokens: parameters.maxTokens,
    top_p: parameters.topP,
    frequency_penalty: parameters.frequencyPenalty,
    presence_penalty: parameters.presencePenalty,
    streaming: exchange.streaming,
    status: exchange.status,
    error_code: exchange.errorCode,
    error_message: exchange.errorMessage,
    metadata: { ...exchange.metadata },
    tags: [...exchange.tags],
    created_at: new Date(exchange.endedAt).toISOString(),
    updated_at: null,
    request_model: exchange.requestModel,
    operation: exchange.operation,
    prompt_token_source: input.source,
    completion_token_source: output.source,
    cached_tokens: counts.cacheRead,
    cache_write_tokens: counts.cacheWrite,
    reasoning_tokens: counts.reasoning,
    audio_prompt_tokens: counts.audioInput,
    audio_completion_tokens: counts.audioOutput,
    image_tokens: countImages(counts, usage.otherModels),
    usage_details: toUsageDetails(counts),
    provider_cost: usage.providerCost,
    priced_by: price?.pricedBy ?? null,
    other_models: usage.otherModels.map(({ model, counts: own }, at) =>
      toOtherModel(model, own, otherPrices[at] ?? null),
    ),
    service_tier: usage.serviceTier,
    inference_region: usage.inferenceRegion,
    http_status: exchange.httpStatus,
    truncated: exchange.truncated,
    trace_id: traceContext?.traceId ?? null,
    span_id: traceContext?.spanId ?? null,
    credits: null,
    credit_allowance: null,
    schema_version: EVENT_SCHEMA_VERSION,
  }
  return withTraceFlags(event, traceContext?.flags)
}

/** For streams only: the first byte of a whole body says nothing of the first token. */
function toFirstToken({ firstByteMs, streaming }: InterpretedExchange, trackPerformance: boolean): number | null {
  return trackPerformance && streaming && firstByteMs !== null ? round(firstByteMs) : null
}

function toOtherModel(model: string, counts: TokenCounts, price: Price | null): OtherModelUsage {
  return {
    model,
    prompt_tokens: counts.input,
    completion_tokens: counts.output,
    cached_tokens: counts.cacheRead,
    cache_write_tokens: counts.cacheWrite,
    reasoning_tokens: counts.reasoning,
    image_tokens: countImages(counts, []),
    usage_details: toUsageDetails(counts),
    total_cost: price?.totalCost ?? null,
    priced_by: price?.pricedBy ?? null,
  }
}

/** Images of both sides, those that a tool had another model make included. */
function countImages(counts: TokenCounts, others: ReportedUsage['otherModels']): number | null {
  let images = addKnown(counts.imageInput, counts.imageOutput)
  for (const { counts: own } of others) images = addKnown(images, addKnown(own.imageInput, own.imageOutput))
  return images
}

/** To three decimals. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
