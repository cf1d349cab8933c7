import type { Meter } from '@opentelemetry/api'

import type { SanitisedEvent } from '../../../core/records/event.ts'
import { readMetadata } from './metadata-attributes.ts'
import { createSeriesLimiter } from './series-limiter.ts'
import type { SeriesAttributes } from './series-limiter.ts'
import { createSeriesMemo } from './series-memo.ts'
import { createSummedCounter } from './summed-counter.ts'

/** Records events on the instruments of one convention. */
export interface MetricsRecorder {
  record(event: SanitisedEvent): void
  /** Hands on what was added up since the last time; to be called at the end of every turn that recorded something. */
  commit(): void
}

export interface InstrumentOptions {
  /** Combinations of attribute values before they end in `_OTHER`. */
  readonly maxSeries: number
  /** Attribute that carries the user id, `null` for never. */
  readonly userAttribute: string | null
  readonly clientId: string | null
  /** Keys of the metadata that are attributes as well. */
  readonly metadataAttributes: readonly string[]
}

/** Milliseconds. LLM calls take from a cache hit of 50 ms to ten minutes of reasoning. */
const DURATION_BUCKETS_MS = [
  50, 100, 250, 500, 1_000, 2_000, 3_000, 5_000, 7_500, 10_000, 15_000, 20_000, 30_000, 45_000, 60_000, 90_000, 120_000,
  180_000, 300_000, 600_000,
]
/** USD. Costs are rounded to eight decimals, so a smaller difference between total and parts is no cost of its own. */
const COST_ROUNDING = 1e-7
const UNKNOWN = 'unknown'

/** The metrics of the Python original, under its names; beside them what rates and first tokens are drawn from. */
export function createTokenInstruments(meter: Meter, options: InstrumentOptions): MetricsRecorder {
  const tokenOptions = { unit: 'tokens', description: 'Tokens consumed, by model and direction' }
  const costOptions = { unit: 'USD', description: 'Cost of the tokens consumed, by model and direction' }
  const tokens = createSummedCounter(meter.createCounter('token_usage_total', tokenOptions))
  const cost = createSummedCounter(meter.createCounter('token_usage_cost', costOptions))
  const duration = meter.createHistogram('token_request_duration', {
    unit: 'ms',
    description: 'Duration of the request, from its arrival to the end of the response',
    advice: { explicitBucketBoundaries: DURATION_BUCKETS_MS },
  })
  const requests = createSummedCounter(
    meter.createCounter('token_requests_total', { unit: '{request}', description: 'Exchanges, by how they ended' }),
  )
  const firstToken = meter.createHistogram('token_time_to_first_token', {
    unit: 'ms',
    description: 'Time from the arrival of the request to the first byte of a stream',
    advice: { explicitBucketBoundaries: DURATION_BUCKETS_MS },
  })
  const open = ['model', 'provider', 'endpoint', 'client_id', ...options.metadataAttributes]
  if (options.userAttribute !== null) open.push(options.userAttribute)
  const limit = createSeriesLimiter(open, options.maxSeries)
  const toSeries = createSeriesMemo((attributes) => toTokenSeries(limit(attributes)))

  return {
    record(event) {
      const { all, began, prompt, completion, unknown } = toSeries(toAttributes(event, options))
      measure(event.prompt_tokens, (value) => tokens.add(value, prompt))
      measure(event.completion_tokens, (value) => tokens.add(value, completion))
      measure(event.prompt_cost, (value) => cost.add(value, prompt))
      measure(event.completion_cost, (value) => cost.add(value, completion))
      measure(toUnsharedCost(event), (value) => cost.add(value, unknown))
      requests.add(1, all)
      measure(event.duration_ms, (value) => duration.record(value, all))
      measure(event.time_to_first_token_ms, (value) => firstToken.record(value, began))
    },
    commit() {
      requests.commit()
      tokens.commit()
      cost.commit()
    },
  }
}

/**
 * The attributes of one series of events, and those of its parts: what the status was is asked of requests only, and of a
 * stream's beginning not how it went on. Every attribute less is a message less to export.
 */
function toTokenSeries(all: SeriesAttributes) {
  const { http_status: _, ...shared } = all
  const { endpoint: _endpoint, streaming: _streaming, token_source: _source, status: _status, ...began } = shared
  return {
    all,
    began,
    prompt: { ...shared, token_type: 'prompt' },
    completion: { ...shared, token_type: 'completion' },
    unknown: { ...shared, token_type: UNKNOWN },
  }
}

/**
 * Hands on what is known: an unknown value records nothing. Neither does a negative one, nor one beyond 2^53, which no
 * call consumes and after which the sum, kept for the life of the process, would not be exact again.
 */
export function measure(value: number | null, record: (value: number) => void): void {
  if (value !== null && value >= 0 && value <= Number.MAX_SAFE_INTEGER) record(value)
}

/** What neither side accounts for (a provider's own total, tool calls): with it, all types add up to the total. */
function toUnsharedCost(event: SanitisedEvent): number | null {
  if (event.total_cost === null) return null
  const unshared = event.total_cost - (event.prompt_cost ?? 0) - (event.completion_cost ?? 0)
  return unshared > COST_ROUNDING ? unshared : null
}

function toAttributes(event: SanitisedEvent, options: InstrumentOptions): SeriesAttributes {
  const attributes: SeriesAttributes = {
    model: event.model ?? UNKNOWN,
    provider: event.provider ?? UNKNOWN,
    endpoint: event.endpoint ?? UNKNOWN,
    streaming: String(event.streaming),
    token_source: event.token_source ?? UNKNOWN,
    status: event.status,
  }
  const statusClass = toStatusClass(event.http_status)
  if (statusClass !== null) attributes['http_status'] = statusClass
  const clientId = event.client_id ?? options.clientId
  if (clientId !== null) attributes['client_id'] = clientId
  if (options.userAttribute !== null) attributes[options.userAttribute] = event.user_id ?? UNKNOWN
  for (const key of options.metadataAttributes) {
    const value = readMetadata(event, key)
    if (value !== null) attributes[key] = String(value)
  }
  return attributes
}

/** `2xx`, `4xx`: the status itself would be a series more for each. */
function toStatusClass(status: number | null): string | null {
  return status !== null && status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : null
}
