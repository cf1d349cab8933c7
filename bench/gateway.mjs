// node bench/gateway.mjs [quick] [folder]
// Requests that a gateway of twenty lines passes on in a second of processor time, with this library and without, in
// interleaved rounds beside a second bare one (A/A); and Portkey's gateway, where `folder` has it:
// npm i --no-save @portkey-ai/gateway
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { load } from './capture-load.mjs'
import { measureInTurn, startProcess, toMedian, toQuartiles } from './measured-process.mjs'

const words = process.argv.slice(2)
const quick = words.includes('quick')
const folder = path.resolve(words.find((word) => word !== 'quick') ?? path.join(import.meta.dirname, '..'))
const ROUNDS = quick ? 7 : 15
const WORKLOADS = { json: { count: 1_200, warmUp: 6_000 }, sse: { count: 100, warmUp: 600 } }
const CONNECTIONS = 4
const PORTKEY = path.join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js')

const modes = ['bare', 'bare again', 'watched', ...(existsSync(PORTKEY) ? ['Portkey'] : [])]
const logDir = mkdtempSync(path.join(os.tmpdir(), 'token-tracker-bench-'))

async function findPort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** It is told where to call by headers, and listens where it is told. */
async function startPortkey(upstream) {
  const port = await findPort()
  const gateway = startProcess(PORTKEY, [`--port=${port}`, '--headless'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const headers = `x-portkey-provider: openai\r\nauthorization: Bearer key\r\nx-portkey-custom-host: http://127.0.0.1:${upstream}/v1\r\n`
  for (let tries = 0; tries < 100; tries++) {
    if (await load(port, 'json', 1, 1, headers).catch(() => null)) break
    await sleep(100)
  }
  return { gateway, port, headers }
}

async function start(mode, upstream) {
  if (mode === 'Portkey') return startPortkey(upstream)
  const logFile = path.join(logDir, `${mode}.log`)
  const gateway = startProcess('gateway-server.mjs', [mode, String(upstream), logFile])
  const { port } = await gateway.answer()
  return { gateway, port, headers: '' }
}

async function compare(workload, upstream) {
  const { count, warmUp } = WORKLOADS[workload]
  const gateways = {}
  for (const mode of modes) {
    gateways[mode] = await start(mode, upstream)
    await load(gateways[mode].port, workload, warmUp, CONNECTIONS, gateways[mode].headers)
  }
  const rounds = await measureInTurn(modes, ROUNDS, async (mode) => {
    const { gateway, port, headers } = gateways[mode]
    const before = await gateway.ask('cpu')
    await load(port, workload, count, CONNECTIONS, headers)
    const after = await gateway.ask('cpu')
    return (count * 1e6) / (after.cpu - before.cpu)
  })
  for (const { gateway } of Object.values(gateways)) gateway.stop()
  print(workload, rounds)
}

function print(workload, rounds) {
  console.log(`\n${workload}: requests a second of processor time, and over those of the bare gateway`)
  for (const mode of modes) {
    const shares = rounds.map((rates) => rates[mode] / rates.bare)
    const rate = toMedian(rounds.map((rates) => rates[mode]))
      .toFixed(0)
      .padStart(6)
    console.log(`${mode.padEnd(12)} ${rate}  ${toMedian(shares).toFixed(3)} [${toQuartiles(shares, 3)}]`)
  }
}

try {
  console.log(`Node ${process.version}, ${ROUNDS} rounds: median [quartiles]`)
  if (!modes.includes('Portkey')) console.log(`@portkey-ai/gateway is not in ${folder}: left out`)
  const upstream = startProcess('model-server.mjs', [])
  const { port } = await upstream.answer()
  for (const workload of Object.keys(WORKLOADS)) await compare(workload, port)
  upstream.stop()
} finally {
  rmSync(logDir, { recursive: true, force: true })
}
