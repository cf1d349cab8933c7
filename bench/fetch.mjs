// node bench/fetch.mjs [quick] [folder]
// What `trackFetch` adds to a call of the official `openai` client: processor time of the whole process, what is done behind
// the call included, in interleaved rounds beside a bare client and beside a second bare one (A/A). In `folder` may stand
// what others watch such calls with: npm i --no-save openai@6 @opentelemetry/{api,sdk-trace-node,instrumentation} and the
// packages of OTHERS.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { measureInTurn, startProcess, toMedian, toQuartiles } from './measured-process.mjs'

const words = process.argv.slice(2)
const quick = words.includes('quick')
const given = words.find((word) => word !== 'quick')
const folder = given ? path.resolve(given) : fileURLToPath(new URL('..', import.meta.url))
const ROUNDS = quick ? 7 : 15
const WORKLOADS = { JSON: { count: 1_000, warmUp: 4_000 }, SSE: { count: 60, warmUp: 400 } }
const OTHERS = ['@opentelemetry/instrumentation-openai', '@traceloop/instrumentation-openai', '@langfuse/openai']

const present = OTHERS.filter((name) => existsSync(path.join(folder, 'node_modules', name)))
const modes = ['plain', 'plain again', 'trackFetch', ...present]
const logDir = mkdtempSync(path.join(os.tmpdir(), 'token-tracker-bench-'))

async function compare(workload, upstream) {
  const { count, warmUp } = WORKLOADS[workload]
  const clients = {}
  for (const mode of modes) {
    const logFile = path.join(logDir, `${workload}-${modes.indexOf(mode)}.log`)
    clients[mode] = startProcess('fetch-client.mjs', [mode, String(upstream), logFile, folder])
    await clients[mode].answer()
    await clients[mode].ask({ workload, count: warmUp })
  }
  const rounds = await measureInTurn(modes, ROUNDS, async (mode) => {
    const before = await clients[mode].ask('cpu')
    await clients[mode].ask({ workload, count })
    const after = await clients[mode].ask('cpu')
    return (after.cpu - before.cpu) / count
  })
  for (const name of present) {
    const { finishedSpans } = await clients[name].ask('spans')
    if (finishedSpans < warmUp + ROUNDS * count) console.log(`${name} watched only ${finishedSpans} calls`)
  }
  for (const client of Object.values(clients)) client.stop()
  print(workload, rounds)
}

function print(workload, rounds) {
  console.log(`\n${workload}: ${toMedian(rounds.map((costs) => costs.plain)).toFixed(0)} us a call`)
  for (const mode of modes.slice(1)) {
    const added = rounds.map((costs) => costs[mode] - costs.plain)
    const ratios = rounds.map((costs) => costs[mode] / costs.plain)
    const time = `${toMedian(added).toFixed(0).padStart(5)} us [${toQuartiles(added, 0)}]`
    console.log(`${mode.padEnd(40)} ${time.padEnd(24)} ${toMedian(ratios).toFixed(3)} [${toQuartiles(ratios, 2)}]`)
  }
}

try {
  console.log(`Node ${process.version}, ${ROUNDS} rounds: processor time added to a call, median [quartiles]`)
  for (const name of OTHERS) if (!present.includes(name)) console.log(`${name} is not in ${folder}: left out`)
  const upstream = startProcess('model-server.mjs', [])
  const { port } = await upstream.answer()
  for (const workload of Object.keys(WORKLOADS)) await compare(workload, port)
  upstream.stop()
} finally {
  rmSync(logDir, { recursive: true, force: true })
}
