// node bench/capture.mjs [quick] [name of a framework or workload ...]
// What watching costs: processor time of a watched server over that of a bare one, in interleaved rounds, beside the same
// for two bare servers (A/A), which shows what the machine alone does, and beside a program that does the least. Then latency
// under an open load, time to first byte, and memory.
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsdown'
import { load, loadOpen, openStreams } from './capture-load.mjs'
import { startProcess } from './measured-process.mjs'

const words = process.argv.slice(2)
const quick = words.includes('quick')
const wanted = words.filter((word) => word !== 'quick')
const ROUNDS = quick ? 5 : 15
const FRAMEWORKS = ['node:http', 'Fastify', 'Express 4', 'Express 5']
/** `count` requests in one round, enough for some hundred milliseconds; a paced stream of 200 events takes half a second. */
const WORKLOADS = {
  json: { count: 2_000, connections: 4 },
  paced: { count: 40, connections: 40 },
  burst: { count: 200, connections: 4 },
}
/** `lean` is the least that makes the same line: bench/lean-tracker.ts. */
const MODES = ['bare', 'bare again', 'capture', 'lean', 'everything']

const root = fileURLToPath(new URL('..', import.meta.url))
// Below the repository, so that the server finds its packages.
const outDir = mkdtempSync(path.join(root, 'node_modules/.bench-'))
const logDir = mkdtempSync(path.join(os.tmpdir(), 'token-tracker-bench-'))

async function startServer(framework, mode, upstream = '', collector = '') {
  const logFile = path.join(logDir, `${framework}-${mode}.log`.replaceAll(/[^\w.-]/g, '-'))
  const child = fork(
    path.join(outDir, 'capture-server.js'),
    [framework, mode.split(' ')[0], logFile, upstream, collector],
    {
      execArgv: ['--expose-gc'],
    },
  )
  const answer = () => new Promise((resolve) => child.once('message', resolve))
  const { port } = await answer()
  return {
    port,
    ask(question) {
      child.send(question)
      return answer()
    },
    stop() {
      child.kill()
    },
  }
}

const toQuantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)]
const toMedian = (values) => toQuantile(values, 0.5)
const toRange = (values, digits) => [0.25, 0.75].map((share) => toQuantile(values, share).toFixed(digits)).join('-')

/** Microseconds of processor time a request takes. */
async function measureRound(server, workload, { count, connections }) {
  const before = await server.ask('cpu')
  await load(server.port, workload, count, connections)
  const after = await server.ask('cpu')
  return (after.cpu - before.cpu) / count
}

/** Until the code that is measured has been compiled: some thousand exchanges, some hundred thousand writes. */
async function warmUp(server, workload) {
  if (workload === 'json') await load(server.port, 'json', quick ? 2_000 : 4_000, 4)
  else await load(server.port, 'burst', quick ? 1_000 : 2_000, 4)
  await load(server.port, workload, WORKLOADS[workload].count, WORKLOADS[workload].connections)
}

/** Paced streams mostly wait, so all servers are asked at once. */
async function measureTogether(servers) {
  const costs = await Promise.all(servers.map((server) => measureRound(server, 'paced', WORKLOADS.paced)))
  return Object.fromEntries(MODES.map((mode, at) => [mode, costs[at]]))
}

/** Each round begins with another server, so that none always follows the same one. */
async function measureInTurn(servers, workload, round) {
  const costs = {}
  for (let turn = 0; turn < MODES.length; turn++) {
    const at = (turn + round) % MODES.length
    costs[MODES[at]] = await measureRound(servers[at], workload, WORKLOADS[workload])
  }
  return costs
}

async function compareCpu(label, framework, workload, upstream) {
  const servers = await Promise.all(MODES.map((mode) => startServer(framework, mode, upstream)))
  for (const server of servers) await warmUp(server, workload)
  const rounds = []
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(workload === 'paced' ? await measureTogether(servers) : await measureInTurn(servers, workload, round))
  }
  for (const server of servers) server.stop()
  printCpu(label, workload, rounds)
}

function printCpu(label, workload, rounds) {
  const bare = rounds.map((costs) => costs.bare)
  const columns = MODES.slice(1).map((mode) => {
    const ratios = rounds.map((costs) => costs[mode] / costs.bare)
    const added = rounds.map((costs) => costs[mode] - costs.bare)
    const time = mode === 'bare again' ? '' : ` ${toMedian(added).toFixed(0).padStart(4)} us`
    return `${toMedian(ratios).toFixed(3)} [${toRange(ratios, 2)}]${time}`.padEnd(30)
  })
  const overLean = rounds.map((costs) => costs.everything / costs.lean)
  console.log(
    `${label.padEnd(18)} ${workload.padEnd(6)} ${toMedian(bare).toFixed(0).padStart(5)} us  ${columns.join(' ')}` +
      ` ${toMedian(overLean).toFixed(2)} x lean [${toRange(overLean, 2)}]`,
  )
}

/** Requests that come at their own time, whatever the server does: what clients wait for, and the event loop's delays. */
async function compareLatency() {
  const [RATE, SECONDS, LATENCY_ROUNDS] = [2_000, quick ? 2 : 4, quick ? 3 : 5]
  const modes = ['bare', 'bare again', 'lean', 'everything']
  const servers = await Promise.all(modes.map((mode) => startServer('node:http', mode)))
  for (const server of servers) await load(server.port, 'json', 8_000, 16)
  const seen = modes.map(() => [])
  for (let round = 0; round < LATENCY_ROUNDS; round++) {
    for (let turn = 0; turn < modes.length; turn++) {
      const at = (turn + round) % modes.length
      await servers[at].ask('watch the loop')
      const times = await loadOpen(servers[at].port, RATE, SECONDS)
      const { loopP99Ms } = await servers[at].ask('loop')
      seen[at].push({ client: toQuantile(times, 0.99), loop: loopP99Ms })
    }
  }
  for (const server of servers) server.stop()
  console.log(`\n${RATE} requests/s, node:http, JSON, median [quartiles] of ${LATENCY_ROUNDS} rounds of ${SECONDS} s`)
  for (const [at, mode] of modes.entries()) {
    const [client, loop] = ['client', 'loop'].map((key) => seen[at].map((round) => round[key]))
    console.log(
      `${mode.padEnd(12)} client p99 ${toMedian(client).toFixed(2)} ms [${toRange(client, 2)}], ` +
        `loop p99 ${toMedian(loop).toFixed(2)} ms [${toRange(loop, 2)}]`,
    )
  }
}

async function compareFirstByte() {
  const modes = ['bare', 'bare again', 'capture']
  const servers = await Promise.all(modes.map((mode) => startServer('node:http', mode)))
  const times = modes.map(() => [])
  for (let round = 0; round < 9; round++) {
    for (let turn = 0; turn < modes.length; turn++) {
      const at = (turn + round) % modes.length
      const firstByteMs = await load(servers[at].port, 'brief', 100, 1)
      if (round >= 2) times[at].push(toMedian(firstByteMs) * 1_000)
    }
  }
  for (const server of servers) server.stop()
  const [bare, ...others] = times
  const added = others.map((values) => toMedian(values.map((value, round) => value - bare[round])).toFixed(0))
  console.log(
    `\nTime to first byte, node:http: ${toMedian(bare).toFixed(0)} us bare; added ${added[1]} us (A/A ${added[0]} us)`,
  )
}

async function compareOpenStreams() {
  const STREAMS = quick ? 500 : 2_000
  const live = []
  for (const mode of ['bare', 'capture']) {
    const server = await startServer('node:http', mode)
    await load(server.port, 'paced', 40, 40)
    const before = await server.ask('memory')
    const streams = await openStreams(server.port, STREAMS)
    const after = await server.ask('memory')
    live.push((after.live - before.live) / STREAMS)
    streams.close()
    server.stop()
  }
  const [bare, tapped] = live.map((bytes) => bytes / 1_024)
  console.log(
    `Open streams, 40 events of 120 bytes each: ${bare.toFixed(1)} KiB bare, ${(tapped - bare).toFixed(1)} KiB added by each`,
  )
}

async function compareResident() {
  const REQUESTS = quick ? 20_000 : 100_000
  const receiver = startProcess('otlp-receiver.mjs', [])
  const { port } = await receiver.answer()
  for (const mode of ['bare', 'capture', 'everything', 'everything and OpenTelemetry']) {
    const collector = mode.endsWith('OpenTelemetry') ? `http://127.0.0.1:${port}` : ''
    const server = await startServer('node:http', mode, '', collector)
    await load(server.port, 'json', REQUESTS / 2, 16)
    const half = await server.ask('rss')
    await load(server.port, 'json', REQUESTS / 2, 16)
    const whole = await server.ask('rss')
    const [first, second] = [half, whole].map(({ rss }) => (rss / 2 ** 20).toFixed(0))
    console.log(`Resident after ${REQUESTS / 2} / ${REQUESTS} requests, ${mode}: ${first} / ${second} MiB`)
    server.stop()
  }
  receiver.stop()
}

const isWanted = (...names) => wanted.every((word) => names.includes(word))

try {
  const entry = path.join(root, 'bench/capture-server.ts')
  await build({ config: false, entry, outDir, format: 'esm', dts: false, fixedExtension: false, logLevel: 'error' })
  console.log(
    `Node ${process.version}, ${ROUNDS} rounds: median [quartiles] of the processor time over that of the bare server`,
  )
  console.log(
    `${'server'.padEnd(18)} answer    bare   ${['A/A', 'capture', 'lean', 'everything'].map((name) => name.padEnd(30)).join(' ')}`,
  )
  for (const framework of FRAMEWORKS) {
    for (const workload of Object.keys(WORKLOADS)) {
      if (isWanted(framework, workload)) await compareCpu(framework, framework, workload)
    }
  }
  if (isWanted('gateway')) {
    const upstream = await startServer('node:http', 'bare')
    for (const workload of ['json', 'paced']) {
      await compareCpu('Express 5 gateway', 'Express 5', workload, `http://127.0.0.1:${upstream.port}`)
    }
    upstream.stop()
  }
  if (isWanted('latency')) await compareLatency()
  if (isWanted('first-byte')) await compareFirstByte()
  if (isWanted('memory')) {
    await compareOpenStreams()
    await compareResident()
  }
} finally {
  rmSync(outDir, { recursive: true, force: true })
  rmSync(logDir, { recursive: true, force: true })
}
