import type { Histogram, Meter, ValueType } from '@opentelemetry/api'

import type { SanitisedEvent } from '../../../core/records/event.ts'
import { GEN_AI_ATTRIBUTES } from './gen-ai-attributes.ts'
import { measure } from './instruments.ts'
import type { MetricsRecorder } from './instruments.ts'
import { createSeriesLimiter } from './series-limiter.ts'
import type { SeriesAttributes } from './series-limiter.ts'
import { createSeriesMemo } from './series-memo.ts'
import { createSummedCounter } from './summed-counter.ts'
import type { SummedCounter } from './summed-counter.ts'

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

/** The attributes of one series: without `error.type`, with it where there is one, and those of its parts. */
interface GenAiSeries<Part extends string> {
  readonly all: SeriesAttributes
  readonly withError: SeriesAttributes
  readonly parts: Readonly<Record<Part, SeriesAttributes>>
}

/** `gen_ai.client.token.usage` and the operation histograms of semantic conventions v1.41. */
export function createGenAiV141Instruments(meter: Meter, maxSeries: number): MetricsRecorder {
  const usage = createTokenHistogram(meter, 'gen_ai.client.token.usage')
  const recordTimes = createTimeInstruments(meter, 'gen_ai.client.operation')
  const toSeries = createSeriesReader(maxSeries, 'gen_ai.token.type', ['input', 'output'])
  return {
    record(event) {
      const { all, withError, parts } = toSeries(event)
      measure(event.prompt_tokens, (value) => usage.record(value, parts.input))
      measure(event.completion_tokens, (value) => usage.record(value, parts.output))
      recordTimes(event, all, withError)
    },
    commit() {},
  }
}

/** `gen_ai.client.inference.*`, the names that follow v1.41. */
export function createGenAiLatestInstruments(meter: Meter, maxSeries: number): MetricsRecorder {
  const prefix = 'gen_ai.client.inference'
  const counters: SummedCounter[] = []
  const createTokenCounter = (name: string) => {
    const counter = meter.createCounter(`${prefix}.usage.${name}`, { unit: '{token}', valueType: INTEGER })
    const summed = createSummedCounter(counter)
    counters.push(summed)
    return summed
  }
  const input = createTokenCounter('input_tokens')
  const output = createTokenCounter('output_tokens')
  const cacheRead = createTokenCounter('cache_read.input_tokens')
  const cacheWrite = createTokenCounter('cache_write.input_tokens')
  const reasoning = createTokenCounter('reasoning.output_tokens')
  const inputSize = createTokenHistogram(meter, `${prefix}.operation.input_tokens`)
  const outputSize = createTokenHistogram(meter, `${prefix}.operation.output_tokens`)
  const recordTimes = createTimeInstruments(meter, prefix)
  const toSeries = createSeriesReader(maxSeries, 'gen_ai.token.modality', ['audio', 'unknown'])

  return {
    record(event) {
      const { all, withError, parts } = toSeries(event)
      addByModality(input, parts, event.prompt_tokens, event.audio_prompt_tokens)
      addByModality(output, parts, event.completion_tokens, event.audio_completion_tokens)
      measure(event.cached_tokens, (value) => cacheRead.add(value, all))
      measure(event.cache_write_tokens, (value) => cacheWrite.add(value, all))
      measure(event.reasoning_tokens, (value) => reasoning.add(value, all))
      measure(event.prompt_tokens, (value) => inputSize.record(value, all))
      measure(event.completion_tokens, (value) => outputSize.record(value, all))
      recordTimes(event, all, withError)
    },
    commit() {
      for (const counter of counters) counter.commit()
    },
  }
}

/** @param name attribute that tells the parts of a series apart */
function createSeriesReader<Part extends string>(
  maxSeries: number,
  name: string,
  parts: readonly Part[],
): (event: SanitisedEvent) => GenAiSeries<Part> {
  const limit = createSeriesLimiter(OPEN_ATTRIBUTES, maxSeries)
  const toSeries = createSeriesMemo((attributes): GenAiSeries<Part> => {
    const withError = limit(attributes)
    const { 'error.type': _, ...all } = withError
    const byPart = Object.fromEntries(parts.map((part) => [part, { ...all, [name]: part }]))
    return { all, withError, parts: byPart as Record<Part, SeriesAttributes> }
  })
  const readers = Object.entries(GEN_AI_ATTRIBUTES)
  return (event) => {
    const attributes: SeriesAttributes = {}
    for (const [attribute, read] of readers) {
      const value = read(event)
      if (value !== null) attributes[attribute] = value
    }
    return toSeries(attributes)
  }
}

/** Duration of every call, with its error; time to the first chunk and between chunks of streamed ones. */
function createTimeInstruments(meter: Meter, prefix: string) {
  const createTime = (name: string) =>
    meter.createHistogram(`${prefix}.${name}`, {
      unit: 's',
      advice: { explicitBucketBoundaries: SECONDS_BUCKETS },
    })
  const duration = createTime('duration')
  const toFirstChunk = createTime('time_to_first_chunk')
  const perOutputChunk = createTime('time_per_output_chunk')

  return (event: SanitisedEvent, all: SeriesAttributes, withError: SeriesAttributes): void => {
    measure(event.duration_ms, (value) => duration.record(value / 1_000, withError))
    if (!event.streaming) return
    measure(event.time_to_first_token_ms, (value) => toFirstChunk.record(value / 1_000, all))
    measure(toTimePerChunk(event), (value) => perOutputChunk.record(value / 1_000, all))
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
  counter: SummedCounter,
  { audio, unknown }: GenAiSeries<'audio' | 'unknown'>['parts'],
  total: number | null,
  audioTokens: number | null,
): void {
  if (total === null) return
  const heard = Math.min(audioTokens ?? 0, total)
  if (heard > 0) measure(heard, (value) => counter.add(value, audio))
  if (total > heard || total === 0) measure(total - heard, (value) => counter.add(value, unknown))
}
