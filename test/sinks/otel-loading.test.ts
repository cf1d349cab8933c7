import { createRequire } from 'node:module'

import { expect, it } from 'vitest'

import { hasOpenTelemetryTarget } from '../../src/sinks/otel/connection/host-sdk.ts'
import { createOpenTelemetrySink } from '../../src/sinks/otel/open-telemetry-sink.ts'
import { createEvent, createOptions } from './otel-fixtures.ts'

// Test files run in a process of their own, so what is loaded here was loaded by the sink.
const { cache } = createRequire(import.meta.url)
const loadedPackages = () => {
  const found = Object.keys(cache).map(
    (path) => /node_modules\/(@opentelemetry\/[\w-]+|@grpc\/grpc-js)\//.exec(path)?.[1],
  )
  return new Set(found.filter((name) => name !== undefined))
}

it('loads no OpenTelemetry package until a write has a target, and those of spans only for spans', async () => {
  const sink = createOpenTelemetrySink(createOptions())
  expect(hasOpenTelemetryTarget(null, true)).toBe(false)
  await sink.write([createEvent()])
  await sink.flush()
  await sink.shutdown()
  const disabled = { endpoint: 'http://127.0.0.1:1', environment: { OTEL_SDK_DISABLED: 'true' } }
  await createOpenTelemetrySink(createOptions(disabled)).write([createEvent()])
  expect([...loadedPackages()]).toEqual([])

  const measuring = createOpenTelemetrySink(
    createOptions({ endpoint: 'http://127.0.0.1:1', shutdownTimeoutMs: 500, traces: false }),
  )
  await measuring.write([createEvent()])
  await measuring.shutdown()
  expect([...loadedPackages()]).toContain('@opentelemetry/sdk-metrics')
  expect([...loadedPackages()]).not.toContain('@opentelemetry/sdk-trace')
  expect([...loadedPackages()]).not.toContain('@opentelemetry/exporter-trace-otlp-grpc')

  const exporting = createOpenTelemetrySink(createOptions({ endpoint: 'http://127.0.0.1:1', shutdownTimeoutMs: 500 }))
  await exporting.write([createEvent()])
  await exporting.shutdown()
  expect([...loadedPackages()]).toEqual(
    expect.arrayContaining([
      '@opentelemetry/api',
      '@opentelemetry/sdk-metrics',
      '@opentelemetry/sdk-trace',
      '@opentelemetry/exporter-metrics-otlp-grpc',
      '@opentelemetry/exporter-trace-otlp-grpc',
      '@grpc/grpc-js',
    ]),
  )
})
