import { mkdtempSync, readFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream'
import express from 'express'
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { createTokenTracker, tokenUsageMiddleware } from 'token-usage-tracker'
import { createUpstream, REPORTED } from './upstream.mjs'

const QUESTION = [{ role: 'user', content: 'What is a token?' }]

const logFile = path.join(mkdtempSync(path.join(tmpdir(), 'token-tracker-demo-')), 'token_usage.log')
const tracker = createTokenTracker({
  fileLogging: true,
  logFile,
  logLevel: 'warn',
  pricingFile: path.join(import.meta.dirname, '../pricing.example.json'),
})

const upstream = await listen(createUpstream())
const gateway = await listen(createGateway())
await talk(gateway.url)
await tracker.shutdown()
gateway.close()
upstream.close()
report(
  readFileSync(logFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line)),
)

/** The server under watch: one line of middleware in front of a proxy to the model server. */
function createGateway() {
  const app = express()
  app.use(tokenUsageMiddleware({ tracker, metadata: (request) => ({ step: request.get('x-demo-step') }) }))
  app.use((request, response) => {
    const forwarded = http.request(upstream.url + request.url, { method: request.method, headers: request.headers })
    forwarded.on('response', (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      pipeline(answer, response, () => {})
    })
    response.on('close', () => forwarded.destroy())
    pipeline(request, forwarded, () => {})
  })
  return http.createServer(app)
}

/** What users' programs do, with the clients they use. */
async function talk(url) {
  const openai = (step) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'demo', defaultHeaders: { 'x-demo-step': step } })
  const ollama = new Ollama({ host: url, headers: { 'x-demo-step': 'Ollama stream' } })

  await openai('JSON').chat.completions.create({ model: 'gpt-4o', messages: QUESTION })

  const options = { include_usage: true }
  await drain(
    await openai('SSE').chat.completions.create({
      model: 'gpt-4o',
      messages: QUESTION,
      stream: true,
      stream_options: options,
    }),
  )

  await drain(await ollama.chat({ model: 'llama3', messages: QUESTION, stream: true }))

  const slow = await openai('SSE, aborted').chat.completions.create({
    model: 'gpt-4o',
    messages: QUESTION,
    stream: true,
    user: 'slow',
  })
  let words = 0
  for await (const _chunk of slow) if (++words === 5) slow.controller.abort()

  await drain(
    await openai('SSE without usage').chat.completions.create({ model: 'gpt-4o', messages: QUESTION, stream: true }),
  )
}

async function drain(stream) {
  for await (const _part of stream);
}

function report(events) {
  console.table(
    events.map((event) => ({
      call: event.metadata.step,
      model: event.model,
      status: event.status,
      prompt: event.prompt_tokens,
      completion: event.completion_tokens,
      source: event.token_source,
      'cost (USD)': event.total_cost,
      'time (ms)': Math.round(event.duration_ms),
    })),
  )
  console.log(`The events are in ${logFile}, one JSON line each.`)
  const faults = findFaults(events)
  for (const fault of faults) console.error(`FAULT: ${fault}`)
  process.exitCode = faults.length > 0 ? 1 : 0
}

/** Reported counts must be what the upstream sent; where it sent none, an estimate must say that it is one. */
function findFaults(events) {
  const faults = events.length === 5 ? [] : [`expected 5 events, got ${events.length}`]
  for (const event of events) {
    const { step } = event.metadata
    const counts = `${event.prompt_tokens}/${event.completion_tokens} (${event.token_source})`
    if (['JSON', 'SSE', 'Ollama stream'].includes(step)) {
      const expected = `${REPORTED.prompt}/${REPORTED.completion} (api)`
      if (counts !== expected) faults.push(`${step}: expected ${expected}, got ${counts}`)
    } else if (event.token_source === 'api' || !(event.prompt_tokens > 0) || !(event.completion_tokens > 0)) {
      faults.push(`${step}: expected an estimate above zero that says so, got ${counts}`)
    }
    const status = step === 'SSE, aborted' ? 'aborted' : 'success'
    if (event.status !== status) faults.push(`${step}: expected status ${status}, got ${event.status}`)
  }
  return faults
}

function listen(server) {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({
        url: `http://127.0.0.1:${server.address().port}`,
        close: () => server.closeAllConnections() ?? server.close(),
      })
    })
  })
}
