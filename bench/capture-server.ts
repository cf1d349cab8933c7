// The server under measurement: one process, one framework, one way of being watched. Driven by bench/capture.mjs.
import http, { type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { pipeline } from 'node:stream/promises'
import express from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { tokenUsagePlugin } from '../src/adapters/fastify.ts'
import { tokenUsageMiddleware } from '../src/adapters/node.ts'
import type { CaptureOptions } from '../src/capture/exchange-recorder.ts'
import { trackExchange } from '../src/capture/node/track-exchange.ts'
import { createEndpointFilter } from '../src/config/endpoints.ts'
import { loadConfig } from '../src/config/load-config.ts'
import { systemClock } from '../src/core/clock.ts'
import { createGuard } from '../src/core/guard.ts'
import { createLogger } from '../src/core/logger.ts'
import { createStreamDigest } from '../src/interpret/bodies/response-digest.ts'
import { createTokenTracker } from '../src/tracker/create-tracker.ts'
import type { TokenTracker } from '../src/tracker/tracker.ts'
import { setTrackerEntries, type TrackerEntries } from '../src/tracker/tracker-entries.ts'
import { createLeanTracker } from './lean-tracker.ts'

const [framework = '', mode = '', logFile = '', upstream = '', collector = ''] = process.argv.slice(2)

const EVENTS = 200
const USAGE = { prompt_tokens: 420, completion_tokens: 200, total_tokens: 620 }
const chunk = (index: number) =>
  `data: {"object":"chat.completion.chunk","model":"gpt-4o","choices":[{"index":0,"delta":{"content":" token${index}"}}]}\n\n`
const events = [
  ...Array.from({ length: EVENTS - 2 }, (_, index) => chunk(index)),
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'gpt-4o', choices: [], usage: USAGE })}\n\n`,
  'data: [DONE]\n\n',
]
const completion = {
  object: 'chat.completion',
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'word '.repeat(340) }, finish_reason: 'stop' }],
  usage: USAGE,
}

let written = 0

function writeStream(response: ServerResponse, workload: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  if (workload === 'burst') {
    for (const event of events) response.write(event)
    response.end()
    return
  }
  // An open stream stands still behind its first events until the client leaves; a brief one is there for its first byte.
  const count = { open: 40, brief: 2 }[workload] ?? events.length
  let next = 0
  const write = () => {
    if (next < count) {
      // Text of its own for each open stream: what is shared would not be seen to be held.
      response.write(workload === 'open' ? chunk(written++) : events[next])
      next++
      // Not all streams in one beat: each event pays for its own turn of the event loop.
      if (workload === 'open') setImmediate(write)
      else setTimeout(write, 1 + (next % 3))
    } else if (workload !== 'open') response.end()
  }
  write()
}

const workloadOf = (url: string | undefined) => url?.slice(url.indexOf('?') + 1) ?? ''

/** Passes a request on with `fetch` and its answer back, as a gateway does. */
async function forward(body: unknown, url: string | undefined, response: ServerResponse): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const {
    status,
    headers: given,
    body: stream,
  } = await fetch(upstream + (url ?? ''), {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  response.writeHead(status, { 'content-type': given.get('content-type') ?? '' })
  if (stream) await pipeline(Readable.fromWeb(stream), response)
}

function answer(response: ServerResponse, workload: string): void {
  if (workload !== 'json') return writeStream(response, workload)
  const text = JSON.stringify(completion)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
}

const plainHandler: RequestListener = (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (bytes: Buffer) => chunks.push(bytes))
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString())
    answer(response, workloadOf(request.url))
  })
}

function startNodeHttp(tracker: TokenTracker | null): http.Server {
  if (!tracker) return http.createServer(plainHandler)
  const middleware = tokenUsageMiddleware({ tracker })
  return http.createServer((request, response) => middleware(request, response, () => plainHandler(request, response)))
}

function startExpress(create: typeof express, tracker: TokenTracker | null): http.Server {
  const app = create()
  if (tracker) app.use(tokenUsageMiddleware({ tracker }))
  app.use(create.json())
  app.post(/.*/, (request, response, next) => {
    const workload = workloadOf(request.originalUrl)
    if (upstream !== '') forward(request.body, request.originalUrl, response).then(undefined, next)
    else if (workload === 'json') response.json(completion)
    else writeStream(response, workload)
  })
  return http.createServer(app)
}

async function startFastify(tracker: TokenTracker | null): Promise<http.Server> {
  const app = fastify()
  if (tracker) await app.register(tokenUsagePlugin, { tracker })
  app.post('*', async (request, reply) => {
    const workload = workloadOf(request.url)
    if (workload === 'json') {
      await reply.send(completion)
    } else {
      reply.hijack()
      writeStream(reply.raw, workload)
    }
  })
  await app.ready()
  return app.server
}

/** Taps and the record that they hand over, and only `onEnd` behind: what a request pays on its own path. */
function createCapture(onEnd: CaptureOptions['onEnd'], flush: () => Promise<void>): TokenTracker {
  const { maxBodySize, monitoredEndpoints, excludedEndpoints } = loadConfig({})
  const options: CaptureOptions = {
    maxBodySize,
    clock: systemClock,
    guard: createGuard(createLogger('silent'), systemClock),
    createDigest: createStreamDigest,
    isMonitored: createEndpointFilter(monitoredEndpoints, excludedEndpoints),
    onUnwatched() {},
    onEnd,
  }
  const tracker: Pick<TokenTracker, 'middleware' | 'flush'> = {
    middleware:
      (exchangeOptions = {}) =>
      (request, response, next) => {
        trackExchange(options, request, response, { options: exchangeOptions, request, response })
        next()
      },
    flush,
  }
  const track: TrackerEntries['track'] = (request, response, source) =>
    trackExchange(options, request, response, source)
  setTrackerEntries(tracker as TokenTracker, { track } as TrackerEntries)
  return tracker as TokenTracker
}

function createTracker(): TokenTracker | null {
  if (mode === 'bare') return null
  if (mode === 'capture')
    return createCapture(
      () => {},
      async () => {},
    )
  if (mode === 'lean') {
    const { onEnd, flush } = createLeanTracker(logFile)
    return createCapture(onEnd, flush)
  }
  return createTokenTracker(
    loadConfig({
      TOKEN_TRACKER_LOG_LEVEL: 'silent',
      TOKEN_TRACKER_FILE_LOGGING: 'true',
      TOKEN_TRACKER_LOG_FILE: logFile,
      ...(collector !== '' && { TOKEN_TRACKER_OTEL_ENDPOINT: collector }),
    }),
  )
}

const tracker = createTracker()
const starters: Record<string, () => http.Server | Promise<http.Server>> = {
  'node:http': () => startNodeHttp(tracker),
  Fastify: () => startFastify(tracker),
  'Express 4': () => startExpress(express4, tracker),
  'Express 5': () => startExpress(express, tracker),
}
const server = await starters[framework]?.()
server?.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

process.on('message', (question) => void report(question))
process.on('disconnect', () => process.exit())

const delay = monitorEventLoopDelay({ resolution: 1 })

/** Processor time, memory and delays of the event loop so far, once everything that was taken in is dealt with. */
async function report(question: unknown): Promise<void> {
  if (question === 'watch the loop') {
    delay.reset()
    delay.enable()
  }
  if (question === 'loop') delay.disable()
  await tracker?.flush()
  if (question === 'memory') globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  process.send?.({ cpu: user + system, rss, live: heapUsed + external, loopP99Ms: delay.percentile(99) / 1e6 })
}
