// The gateway under measurement in bench/gateway.mjs: what people write with undici, bare or watched.
import http from 'node:http'
import process from 'node:process'
import { Pool } from 'undici'
import { settled } from './report-cpu.mjs'

const [mode, upstream, logFile] = process.argv.slice(2)
const pool = new Pool(`http://127.0.0.1:${upstream}`)

function handle(request, response) {
  const { method, url, headers } = request
  const options = { method, path: url, body: request, headers: { 'content-type': headers['content-type'] } }
  pool.stream(
    options,
    ({ statusCode, headers: given }) => response.writeHead(statusCode, given),
    (error) => {
      if (error) response.destroy()
    },
  )
}

async function createHandler() {
  if (mode.startsWith('bare')) return handle
  const { createTokenTracker } = await import('token-usage-tracker')
  const tracker = createTokenTracker({ fileLogging: true, logFile, logLevel: 'silent' })
  settled.push(() => tracker.flush())
  const middleware = tracker.middleware()
  return (request, response) => middleware(request, response, () => handle(request, response))
}

const server = http.createServer(await createHandler())
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
