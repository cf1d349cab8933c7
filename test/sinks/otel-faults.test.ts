import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createOpenTelemetrySink } from '../../src/sinks/otel/open-telemetry-sink.ts'
import { MAX_ATTRIBUTE_VALUES, MAX_SERIES, OTHER } from '../../src/sinks/otel/metrics/series-limiter.ts'
import { MAX_QUEUED_SPANS } from '../../src/sinks/otel/spans/span-queue.ts'
import { PROTOCOLS, startReceiverOf } from '../setup/otlp-receiver.ts'
import { createEvent, createOptions, readPoints, readSpans, waitFor } from './otel-fixtures.ts'

const UNAVAILABLE = 14
const rejections: unknown[] = []
const onRejection = (reason: unknown) => rejections.push(reason)

beforeAll(() => {
  process.on('unhandledRejection', onRejection)
})
afterAll(() => {
  process.off('unhandledRejection', onRejection)
})

describe.each(PROTOCOLS)('over %s', (protocol) => {
  let receiver: Awaited<ReturnType<typeof startReceiverOf>>
  beforeEach(async () => {
    receiver = await startReceiverOf(protocol)
  })
  afterEach(() => receiver.stop())

  function sumOf(metric: string, tokenType: string): number {
    const points = readPoints(receiver.received, metric)
    const ofType = points.filter(({ attributes }) => attributes['token_type'] === tokenType)
    return ofType.reduce((sum, { value }) => sum + value, 0)
  }

  describe('an outage of the collector', () => {
    it('leaves counters exact and lost spans counted when it comes back', async () => {
      receiver.behaviour.status = UNAVAILABLE
      const options = createOptions({ endpoint: receiver.url, protocol, exportIntervalMs: 100 })
      const sink = createOpenTelemetrySink(options)
      for (let i = 0; i < 50; i++) {
        await sink.write([createEvent(), createEvent()])
        await sleep(5)
      }
      await sink.flush()
      expect(sink.stats()).toEqual({ recordedEvents: 100, exportedSpans: 0, lostSpans: 100 })
      expect(new Set(options.faults.map(({ name }) => name))).toEqual(
        new Set(['opentelemetry metrics', 'opentelemetry spans']),
      )

      receiver.behaviour.status = 0
      await sink.write([createEvent()])
      await waitFor(() => sumOf('token_usage_total', 'prompt') === 101 * 100)
      await sink.shutdown()
      expect(sumOf('token_usage_total', 'completion')).toBe(101 * 50)
      expect(sink.stats()).toEqual({ recordedEvents: 101, exportedSpans: 1, lostSpans: 100 })
    })

    it('is over for a flush and a shutdown only when the exports under way have their answer', async () => {
      receiver.behaviour.delayMs = 300
      const sink = createOpenTelemetrySink(createOptions({ endpoint: receiver.url, protocol }))
      await sink.write(Array.from({ length: 600 }, () => createEvent()))
      await sink.flush()
      expect(sink.stats().exportedSpans).toBe(600)

      receiver.behaviour.status = UNAVAILABLE
      await sink.write(Array.from({ length: 600 }, () => createEvent()))
      await sink.shutdown()
      expect(sink.stats()).toEqual({ recordedEvents: 1_200, exportedSpans: 600, lostSpans: 600 })
    })

    it('survives a collector that is not there at all, at any call', async () => {
      await receiver.stop()
      const options = createOptions({ endpoint: receiver.url, protocol, exportIntervalMs: 50 })
      const sink = createOpenTelemetrySink(options)
      await sink.flush()
      await sink.write([createEvent()])
      await sleep(200)
      await sink.flush()
      await sink.shutdown()
      await sink.shutdown()
      await sink.write([createEvent()])
      await sink.flush()
      expect(sink.stats().lostSpans).toBe(2)
      expect(options.faults.length).toBeGreaterThan(1)
    })

    it('comes back on the same port and takes up where it was left', async () => {
      const port = Number(new URL(receiver.url).port)
      const sink = createOpenTelemetrySink(createOptions({ endpoint: receiver.url, protocol, exportIntervalMs: 100 }))
      await sink.write([createEvent()])
      await waitFor(() => sumOf('token_usage_total', 'prompt') === 100 && sink.stats().exportedSpans === 1)
      await receiver.stop()
      await sink.write([createEvent()])
      await sink.flush()
      receiver = await startReceiverOf(protocol, { port })
      await waitFor(() => sumOf('token_usage_total', 'prompt') === 200, 15_000)
      await sink.shutdown()
      expect(sink.stats()).toEqual({ recordedEvents: 2, exportedSpans: 1, lostSpans: 1 })
    })
  })

  describe('a collector that never answers', () => {
    it('does not hold up a shutdown beyond its timeout', async () => {
      receiver.behaviour.delayMs = Infinity
      const options = createOptions({
        endpoint: receiver.url,
        protocol,
        shutdownTimeoutMs: 1_200,
        exportIntervalMs: 300,
      })
      const sink = createOpenTelemetrySink(options)
      await sink.write(Array.from({ length: 1_000 }, () => createEvent()))
      await sleep(400)
      const started = performance.now()
      await sink.shutdown()
      expect(performance.now() - started).toBeLessThan(2_200)
      await waitFor(() => sink.stats().lostSpans === 1_000, 1_000)
    })

    it('does not hold up a flush beyond the timeout', async () => {
      receiver.behaviour.delayMs = Infinity
      const sink = createOpenTelemetrySink(
        createOptions({ endpoint: receiver.url, protocol, shutdownTimeoutMs: 1_000 }),
      )
      await sink.write([createEvent()])
      const started = performance.now()
      await sink.flush()
      expect(performance.now() - started).toBeLessThan(2_000)
      await sink.shutdown()
    })

    it('holds a bounded number of spans, and counts the others as lost', async () => {
      receiver.behaviour.delayMs = Infinity
      const sink = createOpenTelemetrySink(createOptions({ endpoint: receiver.url, protocol, shutdownTimeoutMs: 600 }))
      const started = performance.now()
      await sink.write(Array.from({ length: MAX_QUEUED_SPANS + 1_000 }, () => createEvent()))
      expect(performance.now() - started).toBeLessThan(3_000)
      expect(sink.stats().recordedEvents).toBe(MAX_QUEUED_SPANS + 1_000)
      expect(sink.stats().lostSpans).toBeGreaterThan(0)
      await sink.shutdown()
      await waitFor(() => sink.stats().lostSpans === MAX_QUEUED_SPANS + 1_000)
    })
  })

  describe('a large batch', () => {
    it('loses no span while the collector keeps up, and lets the event loop turn', async () => {
      const sink = createOpenTelemetrySink(createOptions({ endpoint: receiver.url, protocol }))
      let turns = 0
      const turning = setInterval(() => turns++, 1)
      await sink.write(Array.from({ length: 10_000 }, () => createEvent()))
      clearInterval(turning)
      await sink.shutdown()
      expect(sink.stats()).toEqual({ recordedEvents: 10_000, exportedSpans: 10_000, lostSpans: 0 })
      expect(readSpans(receiver.received)).toHaveLength(10_000)
      expect(turns).toBeGreaterThan(10)
    })

    it('is counted once when it is written twice, at the same time or later', async () => {
      const sink = createOpenTelemetrySink(createOptions({ endpoint: receiver.url, protocol }))
      const events = Array.from({ length: 600 }, () => createEvent())
      await Promise.all([sink.write(events), sink.write(events)])
      await sink.write(events)
      await sink.shutdown()
      expect(sumOf('token_usage_total', 'prompt')).toBe(60_000)
      expect(sink.stats().exportedSpans).toBe(600)
    })
  })

  describe('attributes that clients choose', () => {
    it('are bounded: 20,000 models and users make few series, and totals stay exact', async () => {
      const sink = createOpenTelemetrySink(createOptions({ endpoint: receiver.url, protocol, userAttribute: 'user' }))
      const events = Array.from({ length: 20_000 }, (_, i) =>
        createEvent({ model: `model-${i}`, user_id: `user-${i}` }),
      )
      await sink.write(events)
      await sink.shutdown()
      const tokens = readPoints(receiver.received, 'token_usage_total')
      expect(tokens).toHaveLength(2 * (MAX_ATTRIBUTE_VALUES + 1))
      expect(sumOf('token_usage_total', 'prompt')).toBe(2_000_000)
      expect(sumOf('token_usage_total', 'completion')).toBe(1_000_000)
      expect(sumOf('token_usage_cost', 'prompt')).toBeCloseTo(60, 6)
      const rest = tokens.filter(({ attributes }) => attributes['model'] === OTHER)
      expect(rest.map(({ attributes, value }) => [attributes['token_type'], attributes['user'], value])).toEqual([
        ['prompt', OTHER, 1_950_000],
        ['completion', OTHER, 975_000],
      ])
      expect(new Set(readSpans(receiver.received).map(({ name }) => name)).size).toBe(MAX_ATTRIBUTE_VALUES + 1)
    })

    it('are bounded in combination as well, beyond what one message could carry', async () => {
      const sink = createOpenTelemetrySink(
        createOptions({ endpoint: receiver.url, protocol, shutdownTimeoutMs: 60_000 }),
      )
      const events = Array.from({ length: 8_000 }, (_, i) =>
        createEvent({ model: `model-${i % 400}-${'x'.repeat(200)}`, endpoint: `/v1/${Math.floor(i / 400)}/chat` }),
      )
      await sink.write(events)
      await sink.shutdown()
      expect(sink.stats().lostSpans).toBe(0)
      expect(readPoints(receiver.received, 'token_usage_total')).toHaveLength(2 * (MAX_SERIES + 1))
      expect(sumOf('token_usage_total', 'prompt')).toBe(800_000)
    })

    it('are cut when they are long', async () => {
      const sink = createOpenTelemetrySink(createOptions({ endpoint: receiver.url, protocol }))
      await sink.write([
        createEvent({ model: 'm'.repeat(1_000_000), error_code: 'e'.repeat(1_000_000), status: 'error' }),
      ])
      await sink.shutdown()
      expect(JSON.stringify(receiver.received).length).toBeLessThan(20_000)
    })
  })

  describe('an event with broken fields', () => {
    it('is recorded as far as it goes, and does not stop the others', async () => {
      const options = createOptions({ endpoint: receiver.url, protocol })
      const sink = createOpenTelemetrySink(options)
      await sink.write([
        createEvent({ created_at: 'not a date', duration_ms: -5, prompt_tokens: -1, prompt_cost: Number.NaN }),
        createEvent({ created_at: '1970-01-01T00:00:01.000Z', duration_ms: 5_000 }),
        createEvent({ duration_ms: Infinity }),
        createEvent({ created_at: '', timestamp: Number.NaN, prompt_tokens: 0.5 }),
        createEvent({ prompt_tokens: 1e30, completion_tokens: 1e308, prompt_cost: 1e300, duration_ms: 1e300 }),
        createEvent(),
      ])
      await sink.shutdown()
      expect(sumOf('token_usage_total', 'prompt')).toBe(300.5)
      expect(sumOf('token_usage_total', 'completion')).toBe(250)
      expect(options.faults).toEqual([])
      expect(sink.stats().exportedSpans).toBe(6)
      const starts = readSpans(receiver.received).map(({ startMs, endMs }) => [startMs, endMs])
      expect(starts).toContainEqual([0, 1_000])
      expect(starts).toContainEqual([1_772_100_000_000, 1_772_100_000_000])
    })
  })
})

describe('all of the above', () => {
  it('left no rejection unhandled', async () => {
    await sleep(50)
    expect(rejections).toEqual([])
  })
})
