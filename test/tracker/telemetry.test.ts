import { describe, expect, it } from 'vitest'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { hasCorpus, loadCollector } from '../setup/corpus.ts'
import { startOtlpReceiver } from '../setup/otlp-receiver.ts'
import { exchange } from '../setup/raw-exchange.ts'
import { serverKinds } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { readPoints, readSpans, waitFor } from '../sinks/otel-fixtures.ts'

const PRICES = JSON.stringify({ openai: { 'gpt-4': { prompt: 0.03, completion: 0.06 } } })
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SLOW_MS = 120

const receivers = [
  { receiver: 'a receiver in this process', start: () => startOtlpReceiver(), available: true },
  {
    receiver: hasCorpus ? 'a real collector' : 'a real collector (SKIPPED: needs ../shared, which is absent)',
    start: async () => (await loadCollector()).startCollector(),
    available: hasCorpus,
  },
]

for (const { receiver, start, available } of receivers) {
  describe.skipIf(!available)(`a request through the middleware, exported to ${receiver}`, () => {
    it('arrives as three metrics and a span with its true times, below the caller’s span', async () => {
      const target = await start()
      const { tracker } = createTestTracker({
        OTEL_ENDPOINT: target.url,
        OTEL_SERVICE_NAME: 'my-gateway',
        CLIENT_ID: 'tenant',
        PRICING_JSON: PRICES,
      })
      const server = await serverKinds['Express 5']!((request, response) => {
        request.resume()
        const usage = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 }
        const choices = [{ index: 0, message: { content: 'Hello' }, finish_reason: 'stop' }]
        const body = JSON.stringify({ object: 'chat.completion', model: 'gpt-4', choices, usage })
        setTimeout(() => response.end(body), SLOW_MS)
      }, tracker)
      const before = Date.now()
      await exchange(server.url, { headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` } })
      await tracker.flush()
      await tracker.shutdown()
      await server.close()
      await waitFor(() => readSpans(target.received).length > 0 && readPoints(target.received).length > 0)

      const attributes = {
        model: 'gpt-4',
        provider: 'openai',
        endpoint: '/v1/chat/completions',
        streaming: 'false',
        token_source: 'api',
        client_id: 'tenant',
      }
      const last = (metric: string, type?: string) =>
        readPoints(target.received, metric).findLast((point) => !type || point.attributes['token_type'] === type)
      expect(last('token_usage_total', 'prompt')).toMatchObject({
        value: 100,
        unit: 'tokens',
        kind: 'counter',
        attributes,
      })
      expect(last('token_usage_total', 'completion')).toMatchObject({ value: 50, attributes })
      expect(last('token_usage_cost', 'prompt')).toMatchObject({
        value: 0.003,
        unit: 'USD',
        kind: 'counter',
        attributes,
      })
      expect(last('token_usage_cost', 'completion')).toMatchObject({ value: 0.003, attributes })
      const duration = last('token_request_duration')
      expect(duration).toMatchObject({ kind: 'histogram', unit: 'ms', count: 1 })
      expect(duration?.value).toBeGreaterThanOrEqual(SLOW_MS - 5)

      const health = (metric: string, wanted: Record<string, string>) =>
        readPoints(target.received, metric).findLast((point) =>
          Object.entries(wanted).every(([name, value]) => point.attributes[name] === value),
        )
      expect(health('token_tracker_events_total', { state: 'accepted' })).toMatchObject({ value: 1, kind: 'counter' })
      expect(health('token_tracker_sink_events_total', { sink: 'memory', outcome: 'delivered' })?.value).toBe(1)
      expect(health('token_tracker_faults_total', {})?.value).toBe(0)

      const [span] = readSpans(target.received)
      expect(span).toMatchObject({ name: 'token_usage.gpt-4', traceId: TRACE, parentSpanId: '00f067aa0ba902b7' })
      expect(span?.attributes).toMatchObject({ prompt_tokens: 100, completion_tokens: 50, total_cost: 0.006 })
      expect(span!.startMs).toBeGreaterThanOrEqual(before - 5)
      expect(span!.endMs - span!.startMs).toBeGreaterThanOrEqual(SLOW_MS - 5)
      await target.stop()
    })
  })
}

it('a call of trackFetch is a span of kind CLIENT, whoever answers; one that this server answers itself is INTERNAL', async () => {
  const receiver = await startOtlpReceiver()
  const { tracker } = createTestTracker({ OTEL_ENDPOINT: receiver.url })
  // A model of nobody known, in a format that half the world speaks.
  const body = JSON.stringify({ model: 'mine', usage: { prompt_tokens: 1, completion_tokens: 2 } })
  const server = await serverKinds['node:http']!((request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/json')
    response.end(body)
  }, tracker)
  const call = trackFetch(fetch, { tracker, tags: ['outgoing'] })
  await (await call(`${server.url}/v1/chat/completions`, { method: 'POST', body: '{"model":"mine"}' })).text()
  await tracker.flush()
  await tracker.shutdown()
  await server.close()
  await receiver.stop()
  const kinds = new Set(
    readSpans(receiver.received).map(({ kind, attributes }) => `${String(attributes['provider'])} ${kind}`),
  )
  expect(kinds).toEqual(new Set(['undefined CLIENT', 'undefined INTERNAL']))
})
