import { existsSync } from 'node:fs'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { withDirection, withTraceFlags } from '../../src/core/records/event.ts'
import type { SanitisedEvent } from '../../src/core/records/event.ts'
import { createOpenTelemetrySink } from '../../src/sinks/otel/open-telemetry-sink.ts'
import type { OpenTelemetrySinkOptions } from '../../src/sinks/otel/open-telemetry-sink.ts'
import { PROTOCOLS, startReceiverOf } from '../setup/otlp-receiver.ts'
import type { OtlpReceiver } from '../setup/otlp-receiver.ts'
import {
  createEvent,
  createOptions,
  readPoints,
  readResources,
  readScopes,
  readSpans,
  waitFor,
} from './otel-fixtures.ts'

const collectorTool = new URL('../../../shared/tools/collector.mjs', import.meta.url)
const hasCollector = existsSync(collectorTool)

async function startCollector(): Promise<OtlpReceiver> {
  const tool = (await import(collectorTool.href)) as { startCollector(): Promise<OtlpReceiver> }
  return tool.startCollector()
}

const receivers = [
  ...PROTOCOLS.map((protocol) => ({
    receiver: `a receiver of ${protocol} in this process`,
    start: () => startReceiverOf(protocol),
    protocol,
    available: true,
  })),
  {
    receiver: hasCollector ? 'a real collector' : 'a real collector (skipped: ../shared/tools/collector.mjs is absent)',
    start: startCollector,
    protocol: 'grpc' as const,
    available: hasCollector,
  },
]

for (const { receiver, start, protocol, available } of receivers) {
  describe.skipIf(!available)(`export to ${receiver}`, () => {
    let target: OtlpReceiver

    beforeAll(async () => {
      target = await start()
    })
    afterAll(async () => {
      await target.stop()
    })

    /** Records the events, shuts down and reads back what came of them. */
    async function exportEvents(events: SanitisedEvent[], fields: Partial<OpenTelemetrySinkOptions> = {}) {
      const before = target.received.length
      const options = createOptions({ endpoint: target.url, protocol, ...fields })
      const sink = createOpenTelemetrySink(options)
      await sink.write(events)
      await sink.shutdown()
      expect(options.faults).toEqual([])
      expect(sink.stats()).toEqual({ recordedEvents: events.length, exportedSpans: events.length, lostSpans: 0 })
      const arrived = () => target.received.slice(before)
      await waitFor(() => readSpans(arrived()).length === events.length && readPoints(arrived()).length > 0)
      return arrived()
    }

    it('counts the tokens of each side under the attributes of the event', async () => {
      const requests = await exportEvents([createEvent(), createEvent(), createEvent({ client_id: 'team-a' })])
      const base = {
        model: 'gpt-4',
        provider: 'openai',
        endpoint: '/v1/chat/completions',
        streaming: 'true',
        token_source: 'api',
        status: 'success',
      }
      const tokens = readPoints(requests, 'token_usage_total')
      expect(tokens.map(({ attributes, value }) => ({ ...attributes, value }))).toEqual([
        { ...base, token_type: 'prompt', value: 200 },
        { ...base, token_type: 'completion', value: 100 },
        { ...base, client_id: 'team-a', token_type: 'prompt', value: 100 },
        { ...base, client_id: 'team-a', token_type: 'completion', value: 50 },
      ])
      expect(tokens[0]).toMatchObject({ unit: 'tokens', kind: 'counter' })
    })

    it('tells how calls ended, so that the share of those that failed can be drawn', async () => {
      const ends = ['success', 'error', 'success', 'aborted'] as const
      const events = ends.map((status) => createEvent({ status }))
      const durations = readPoints(await exportEvents(events), 'token_request_duration')
      const counts = durations.map(({ attributes, count }) => [attributes['status'], count])
      expect(Object.fromEntries(counts)).toEqual({ success: 2, error: 1, aborted: 1 })
    })

    it('counts requests by how they ended and the class of their status, where one was sent', async () => {
      const events = [
        createEvent(),
        createEvent({ http_status: 201, duration_ms: null }),
        createEvent({ status: 'error', http_status: 429 }),
        createEvent({ status: 'error', http_status: 404 }),
        createEvent({ status: 'error', http_status: 502 }),
        createEvent({ status: 'aborted', http_status: null }),
      ]
      const requests = readPoints(await exportEvents(events), 'token_requests_total')
      const shown = requests.map(({ attributes, value }) => [attributes['status'], attributes['http_status'], value])
      expect(shown).toEqual([
        ['success', '2xx', 2],
        ['error', '4xx', 2],
        ['error', '5xx', 1],
        ['aborted', undefined, 1],
      ])
      expect(requests[0]).toMatchObject({ unit: '{request}', kind: 'counter' })
    })

    it('records the time to the first token of streams, in milliseconds', async () => {
      const events = [createEvent(), createEvent({ streaming: false, time_to_first_token_ms: null })]
      const [first, ...others] = readPoints(await exportEvents(events), 'token_time_to_first_token')
      expect(first).toMatchObject({ unit: 'ms', kind: 'histogram', count: 1, value: 540 })
      expect(others).toEqual([])
    })

    it('puts chosen metadata on metrics and spans, and nothing for what is no plain value', async () => {
      const events = [
        createEvent({ metadata: { team: 'search', project: 7, secret: 'x' } }),
        createEvent({ metadata: { team: { name: 'ads' }, project: null } }),
      ]
      const requests = await exportEvents(events, { metadataAttributes: ['team', 'project'] })
      for (const metric of ['token_requests_total', 'token_usage_total', 'token_request_duration']) {
        const [told, untold] = [...new Set(readPoints(requests, metric).map(({ attributes }) => attributes['team']))]
        expect([told, untold]).toEqual(['search', undefined])
      }
      expect(readPoints(requests, 'token_requests_total')[0]?.attributes).toMatchObject({
        team: 'search',
        project: '7',
      })
      const spans = readSpans(requests)
      expect(spans.map(({ attributes }) => [attributes['team'], attributes['project']])).toEqual([
        ['search', 7],
        [undefined, undefined],
      ])
      expect(JSON.stringify(requests)).not.toContain('secret')
    })

    it('says which version of this package recorded it', async () => {
      const version = expect.stringMatching(/^\d+\.\d+\.\d+/)
      for (const scope of readScopes(await exportEvents([createEvent()]))) {
        expect(scope).toEqual({ name: 'token-usage-tracker', version })
      }
    })

    it('gives spans the kind CLIENT, but INTERNAL where nobody is known to have been called', async () => {
      const events = [
        createEvent(),
        createEvent({ provider: null }),
        withDirection(createEvent({ provider: null }), true),
      ]
      const spans = readSpans(await exportEvents(events))
      expect(spans.map(({ kind }) => kind)).toEqual(['CLIENT', 'INTERNAL', 'CLIENT'])
    })

    it('adds up every event once, over many batches and turns', async () => {
      const events = Array.from({ length: 1_100 }, (_, i) => createEvent({ model: `model-${i % 3}`, prompt_tokens: i }))
      const tokens = readPoints(await exportEvents(events), 'token_usage_total')
      const prompts = tokens.filter(({ attributes }) => attributes['token_type'] === 'prompt')
      expect(prompts).toHaveLength(3)
      expect(prompts.reduce((sum, { value }) => sum + value, 0)).toBe((1_099 * 1_100) / 2)
    })

    it('sends metrics alone when spans are off', async () => {
      const options = createOptions({ endpoint: target.url, protocol, traces: false })
      const before = target.received.length
      const sink = createOpenTelemetrySink(options)
      await sink.write([createEvent()])
      await sink.shutdown()
      const arrived = () => target.received.slice(before)
      await waitFor(() => readPoints(arrived(), 'token_usage_total').length === 2)
      expect(readSpans(arrived())).toEqual([])
      expect(options.faults).toEqual([])
      expect(sink.stats()).toEqual({ recordedEvents: 1, exportedSpans: 0, lostSpans: 0 })
    })

    it('adds up cost in USD by side, and whatever the total holds beyond the two', async () => {
      const requests = await exportEvents([
        createEvent(),
        createEvent({ prompt_cost: null, completion_cost: null, total_cost: 0.25 }),
      ])
      const costs = readPoints(requests, 'token_usage_cost')
      expect(costs.map(({ attributes, value }) => [attributes['token_type'], value])).toEqual([
        ['prompt', 0.003],
        ['completion', 0.003],
        ['unknown', 0.25],
      ])
      expect(costs[0]).toMatchObject({ unit: 'USD', kind: 'counter' })
    })

    it('records the duration in milliseconds, in buckets up to ten minutes', async () => {
      const requests = await exportEvents([createEvent(), createEvent({ duration_ms: 90_500.5 })])
      const durations = readPoints(requests, 'token_request_duration')
      expect(durations).toHaveLength(1)
      expect(durations[0]).toMatchObject({ unit: 'ms', kind: 'histogram', count: 2, value: 93_000.5 })
      expect(durations[0]?.bounds.at(-1)).toBe(600_000)
    })

    it('records nothing for unknown numbers, and "unknown" for unknown attributes', async () => {
      const unknown = createEvent({
        model: null,
        provider: null,
        endpoint: null,
        token_source: null,
        prompt_tokens: null,
        completion_tokens: 0,
        prompt_cost: null,
        completion_cost: null,
        total_cost: null,
        duration_ms: null,
        time_to_first_token_ms: null,
        http_status: null,
        streaming: false,
      })
      const requests = await exportEvents([unknown])
      const attributes = {
        model: 'unknown',
        provider: 'unknown',
        endpoint: 'unknown',
        streaming: 'false',
        token_source: 'unknown',
        status: 'success',
      }
      expect(readPoints(requests).map(({ metric, value, ...point }) => [metric, value, point.attributes])).toEqual([
        ['token_usage_total', 0, { ...attributes, token_type: 'completion' }],
        ['token_requests_total', 1, attributes],
      ])
      const [span] = readSpans(requests)
      expect(span?.name).toBe('token_usage.unknown')
      expect(span?.attributes).not.toHaveProperty('prompt_tokens')
      expect(span?.startMs).toBe(span?.endMs)
    })

    it('gives each event a span with the true start and end of its request', async () => {
      const [span] = readSpans(await exportEvents([createEvent()]))
      expect(span?.name).toBe('token_usage.gpt-4')
      expect(span?.endMs).toBe(Date.parse('2026-02-26T10:00:02.500Z'))
      expect(span?.startMs).toBe(Date.parse('2026-02-26T10:00:00.000Z'))
      expect(span?.status.code).toBe(1)
      expect(span?.parentSpanId).toBe('')
      expect(span?.attributes).toMatchObject({
        model: 'gpt-4',
        prompt_tokens: 100,
        completion_tokens: 50,
        total_tokens: 150,
        streaming: true,
        token_source: 'api',
        endpoint: '/v1/chat/completions',
        user_id: 'alice',
        session_id: 'session-1',
        total_cost: 0.006,
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4-turbo',
        'gen_ai.response.model': 'gpt-4',
        'gen_ai.usage.input_tokens': 100,
        'gen_ai.usage.output_tokens': 50,
        'gen_ai.usage.cache_read.input_tokens': 40,
        'gen_ai.usage.reasoning.output_tokens': 10,
        'gen_ai.request.temperature': 0.7,
        'gen_ai.request.stream': true,
        'gen_ai.response.time_to_first_chunk': 0.54,
      })
    })

    it('hangs the span under the span of the request, unless that one is not sampled', async () => {
      const parent = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' }
      const [span] = readSpans(await exportEvents([withTraceFlags(createEvent(parent), 1)]))
      expect(span).toMatchObject({ traceId: parent.trace_id, parentSpanId: parent.span_id })

      const options = createOptions({ endpoint: target.url, protocol })
      const sink = createOpenTelemetrySink(options)
      await sink.write([withTraceFlags(createEvent(parent), 0)])
      await sink.shutdown()
      expect(sink.stats()).toEqual({ recordedEvents: 1, exportedSpans: 0, lostSpans: 0 })
    })

    it('starts a trace of its own when the ids of the request are not valid', async () => {
      const [span] = readSpans(await exportEvents([createEvent({ trace_id: 'zz', span_id: '0000000000000000' })]))
      expect(span?.parentSpanId).toBe('')
      expect(span?.traceId).toMatch(/^[0-9a-f]{32}$/)
    })

    it('marks a failed call as an error with its message, and counts it and its duration alone', async () => {
      const failed = createEvent({
        status: 'error',
        error_code: 'rate_limit_exceeded',
        error_message: 'Rate limit reached for gpt-4',
        http_status: 429,
        prompt_tokens: null,
        completion_tokens: null,
        total_tokens: null,
        prompt_cost: null,
        completion_cost: null,
        total_cost: null,
        time_to_first_token_ms: null,
      })
      const requests = await exportEvents([failed])
      const [span] = readSpans(requests)
      expect(span?.status).toEqual({ code: 2, message: 'Rate limit reached for gpt-4' })
      expect(span?.attributes).toMatchObject({ http_status: 429, 'error.type': 'rate_limit_exceeded' })
      expect(span?.attributes).not.toHaveProperty('gen_ai.response.model')
      const points = readPoints(requests)
      expect(points.map(({ metric }) => metric).toSorted()).toEqual(['token_request_duration', 'token_requests_total'])
      for (const { attributes } of points) expect(attributes).toMatchObject({ status: 'error', http_status: '4xx' })
    })

    it('puts samples on spans only when asked, cut to 1,000 characters', async () => {
      const event = { prompt_sample: 'p'.repeat(2_000), completion_sample: 'Paris' }
      const [without] = readSpans(await exportEvents([createEvent(event)]))
      expect(without?.attributes).not.toHaveProperty('prompt_sample')
      const [sampled] = readSpans(await exportEvents([createEvent(event)], { includeSamples: true }))
      expect(sampled?.attributes).toMatchObject({
        prompt_sample: 'p'.repeat(1_000),
        prompt_sample_length: 2_000,
        completion_sample: 'Paris',
        completion_sample_length: 5,
      })
    })

    it('names a pseudonymous user under user.hash', async () => {
      const [span] = readSpans(await exportEvents([createEvent({ user_id: 'u_9f2c' })], { hashedUserIds: true }))
      expect(span?.attributes).toMatchObject({ 'user.hash': 'u_9f2c' })
      expect(span?.attributes).not.toHaveProperty('user_id')
    })

    it('keeps user ids off metrics, unless an attribute for them is named', async () => {
      const without = readPoints(await exportEvents([createEvent()]))
      expect(JSON.stringify(without)).not.toContain('alice')
      const named = readPoints(
        await exportEvents([createEvent()], { userAttribute: 'enduser.id' }),
        'token_usage_total',
      )
      expect(named.map(({ attributes }) => attributes['enduser.id'])).toEqual(['alice', 'alice'])
    })

    it('records the metrics of semantic conventions v1.41 when chosen', async () => {
      const requests = await exportEvents([createEvent()], { genAiMetrics: 'v1.41' })
      const usage = readPoints(requests, 'gen_ai.client.token.usage')
      const base = {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4-turbo',
        'gen_ai.response.model': 'gpt-4',
      }
      expect(usage.map(({ kind, unit, attributes, value }) => ({ kind, unit, attributes, value }))).toEqual([
        { kind: 'histogram', unit: '{token}', attributes: { ...base, 'gen_ai.token.type': 'input' }, value: 100 },
        { kind: 'histogram', unit: '{token}', attributes: { ...base, 'gen_ai.token.type': 'output' }, value: 50 },
      ])
      const seconds = readPoints(requests).filter(({ unit }) => unit === 's')
      expect(seconds.map(({ metric, value, attributes }) => [metric, value, attributes])).toEqual([
        ['gen_ai.client.operation.duration', 2.5, base],
        ['gen_ai.client.operation.time_to_first_chunk', 0.54, base],
        ['gen_ai.client.operation.time_per_output_chunk', 0.04, base],
      ])
      expect(seconds[0]?.bounds.at(-1)).toBe(81.92)
    })

    it('records the metrics that follow v1.41 when the latest conventions are chosen', async () => {
      const event = createEvent({
        provider: 'bedrock',
        audio_prompt_tokens: 30,
        cache_write_tokens: 5,
        streaming: false,
      })
      const requests = await exportEvents([event], { genAiMetrics: 'latest' })
      const counters = readPoints(requests).filter(({ metric }) => metric.startsWith('gen_ai.client.inference.usage.'))
      const shown = counters.map(({ metric, attributes, value }) => [
        metric.slice('gen_ai.client.inference.usage.'.length),
        attributes['gen_ai.token.modality'] ?? null,
        value,
      ])
      expect(shown).toEqual([
        ['input_tokens', 'audio', 30],
        ['input_tokens', 'unknown', 70],
        ['output_tokens', 'unknown', 50],
        ['cache_read.input_tokens', null, 40],
        ['cache_write.input_tokens', null, 5],
        ['reasoning.output_tokens', null, 10],
      ])
      expect(counters[0]?.attributes['gen_ai.provider.name']).toBe('aws.bedrock')
      const times = readPoints(requests).filter(({ unit }) => unit === 's')
      expect(times.map(({ metric }) => metric)).toEqual(['gen_ai.client.inference.duration'])
    })

    it('describes the process as a resource: service, instance and the attributes of the environment', async () => {
      const environment = {
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=prod,team=a%20b',
        OTEL_SERVICE_NAME: 'chat-api',
      }
      const inherited = readResources(await exportEvents([createEvent()], { environment }))
      for (const resource of inherited) {
        expect(resource).toMatchObject({ 'service.name': 'chat-api', 'deployment.environment': 'prod', team: 'a b' })
        expect(resource['service.instance.id']).toMatch(/^[0-9a-f-]{36}$/)
      }
      const own = readResources(await exportEvents([createEvent()], { environment, serviceName: 'llm-gateway' }))
      expect(own.map((resource) => resource['service.name'])).toEqual(own.map(() => 'llm-gateway'))
      expect(own.length).toBeGreaterThan(1)
    })
  })
}
