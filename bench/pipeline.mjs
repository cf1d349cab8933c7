/**
 * What an event costs from `logTokenUsage` to the log file: rate, processor time, memory, and whether all arrived.
 *
 *   npm run build && node --expose-gc bench/pipeline.mjs [events, default 1000000] [--otel URL]
 */
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createTokenTracker } from 'token-usage-tracker'

const total = Number(process.argv[2] ?? 1_000_000)
const otel = process.argv.includes('--otel') ? process.argv[process.argv.indexOf('--otel') + 1] : undefined
const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-bench-'))
const tracker = createTokenTracker({
  fileLogging: true,
  logFile: path.join(folder, 'usage.log'),
  logLevel: 'warn',
  flushInterval: 0.1,
  pricingJson: { openai: { 'gpt-4o': { prompt: 0.0025, completion: 0.01 } } },
  ...(otel !== undefined && { otelEndpoint: otel }),
})

const memory = []
const cpu = process.cpuUsage()
const start = performance.now()
for (let accepted = 0; accepted < total;) {
  const id = tracker.logger.logTokenUsage({
    model: 'gpt-4o',
    promptTokens: 1_000,
    completionTokens: accepted % 500,
    userId: 'u',
  })
  if (id !== null) accepted++
  // A full queue says no: the producer waits, as a server would be busy with other things.
  if (id === null || accepted % 200 === 0) await nextTurn()
  if (accepted % (total / 10) === 0 && id !== null) {
    globalThis.gc?.()
    memory.push(Math.round(process.memoryUsage().heapUsed / 1024 / 1024))
  }
}
await tracker.flush()
const seconds = (performance.now() - start) / 1000
const used = process.cpuUsage(cpu)
await tracker.shutdown()

let lines = 0
for (const name of readdirSync(folder)) {
  for await (const chunk of createReadStream(path.join(folder, name)))
    for (const byte of chunk) if (byte === 10) lines++
}
rmSync(folder, { recursive: true })
console.table({
  events: total,
  'lines in the file': lines,
  'events per second': Math.round(total / seconds),
  'CPU per event (us)': Number(((used.user + used.system) / total).toFixed(1)),
  'heap at each tenth (MB)': memory.join(' '),
})
process.exitCode = lines === total ? 0 : 1
