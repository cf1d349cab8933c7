import type { Counter, Histogram, Meter, ValueType } from '@opentelemetry/api'

import type { SanitisedEvent } from '../../../core/records/event.ts'
import { toErrorType, toGenAiAttributes } from './gen-ai-attributes.ts'
import { measure } from './instruments.ts'
import type { RecordMetrics } from './instruments.ts'
import { createSeriesLimiter } from './series-limiter.ts'
import type { SeriesAttributes } from './series-limiter.ts'

// Names, units and buckets as in the semantic conventions; copied, because their package changes unstable names in
// minor releases. v1.41 is the last core release that carries them (v1.41.1); "latest" is semantic-conventions-genai as
// of October 2026, which split token usage into counters by direction and has made no release yet.

const OPEN_ATTRIBUTES = ['gen_ai.provider.name', 'gen_ai.request.model', 'gen_ai.response.model', 'error.type']
const SECONDS_BUCKETS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const TOKEN_BUCKETS = [
  1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
]

/** Of the API's enum, which loads lazily: token counts are integers in the conventions. */
const INTEGER: ValueType.INT = 0

type RecordMeasurements = (event: SanitisedEvent, attributes: SeriesAttributes) => void

/** `gen_ai.client.token.usage` and the operation histograms of semantic conventions v1.41. */
export function createGenAiV141Instruments(meter: Meter, maxSeries: number): RecordMetrics {
  const usage = createTokenHistogram(meter, 'gen_ai.client.token.usage')
  const recordTimes = createTimeInstruments(meter, 'gen_ai.client.operation')
  return withGenAiAttributes(maxSeries, recordTimes, (event, attributes) => {
    measure(event.prompt_tokens, (value) => usage.record(value, { ...attributes, 'gen_ai.token.type': 'input' }))
    measure(event.completion_tokens, (value) => usage.record(value, { ...attributes, 'gen_ai.token.type': 'output' }))
  })
}

/** `gen_ai.client.inference.*`, the names that follow v1.41. */
export function createGenAiLatestInstruments(meter: Meter, maxSeries: number): RecordMetrics {
  const prefix = 'gen_ai.client.inference'
  const createTokenCounter = (name: string) =>
    meter.createCounter(`${prefix}.usage.${name}`, { unit: '{token}', valueType: INTEGER })
  const input = createTokenCounter('input_tokens')
  const output = createTokenCounter('output_tokens')
  const cacheRead = createTokenCounter('cache_read.input_tokens')
  const cacheWrite = createTokenCounter('cache_write.input_tokens')
  const reasoning = createTokenCounter('reasoning.output_tokens')
  const inputSize = createTokenHistogram(meter, `${prefix}.operation.input_tokens`)
  const outputSize = createTokenHistogram(meter, `${prefix}.operation.output_tokens`)
  const recordTimes = createTimeInstruments(meter, prefix)

  return withGenAiAttributes(maxSeries, recordTimes, (event, attributes) => {
    addByModality(input, attributes, event.prompt_tokens, event.audio_prompt_tokens)
    addByModality(output, attributes, event.completion_tokens, event.audio_completion_tokens)
    measure(event.cached_tokens, (value) => cacheRead.add(value, attributes))
    measure(event.cache_write_tokens, (value) => cacheWrite.add(value, attributes))
    measure(event.reasoning_tokens, (value) => reasoning.add(value, attributes))
    measure(event.prompt_tokens, (value) => inputSize.record(value, attributes))
    measure(event.completion_tokens, (value) => outputSize.record(value, attributes))
  })
}

function withGenAiAttributes(
  maxSeries: number,
  recordTimes: RecordMeasurements,
  record: RecordMeasurements,
): RecordMetrics {
  const limit = createSeriesLimiter(OPEN_ATTRIBUTES, maxSeries)
  return (event) => {
    const errorType = toErrorType(event)
    const all = toGenAiAttributes(event)
    if (errorType !== null) all['error.type'] = errorType
    const { 'error.type': limitedErrorType, ...attributes } = limit(all)
    record(event, attributes)
    recordTimes(event, limitedErrorType === undefined ? attributes : { ...attributes, 'error.type': limitedErrorType })
  }
}

/** Duration of every call; time to the first chunk and between chunks of streamed ones. */
function createTimeInstruments(meter: Meter, prefix: string): RecordMeasurements {
  const createTime = (name: string) =>
    meter.createHistogram(`${prefix}.${name}`, {
      unit: 's',
      advice: { explicitBucketBoundaries: SECONDS_BUCKETS },
    })
  const duration = createTime('duration')
  const toFirstChunk = createTime('time_to_first_chunk')
  const perOutputChunk = createTime('time_per_output_chunk')

  return (event, attributes) => {
    measure(event.duration_ms, (value) => duration.record(value / 1_000, attributes))
    if (!event.streaming) return
    const { 'error.type': _, ...successAttributes } = attributes
    measure(event.time_to_first_token_ms, (value) => toFirstChunk.record(value / 1_000, successAttributes))
    measure(toTimePerChunk(event), (value) => perOutputChunk.record(value / 1_000, successAttributes))
  }
}

function createTokenHistogram(meter: Meter, name: string): Histogram {
  return meter.createHistogram(name, {
    unit: '{token}',
    valueType: INTEGER,
    advice: { explicitBucketBoundaries: TOKEN_BUCKETS },
  })
}

/** Mean milliseconds between chunks after the first. Chunks are not counted: each is taken to carry one token. */
function toTimePerChunk(event: SanitisedEvent): number | null {
  const { duration_ms: duration, time_to_first_token_ms: first, completion_tokens: tokens } = event
  if (duration === null || first === null || tokens === null || tokens < 2) return null
  return (duration - first) / (tokens - 1)
}

/** Tells the audio part apart where the provider did. What remains may be text or images: its modality is unknown. */
function addByModality(
  counter: Counter,
  attributes: SeriesAttributes,
  total: number | null,
  audio: number | null,
): void {
  const add = (tokens: number, modality: string) =>
    measure(tokens, (value) => counter.add(value, { ...attributes, 'gen_ai.token.modality': modality }))
  if (total === null) return
  const heard = Math.min(audio ?? 0, total)
  if (heard > 0) add(heard, 'audio')
  if (total > heard || total === 0) add(total - heard, 'unknown')
}
