/**
 * What an event costs from `logTokenUsage` to the log file, and to OpenTelemetry beside it: processor time, rate, memory, and
 * whether all arrived. Each row is a process of its own, and so is the collector.
 *
 *   npm run build && node --expose-gc bench/pipeline.mjs [events, default 1000000]
 */
import { fork } from 'node:child_process'
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createTokenTracker } from 'token-usage-tracker'

const ROWS = {
  'file alone': {},
  'file and OpenTelemetry': { otel: true },
  'file and OpenTelemetry without spans': { otel: true, traces: false },
}

if (process.send) process.once('message', (row) => void runRow(row).then((result) => process.send(result)))
else await compareRows(Number(process.argv[2] ?? 1_000_000))

async function compareRows(total) {
  const results = {}
  for (const [name, { otel = false, traces = true }] of Object.entries(ROWS)) {
    const collector = startProcess('otlp-receiver.mjs')
    const { port } = await collector.answer()
    const row = startProcess('pipeline.mjs')
    const { lines, ...figures } = await row.ask({
      total,
      traces,
      ...(otel && { endpoint: `http://127.0.0.1:${port}` }),
    })
    const { spans } = await collector.ask('spans')
    results[name] = figures
    const isComplete = lines === total && spans === (otel && traces ? total : 0)
    if (!isComplete) process.exitCode = 1
    results[name]['all arrived'] = isComplete
    row.stop()
    collector.stop()
  }
  console.log(`${total} events`)
  console.table(results)
}

function startProcess(file) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)))
  const answer = () => new Promise((resolve) => child.once('message', resolve))
  return {
    answer,
    ask(question) {
      child.send(question)
      return answer()
    },
    stop: () => child.connected && child.disconnect(),
  }
}

async function runRow({ total, traces, endpoint }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-bench-'))
  const tracker = createTokenTracker({
    fileLogging: true,
    logFile: path.join(folder, 'usage.log'),
    logLevel: 'error',
    flushInterval: 0.1,
    pricingJson: { openai: { 'gpt-4o': { prompt: 0.0025, completion: 0.01 } } },
    otelTraces: traces,
    ...(endpoint !== undefined && { otelEndpoint: endpoint }),
  })
  const cpu = process.cpuUsage()
  const start = performance.now()
  const heap = await logEvents(tracker, total)
  await tracker.flush()
  const seconds = (performance.now() - start) / 1000
  const used = process.cpuUsage(cpu)
  await tracker.shutdown()
  const lines = await countLines(folder)
  rmSync(folder, { recursive: true })
  return {
    lines,
    'CPU per event (us)': Number(((used.user + used.system) / total).toFixed(1)),
    'events per second': Math.round(total / seconds),
    'heap at each tenth (MB)': heap.join(' '),
  }
}

/** Answers the megabytes of the heap at each tenth. */
async function logEvents(tracker, total) {
  const heap = []
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
      heap.push(Math.round(process.memoryUsage().heapUsed / 1024 / 1024))
    }
  }
  return heap
}

async function countLines(folder) {
  let lines = 0
  for (const name of readdirSync(folder)) {
    for await (const chunk of createReadStream(path.join(folder, name)))
      for (const byte of chunk) if (byte === 10) lines++
  }
  return lines
}
