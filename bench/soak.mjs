// Mixed traffic for minutes: `npm run soak -- 20` (minutes). Eight formats, 2 % aborts, a sink that fails and heals, graceful
// restarts. Shows that there are as many events as exchanges, that the heap stays flat and that faults are reported sparingly.
import { fork } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { formats } from './soak-formats.mjs'

const minutes = Number(process.argv[2] ?? 2)
const WORKERS = 24
const RESTART_EVERY_MS = Math.min(240_000, (minutes * 60_000) / 3)
const REPORT_EVERY_MS = 10_000
const ABORT_SHARE = 0.02

const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-soak-'))
const program = path.join(import.meta.dirname, 'soak-server.mjs')
const agent = new http.Agent({ keepAlive: true })
/** By request id: what the event must say, or that it broke off. */
const exchanges = new Map()
const heaps = []
let repeated = 0
let restarts = 0
let number = 0

const endAt = Date.now() + minutes * 60_000
let server = await startServer()
const workers = Array.from({ length: WORKERS }, work)
const reports = setInterval(() => server.child.connected && server.child.send('report'), REPORT_EVERY_MS)
while (Date.now() < endAt) {
  await sleep(Math.min(RESTART_EVERY_MS, endAt - Date.now()))
  const old = server
  // The new one serves before the old one is told to end, as behind a load balancer.
  if (Date.now() >= endAt) break
  server = await startServer()
  await stopServer(old)
}
await Promise.all(workers)
clearInterval(reports)
await stopServer(server)
agent.destroy()
report()

async function startServer() {
  const child = fork(program, [folder], { execArgv: ['--expose-gc'] })
  const seen = new Map()
  child.on('message', (message) => {
    if (message.type === 'ready') return
    heaps.push({ at: Date.now(), restart: restarts, heap: message.heapUsed })
    for (const { at, name } of message.warnings) {
      if (at - (seen.get(name) ?? -Infinity) < 59_000) repeated++
      seen.set(name, at)
    }
  })
  const port = await new Promise((resolve) => child.once('message', (message) => resolve(message.port)))
  return { child, port }
}

async function stopServer({ child }) {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await gone
  restarts++
}

async function work() {
  while (Date.now() < endAt) {
    await call(formats[Math.floor(Math.random() * formats.length)], server.port, Math.random() < ABORT_SHARE)
    await sleep(20 + Math.random() * 60)
  }
}

function call({ path: url, tokens, pieces }, port, aborts) {
  const id = `soak-${number++}`
  const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: `Question ${id}?` }] })
  return new Promise((resolve) => {
    const request = http.request({ port, host: '127.0.0.1', agent, method: 'POST', path: url })
    request.setHeader('content-type', 'application/json').setHeader('x-request-id', id)
    request.on('response', (response) => {
      const breaksOff = aborts && pieces.length > 1
      exchanges.set(id, breaksOff ? 'aborted' : tokens)
      if (breaksOff) response.once('data', () => response.destroy())
      response.resume().on('close', resolve).on('error', resolve)
    })
    // A connection that the ending server closed: nothing was answered, so nothing is to be counted.
    request.on('error', resolve)
    request.end(body)
  })
}

function report() {
  const counts = { exchanges: exchanges.size, events: 0, missing: 0, twice: 0, unasked: 0, wrong: 0, aborted: 0 }
  const seen = new Set()
  for (const name of readdirSync(folder).filter((file) => file.endsWith('usage.log'))) {
    for (const line of readFileSync(path.join(folder, name), 'utf8').split('\n')) {
      if (line === '') continue
      const event = JSON.parse(line)
      counts.events++
      if (seen.has(event.request_id)) counts.twice++
      seen.add(event.request_id)
      check(event, counts)
    }
  }
  for (const id of exchanges.keys()) if (!seen.has(id)) counts.missing++
  const last = heaps.filter(({ restart }) => restart === heaps.at(-1)?.restart).map(({ heap }) => heap / 1024 ** 2)
  console.log(`${minutes} minutes, ${restarts} restarts`, counts)
  console.log(`heap of the last server, MiB: ${last.map((heap) => heap.toFixed(1)).join(' ')}`)
  console.log(`faults reported twice within a minute: ${repeated}`)
  const isSound = counts.missing + counts.twice + counts.wrong + repeated === 0
  console.log(isSound ? 'sound' : `NOT SOUND; see ${folder}`)
  process.exitCode = isSound ? 0 : 1
}

function check(event, counts) {
  const expected = exchanges.get(event.request_id)
  if (expected === undefined) counts.unasked++
  else if (expected === 'aborted') counts.aborted++
  else if (expected !== null && (event.prompt_tokens !== expected[0] || event.completion_tokens !== expected[1]))
    counts.wrong++
}
