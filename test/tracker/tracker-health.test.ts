import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { metrics } from '@opentelemetry/api'
import type { Attributes } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { afterEach, describe, expect, it } from 'vitest'
import { createTestTracker } from '../setup/tracker.ts'

afterEach(() => metrics.disable())

/** What a host with OpenTelemetry does at its start; points come at a flush. Delta leaves out what is not reported. */
function registerHostMetrics() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })
  const provider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(provider)
  return {
    async readPoints(metric: string): Promise<{ attributes: Attributes; value: unknown }[]> {
      exporter.reset()
      await provider.forceFlush()
      const collected = exporter
        .getMetrics()
        .flatMap((resource) => resource.scopeMetrics.flatMap((scope) => scope.metrics))
      return collected.find(({ descriptor }) => descriptor.name === metric)?.dataPoints ?? []
    },
    shutdown: () => provider.shutdown(),
  }
}

describe('the health of trackers in the SDK of their host', () => {
  it('is told apart by tracker, and ends with its tracker', async () => {
    const host = registerHostMetrics()
    const { tracker: first } = createTestTracker({ PRICING_DATASET: 'off' })
    const { tracker: second } = createTestTracker({ PRICING_DATASET: 'off' })
    const log = (tracker: typeof first) =>
      tracker.logger.logTokenUsage({ model: 'm', promptTokens: 1, completionTokens: 1 })
    for (const tracker of [first, second, second]) log(tracker)
    // The flush of one tracker collects the figures of all.
    await Promise.all([first.flush(), second.flush()])
    for (const tracker of [first, second, second]) log(tracker)
    const accepted = async () => {
      const points = await host.readPoints('token_tracker_events_total')
      return points.filter(({ attributes }) => attributes['state'] === 'accepted')
    }
    const both = await accepted()
    expect(new Set(both.map(({ value }) => value))).toEqual(new Set([1, 2]))
    expect(both).toHaveLength(2)
    expect(new Set(both.map(({ attributes }) => attributes['tracker'])).size).toBe(2)

    await first.shutdown()
    const ofSecond = both.find(({ value }) => value === 2)!.attributes
    log(second)
    expect((await accepted()).map(({ attributes }) => attributes)).toEqual([ofSecond])
    await second.shutdown()
    await host.shutdown()
  })

  it('tells of spool files that nobody can read', async () => {
    const host = registerHostMetrics()
    const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-health-'))
    mkdirSync(path.join(folder, '1-left/a.spool'), { recursive: true })
    writeFileSync(path.join(folder, '1-left/released.json'), '{}')
    const { tracker } = createTestTracker({ PRICING_DATASET: 'off', SPOOL_DIR: folder })
    tracker.logger.logTokenUsage({ model: 'm', promptTokens: 1, completionTokens: 1 })
    await tracker.flush()
    expect(tracker.getStats().spool?.unreadable).toBe(1)
    expect(await host.readPoints('token_tracker_spool_unreadable_files')).toMatchObject([{ value: 1 }])
    await tracker.shutdown()
    await host.shutdown()
    rmSync(folder, { recursive: true })
  })

  it('names at most 500 unpriced models, and counts the rest as _OTHER', async () => {
    const host = registerHostMetrics()
    const { tracker, waitForEvents } = createTestTracker({ PRICING_DATASET: 'off' })
    for (let index = 0; index < 1_200; index++) {
      tracker.logger.logTokenUsage({ model: `model-${index}`, promptTokens: 1, completionTokens: 1 })
    }
    await waitForEvents(1_200)
    const points = await host.readPoints('token_tracker_unpriced_total')
    expect(points).toHaveLength(501)
    expect(points.find(({ attributes }) => attributes['model'] === '_OTHER')?.value).toBe(700)
    expect(tracker.getStats().unpriced['(other)']).toBe(700)
    await tracker.shutdown()
    await host.shutdown()
  })
})
