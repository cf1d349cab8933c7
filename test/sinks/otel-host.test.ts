import { metrics, trace } from '@opentelemetry/api'
import type { Attributes } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, InMemorySpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, it } from 'vitest'

import { hasOpenTelemetryTarget } from '../../src/sinks/otel/connection/host-sdk.ts'
import { createOpenTelemetrySink } from '../../src/sinks/otel/open-telemetry-sink.ts'
import { MAX_HOST_SERIES } from '../../src/sinks/otel/metrics/series-limiter.ts'
import { startOtlpReceiver } from '../setup/otlp-receiver.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { createEvent, createOptions } from './otel-fixtures.ts'

/** What a host with OpenTelemetry does at its start; batches wait for a flush. */
function registerHostSdk() {
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const spanExporter = new InMemorySpanExporter()
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 60_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const tracerProvider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: spanExporter })] })
  metrics.setGlobalMeterProvider(meterProvider)
  trace.setGlobalTracerProvider(tracerProvider)
  return {
    meterProvider,
    tracerProvider,
    spanNames: () => spanExporter.getFinishedSpans().map(({ name }) => name),
    points(): { attributes: Attributes; value: unknown }[] {
      const collected =
        metricExporter
          .getMetrics()
          .at(-1)
          ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? []
      return collected.find(({ descriptor }) => descriptor.name === 'token_usage_total')?.dataPoints ?? []
    },
    promptTokens() {
      return this.points().find(({ attributes }) => attributes['token_type'] === 'prompt')?.value ?? null
    },
  }
}

afterEach(() => {
  metrics.disable()
  trace.disable()
})

describe('without an endpoint of ours', () => {
  it('there is a target as soon as the host has registered an SDK', () => {
    expect(hasOpenTelemetryTarget(null, true)).toBe(false)
    expect(hasOpenTelemetryTarget('http://collector:4317', true)).toBe(true)
    registerHostSdk()
    expect(hasOpenTelemetryTarget(null, true)).toBe(true)
  })

  it('nothing counts as delivered where there is nowhere to deliver to', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const log = () => tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1, completionTokens: 2 })
    log()
    await tracker.flush()
    expect(tracker.getStats().sinks['opentelemetry']).toMatchObject({ delivered: 0, dropped: 0, waiting: 0 })
    registerHostSdk()
    log()
    await tracker.flush()
    await waitForEvents(2)
    expect(tracker.getStats().sinks['opentelemetry']).toMatchObject({ delivered: 1 })
    await tracker.shutdown()
  })

  it('with spans off, an SDK for traces alone is no target', async () => {
    trace.setGlobalTracerProvider(new TracerProvider())
    expect(hasOpenTelemetryTarget(null, false)).toBe(false)
    trace.disable()
    const host = registerHostSdk()
    const sink = createOpenTelemetrySink(createOptions({ traces: false }))
    expect(sink.hasTarget()).toBe(true)
    await sink.write([createEvent()])
    await sink.flush()
    expect(host.spanNames()).toEqual([])
    expect(host.promptTokens()).toBe(100)
  })

  it('events go to the host’s SDK, and a flush asks it to send them', async () => {
    const host = registerHostSdk()
    const sink = createOpenTelemetrySink(createOptions())
    await sink.write([createEvent(), createEvent()])
    expect(host.spanNames()).toEqual([])
    await sink.flush()
    expect(host.spanNames()).toEqual(['token_usage.gpt-4', 'token_usage.gpt-4'])
    expect(host.promptTokens()).toBe(200)
  })

  it('an SDK that the host registers later is picked up, and so is its successor', async () => {
    const sink = createOpenTelemetrySink(createOptions())
    await sink.write([createEvent({ model: 'before' })])
    expect(sink.stats().recordedEvents).toBe(0)

    const first = registerHostSdk()
    await sink.write([createEvent({ model: 'first' })])
    metrics.disable()
    trace.disable()
    const second = registerHostSdk()
    await sink.write([createEvent({ model: 'second' })])

    await first.tracerProvider.forceFlush()
    await sink.flush()
    expect(first.spanNames()).toEqual(['token_usage.first'])
    expect(second.spanNames()).toEqual(['token_usage.second'])
    expect(second.promptTokens()).toBe(100)
  })

  it('metrics are picked up when the host registers them after its traces', async () => {
    const sink = createOpenTelemetrySink(createOptions())
    trace.setGlobalTracerProvider(new TracerProvider())
    await sink.write([createEvent()])
    trace.disable()
    const host = registerHostSdk()
    await sink.write([createEvent({ prompt_tokens: 7 })])
    await sink.flush()
    expect(host.promptTokens()).toBe(7)
  })

  it('shutting down leaves the host’s SDK at work', async () => {
    const host = registerHostSdk()
    const sink = createOpenTelemetrySink(createOptions())
    await sink.write([createEvent()])
    await sink.shutdown()
    trace.getTracer('host').startSpan('still at work').end()
    await host.tracerProvider.forceFlush()
    expect(host.spanNames()).toEqual(['token_usage.gpt-4', 'still at work'])
  })

  it('series stay below the limit at which a host’s SDK would fold them, and totals exact', async () => {
    const host = registerHostSdk()
    const sink = createOpenTelemetrySink(createOptions())
    const events = Array.from({ length: 4_000 }, (_, i) =>
      createEvent({ model: `model-${i % 400}`, endpoint: `/v${Math.floor(i / 400)}`, streaming: i % 2 === 0 }),
    )
    await sink.write(events)
    await sink.flush()
    const points = host.points()
    expect(points).toHaveLength(2 * (MAX_HOST_SERIES + 2))
    expect(points.filter(({ attributes }) => 'otel.metric.overflow' in attributes)).toEqual([])
    expect(points.reduce((sum, { value }) => sum + Number(value), 0)).toBe(4_000 * 150)
  })

  it('a host whose exporter fails on flush does us no harm', async () => {
    registerHostSdk()
    trace.disable()
    trace.setGlobalTracerProvider({
      getTracer: () => trace.getTracer('noop'),
      forceFlush: () => Promise.reject([new Error('no collector')]),
    } as never)
    const sink = createOpenTelemetrySink(createOptions())
    await sink.write([createEvent()])
    await expect(sink.flush()).resolves.toBeUndefined()
  })
})

describe('with an endpoint of ours', () => {
  it('nothing is registered globally, and the host’s SDK is passed by', async () => {
    const host = registerHostSdk()
    const registered = [metrics.getMeterProvider(), trace.getTracerProvider()]
    const receiver = await startOtlpReceiver()
    const sink = createOpenTelemetrySink(createOptions({ endpoint: receiver.url }))
    await sink.write([createEvent()])
    await sink.shutdown()
    await host.tracerProvider.forceFlush()
    await host.meterProvider.forceFlush()
    await receiver.stop()
    expect([metrics.getMeterProvider(), trace.getTracerProvider()]).toEqual(registered)
    expect(metrics.getMeterProvider()).toBe(host.meterProvider)
    expect(host.spanNames()).toEqual([])
    expect(host.promptTokens()).toBe(null)
    expect(sink.stats().exportedSpans).toBe(1)
  })
})

describe('OTEL_SDK_DISABLED', () => {
  it.each([
    ['true', 0],
    [' TRUE ', 0],
    ['false', 1],
    ['1', 1],
  ])('"%s" leads to %i recorded events', async (value, recordedEvents) => {
    registerHostSdk()
    const sink = createOpenTelemetrySink(createOptions({ environment: { OTEL_SDK_DISABLED: value } }))
    await sink.write([createEvent()])
    expect(sink.stats().recordedEvents).toBe(recordedEvents)
  })
})
