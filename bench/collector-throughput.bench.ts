// npx vitest bench --run bench/collector-throughput
// Processor time of one event with the OpenTelemetry sink on, recording and export included.
import { bench } from 'vitest'

import { createOpenTelemetrySink } from '../src/sinks/otel/open-telemetry-sink.ts'
import { createEvent, createOptions } from '../test/sinks/otel-fixtures.ts'
import { startCollectorProcess } from './collector.ts'

const EVENTS = 100_000
const BATCH = 500

bench(
  `${EVENTS} events`,
  async () => {
    const collector = await startCollectorProcess()
    const sink = createOpenTelemetrySink(createOptions({ endpoint: collector.url, exportIntervalMs: 1_000 }))
    await sink.write([createEvent()])
    const batches = Array.from({ length: EVENTS / BATCH }, () => Array.from({ length: BATCH }, () => createEvent()))
    const started = performance.now()
    const used = process.cpuUsage()
    for (const batch of batches) await sink.write(batch)
    await sink.shutdown()
    const { user, system } = process.cpuUsage(used)
    const { exportedSpans, lostSpans } = sink.stats()
    await collector.stop()
    console.log(
      `${Math.round((EVENTS / (performance.now() - started)) * 1_000)} events/s, ` +
        `${((user + system) / EVENTS).toFixed(1)} us of processor time per event, ` +
        `spans exported ${exportedSpans} and lost ${lostSpans}`,
    )
  },
  { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0, throws: true },
)
