// npx vitest bench --run bench/collector-outage
// The collector is away for 30 s while 200 events arrive each second: what is counted, lost and held in memory.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { bench } from 'vitest'

import { createOpenTelemetrySink } from '../src/sinks/otel/open-telemetry-sink.ts'
import { createEvent, createOptions, readPoints, waitFor } from '../test/sinks/otel-fixtures.ts'
import { startCollector } from './collector.ts'

const EVENTS_PER_SECOND = 200
const OUTAGE_SECONDS = 30

bench(
  `an outage of ${OUTAGE_SECONDS} s at ${EVENTS_PER_SECOND} events/s`,
  async () => {
    const before = await startCollector()
    const options = createOptions({ endpoint: before.url, exportIntervalMs: 1_000 })
    const sink = createOpenTelemetrySink(options)
    let sent = 0
    const send = async (seconds: number) => {
      for (let i = 0; i < seconds * 20; i++) {
        const events = Array.from({ length: EVENTS_PER_SECOND / 20 }, () => createEvent())
        sent += events.length
        await sink.write(events)
        await sleep(50)
      }
    }
    await send(3)
    await before.stop()
    const heapBefore = heapAfterCollection()
    await send(OUTAGE_SECONDS)
    const heapGrowth = heapAfterCollection() - heapBefore

    const after = await startCollector(Number(new URL(before.url).port))
    const restarted = performance.now()
    const counted = () => readPoints(after.received, 'token_usage_total').find((point) => point.value === sent * 100)
    await waitFor(() => counted() !== undefined, 15_000)
    const recovery = performance.now() - restarted
    await sink.shutdown()
    await after.stop()

    const { lostSpans, exportedSpans } = sink.stats()
    console.log(
      `sent ${sent}, counted ${sent}, spans exported ${exportedSpans} and lost ${lostSpans}, ` +
        `recovered after ${(recovery / 1_000).toFixed(1)} s, heap growth ${(heapGrowth / 2 ** 20).toFixed(1)} MiB, ` +
        `${options.faults.length} faults reported to the guard`,
    )
    assert.equal(lostSpans + exportedSpans, sent)
    assert.ok(heapGrowth < 10 * 2 ** 20)
  },
  { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0, throws: true },
)

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}
