import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import express from 'express'
import fastify from 'fastify'
import { describe, expect, it } from 'vitest'

import { metricsHandler, webMetricsHandler } from '../../src/adapters/metrics.ts'
import { createTestTracker } from '../setup/tracker.ts'

const SETTINGS = {
  PRICING_JSON: JSON.stringify({ openai: { 'gpt-4': { prompt: 0.03, completion: 0.06 } } }),
  OTEL_METADATA_ATTRIBUTES: 'team',
}

function startTracker() {
  const { tracker } = createTestTracker(SETTINGS)
  const log = (team = 'search') =>
    tracker.logger.logTokenUsage({
      model: 'gpt-4',
      promptTokens: 100,
      completionTokens: 50,
      durationMs: 1_500,
      timeToFirstTokenMs: 200,
      streaming: true,
      httpStatus: 200,
      metadata: { team },
    })
  return { tracker, log }
}

/** Value of the one sample of this name whose labels hold all of `labels`. */
function readSample(text: string, name: string, labels: Record<string, string>): number | null {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  const line = lines.find((candidate) => wanted.every((pair) => candidate.includes(pair)))
  return line === undefined ? null : Number(line.slice(line.lastIndexOf(' ') + 1))
}

describe('a scrape', () => {
  it('shows on Express what was counted since the handler was made, under the names behind a collector', async () => {
    const { tracker, log } = startTracker()
    const app = express()
    app.get('/metrics', metricsHandler({ tracker }))
    const server = app.listen(0)
    await once(server, 'listening')
    const scrape = async () =>
      (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)).text()

    log()
    await tracker.flush()
    const labels = { model: 'gpt-4', team: 'search' }
    const text = await scrape()
    expect(readSample(text, 'token_requests_total', { ...labels, status: 'success', http_status: '2xx' })).toBe(1)
    expect(readSample(text, 'token_usage_tokens_total', { ...labels, token_type: 'prompt' })).toBe(100)
    expect(readSample(text, 'token_usage_cost_USD_total', { ...labels, token_type: 'completion' })).toBe(0.003)
    expect(readSample(text, 'token_request_duration_milliseconds_sum', labels)).toBe(1_500)
    expect(readSample(text, 'token_request_duration_milliseconds_bucket', { ...labels, le: '2000' })).toBe(1)
    expect(readSample(text, 'token_time_to_first_token_milliseconds_sum', labels)).toBe(200)
    expect(readSample(text, 'token_tracker_sink_events_total', { sink: 'prometheus', outcome: 'delivered' })).toBe(1)

    log()
    await tracker.flush()
    expect(readSample(await scrape(), 'token_requests_total', labels)).toBe(2)
    await tracker.shutdown()
    server.close()
  })

  it('has the content type of the text format on node:http', async () => {
    const { tracker } = startTracker()
    const handler = metricsHandler({ tracker })
    const server = createServer((request, response) => handler(request, response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await response.text()).toContain('# TYPE token_tracker_events_total counter')
    await tracker.shutdown()
    server.close()
  })

  it('works as a web-standard handler and in Fastify, which share what one tracker counts', async () => {
    const { tracker, log } = startTracker()
    const handler = webMetricsHandler({ tracker })
    const app = fastify()
    app.get('/metrics', webMetricsHandler({ tracker }))
    log()
    await tracker.flush()
    const [web, throughFastify] = [await (await handler()).text(), (await app.inject('/metrics')).body]
    for (const text of [web, throughFastify]) expect(readSample(text, 'token_requests_total', {})).toBe(1)
    expect(Object.keys(tracker.getStats().sinks)).toEqual(['opentelemetry', 'memory', 'prometheus'])
    await tracker.shutdown()
    await app.close()
  })

  it('refuses what is no choice of a tracker when it is made', () => {
    expect(() => metricsHandler({ tracker: {} as never })).toThrow(/expected `tracker` to be/)
  })
})
