import { setTimeout as sleep } from 'node:timers/promises'

import type { SanitisedEvent, UsageEvent } from '../../src/core/records/event.ts'
import { isObject, readArray, readObject, readString } from '../../src/core/json.ts'
import type { OpenTelemetrySinkOptions } from '../../src/sinks/otel/open-telemetry-sink.ts'
import type { OtlpRequest } from '../setup/otlp-receiver.ts'

/** 100 prompt and 50 completion tokens of gpt-4 for 0.006 USD, streamed in 2.5 s, ended at 10:00:02.500 UTC. */
export function createEvent(fields: Partial<UsageEvent> = {}): SanitisedEvent {
  const event: UsageEvent = {
    id: crypto.randomUUID(),
    timestamp: 1_772_100_000,
    model: 'gpt-4',
    prompt_tokens: 100,
    completion_tokens: 50,
    total_tokens: 150,
    user_id: 'alice',
    client_id: null,
    session_id: 'session-1',
    provider: 'openai',
    model_version: null,
    deployment_id: null,
    token_source: 'api',
    prompt_cost: 0.003,
    completion_cost: 0.003,
    total_cost: 0.006,
    currency: 'USD',
    endpoint: '/v1/chat/completions',
    request_id: 'request-1',
    parent_request_id: null,
    conversation_id: null,
    duration_ms: 2_500,
    time_to_first_token_ms: 540,
    tokens_per_second: 20,
    prompt_sample: null,
    completion_sample: null,
    temperature: 0.7,
    max_tokens: null,
    top_p: null,
    frequency_penalty: null,
    presence_penalty: null,
    streaming: true,
    status: 'success',
    error_code: null,
    error_message: null,
    metadata: {},
    tags: [],
    created_at: '2026-02-26T10:00:02.500Z',
    updated_at: null,
    request_model: 'gpt-4-turbo',
    operation: 'chat',
    prompt_token_source: 'api',
    completion_token_source: 'api',
    cached_tokens: 40,
    cache_write_tokens: null,
    reasoning_tokens: 10,
    audio_prompt_tokens: null,
    audio_completion_tokens: null,
    image_tokens: null,
    usage_details: null,
    provider_cost: null,
    priced_by: 'file',
    other_models: [],
    service_tier: null,
    inference_region: null,
    http_status: 200,
    truncated: false,
    trace_id: null,
    span_id: null,
    credits: null,
    credit_allowance: null,
    schema_version: 1,
    ...fields,
  }
  return event as SanitisedEvent
}

export interface RecordedFault {
  readonly name: string
  readonly error: unknown
}

export function createOptions(
  fields: Partial<OpenTelemetrySinkOptions> = {},
): OpenTelemetrySinkOptions & { readonly faults: RecordedFault[] } {
  const faults: RecordedFault[] = []
  return {
    endpoint: null,
    protocol: 'grpc',
    serviceName: 'token-tracker',
    headers: {},
    insecure: true,
    exportIntervalMs: 60_000,
    traces: true,
    genAiMetrics: 'off',
    userAttribute: null,
    metadataAttributes: [],
    includeSamples: false,
    hashedUserIds: false,
    clientId: null,
    environment: {},
    shutdownTimeoutMs: 4_000,
    onFault: (name, error) => faults.push({ name, error }),
    ...fields,
    faults,
  }
}

export interface Point {
  readonly metric: string
  readonly unit: unknown
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly attributes: Readonly<Record<string, unknown>>
  /** Value of a counter, sum of a histogram. */
  readonly value: number
  readonly count: number
  readonly bounds: readonly unknown[]
  /** Nanoseconds since 1970. */
  readonly time: number
}

/** The last state of every series: sums are cumulative, so a later export replaces an earlier one, whichever arrives last. */
export function readPoints(requests: readonly OtlpRequest[], metric?: string): Point[] {
  const points = new Map<string, Point>()
  for (const request of requests) {
    for (const point of readRequestPoints(request.body)) {
      if (metric !== undefined && point.metric !== metric) continue
      // A receiver may hand on attributes in another order at each export.
      const attributes = Object.entries(point.attributes).toSorted(([a], [b]) => a.localeCompare(b))
      const key = JSON.stringify([point.metric, attributes])
      if ((points.get(key)?.time ?? 0) <= point.time) points.set(key, point)
    }
  }
  return [...points.values()]
}

function readRequestPoints(body: unknown): Point[] {
  return members(readObject(body)['resourceMetrics'], 'scopeMetrics', 'metrics').flatMap((metric) => {
    const kind = isObject(metric['histogram']) ? 'histogram' : isObject(metric['gauge']) ? 'gauge' : 'counter'
    const histogram = kind === 'histogram'
    const data = readObject(metric[kind === 'counter' ? 'sum' : kind])
    return readArray(data['dataPoints']).map((item) => {
      const point = readObject(item)
      return {
        metric: String(metric['name']),
        unit: metric['unit'],
        kind,
        attributes: readAttributes(point['attributes']),
        value: Number(histogram ? point['sum'] : (point['asInt'] ?? point['asDouble'])),
        count: Number(point['count'] ?? 0),
        bounds: readArray(point['explicitBounds']),
        time: Number(point['timeUnixNano'] ?? 0),
      }
    })
  })
}

export interface ReadSpan {
  readonly name: string
  readonly kind: 'CLIENT' | 'INTERNAL' | 'other'
  readonly traceId: string
  readonly parentSpanId: string
  readonly startMs: number
  readonly endMs: number
  readonly status: { readonly code: number; readonly message: string }
  readonly attributes: Readonly<Record<string, unknown>>
}

export function readSpans(requests: readonly OtlpRequest[]): ReadSpan[] {
  const spans = requests.flatMap(({ body }) => members(readObject(body)['resourceSpans'], 'scopeSpans', 'spans'))
  return spans.map((span) => {
    const status = readObject(span['status'])
    return {
      name: String(span['name']),
      kind: SPAN_KINDS[Number(span['kind'])] ?? 'other',
      traceId: String(span['traceId']),
      parentSpanId: readString(span['parentSpanId']) ?? '',
      startMs: Number(BigInt(String(span['startTimeUnixNano'])) / 1_000n) / 1_000,
      endMs: Number(BigInt(String(span['endTimeUnixNano'])) / 1_000n) / 1_000,
      status: { code: Number(status['code'] ?? 0), message: readString(status['message']) ?? '' },
      attributes: readAttributes(span['attributes']),
    }
  })
}

/** Of OTLP, which counts from 1. */
const SPAN_KINDS: Readonly<Record<number, 'CLIENT' | 'INTERNAL'>> = { 1: 'INTERNAL', 3: 'CLIENT' }

/** Instrumentation scopes of every export. */
export function readScopes(requests: readonly OtlpRequest[]): { name: unknown; version: unknown }[] {
  return requests.flatMap(({ body }) => {
    const { resourceMetrics, resourceSpans } = readObject(body)
    return [...members(resourceMetrics, 'scopeMetrics'), ...members(resourceSpans, 'scopeSpans')].map((item) => {
      const { name, version } = readObject(item['scope'])
      return { name, version }
    })
  })
}

/** Resource attributes of every export. */
export function readResources(requests: readonly OtlpRequest[]): Readonly<Record<string, unknown>>[] {
  return requests.flatMap(({ body }) => {
    const { resourceMetrics, resourceSpans } = readObject(body)
    return [...readArray(resourceMetrics), ...readArray(resourceSpans)].map((item) =>
      readAttributes(readObject(readObject(item)['resource'])['attributes']),
    )
  })
}

function members(list: unknown, ...path: string[]) {
  let found = readArray(list).map(readObject)
  for (const name of path) found = found.flatMap((item) => readArray(item[name]).map(readObject))
  return found
}

function readAttributes(list: unknown): Record<string, unknown> {
  const pairs = readArray(list).map((item) => {
    const { key, value } = readObject(item)
    const { stringValue, boolValue, intValue, doubleValue } = readObject(value)
    const number = intValue ?? doubleValue
    return [String(key), stringValue ?? boolValue ?? (number === undefined ? null : Number(number))] as const
  })
  return Object.fromEntries(pairs)
}

export async function waitFor(condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Not so within ${timeoutMs} ms: ${condition.toString()}`)
    await sleep(10)
  }
}
