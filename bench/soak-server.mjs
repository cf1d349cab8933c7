// One server of the soak: eight wire formats behind the middleware, a log file, a sink that fails and heals, a spool.
import http from 'node:http'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTokenTracker } from 'token-usage-tracker'
import { formats } from './soak-formats.mjs'

const [folder = ''] = process.argv.slice(2)
const warnings = []
const logger = {
  debug() {},
  info() {},
  warn: (fields, message) => warnings.push({ at: Date.now(), name: fields.fault ?? message, message }),
  error: (fields, message) => warnings.push({ at: Date.now(), name: fields.fault ?? message, message }),
}
const tracker = createTokenTracker(
  { fileLogging: true, logFile: `${folder}/usage.log`, spoolDir: `${folder}/spool`, flushInterval: 0.5 },
  { logger },
)

/** Fails for five seconds of every twenty. */
let flakyEvents = 0
tracker.addSink({
  name: 'flaky',
  async write(events) {
    if (Date.now() % 20_000 < 5_000) throw new Error('the flaky sink is down')
    await sleep(2)
    flakyEvents += events.length
  },
})

const middleware = tracker.middleware()
const server = http.createServer((request, response) =>
  middleware(request, response, () => {
    request.resume()
    request.on('end', () => void answer(request, response))
  }),
)

async function answer(request, response) {
  const format = formats.find(({ path }) => request.url === path)
  response.setHeader('content-type', format.contentType)
  for (const piece of format.pieces) {
    if (response.destroyed) return
    response.write(piece)
    if (format.pieces.length > 1) await sleep(1)
  }
  response.end()
}

process.on('message', (message) => {
  if (message === 'report') report()
})
process.on('SIGTERM', () =>
  server.close(() => void tracker.shutdown().then(() => report('end', () => process.exit(0)))),
)

function report(type = 'report', done = () => {}) {
  global.gc?.()
  const { heapUsed } = process.memoryUsage()
  process.send({ type, heapUsed, warnings: warnings.splice(0), stats: tracker.getStats(), flakyEvents }, done)
}

server.listen(0, '127.0.0.1', () => process.send({ type: 'ready', port: server.address().port }))
