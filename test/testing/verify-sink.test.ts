import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Sink } from '../../src/delivery/sink.ts'
import { createConsoleSink } from '../../src/sinks/console-sink.ts'
import { createFileSink } from '../../src/sinks/file/file-sink.ts'
import { createOpenTelemetrySink } from '../../src/sinks/otel/open-telemetry-sink.ts'
import { verifySink, type SinkUnderTest } from '../../src/testing/verify-sink.ts'
import { startOtlpReceiver } from '../setup/otlp-receiver.ts'
import { createOptions, readSpans } from '../sinks/otel-fixtures.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-contract-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function createTelemetryUnderTest(): Promise<SinkUnderTest> {
  const receiver = await startOtlpReceiver()
  const sink = createOpenTelemetrySink(createOptions({ endpoint: receiver.url }))
  return {
    sink,
    async readIds() {
      const ids = readSpans(receiver.received).map((span) => String(span.attributes['event_id']))
      await receiver.stop()
      return ids
    },
  }
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

function createFileUnderTest(): SinkUnderTest<unknown> {
  const file = path.join(folder, 'usage.log')
  const sink = createFileSink({ file, maxBytes: 1e9, interval: null, maxFiles: null, compress: false, onFault() {} })
  const readIds = () =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id)
  return { sink, readIds }
}

describe('the contract of sinks', () => {
  it.each<[string, () => SinkUnderTest<unknown> | Promise<SinkUnderTest<unknown>>]>([
    ['file', createFileUnderTest],
    ['console', () => ({ sink: createConsoleSink({ logger: SILENT, output: null, isTerminal: false, hint: null }) })],
    ['opentelemetry', createTelemetryUnderTest],
  ])('is kept by the %s sink', async (_name, create) => {
    await expect(verifySink(create)).resolves.toBeUndefined()
  })

  it.each<[string, Partial<Sink>]>([
    ['a name', { name: '' }],
    ['takes a batch', { write: () => Promise.reject(new Error('no')) }],
    ['leaves the events', { write: (events) => void Object.assign(events[0]!, { model: 'changed' }) }],
    ['flushes', { flush: () => new Promise(() => {}) }],
    ['shuts down', { shutdown: () => Promise.reject(new Error('no')) }],
  ])('is broken by a sink without: %s', async (rule, fault) => {
    const create = () => ({ sink: { name: 'mine', write() {}, ...fault } as Sink })
    await expect(verifySink(create, { timeoutMs: 100 })).rejects.toThrow(rule)
  })

  it('is broken by a sink that forgets', async () => {
    const create = () => ({ sink: { name: 'mine', write() {} }, readIds: () => [] })
    await expect(verifySink(create)).rejects.toThrow('203 missing events')
  })
})
