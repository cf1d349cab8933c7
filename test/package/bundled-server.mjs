// A server with the middleware, as a bundler gets it. It calls itself four times and prints what was counted.
import { createServer } from 'node:http'
import { createTokenTracker } from 'token-usage-tracker'

const faults = []
const say = (fields, message) => void faults.push(message)
const tracker = createTokenTracker(
  { trackCosts: false },
  { counterWorker: globalThis.COUNTER_WORKER, logger: { debug() {}, info() {}, warn: say, error: say } },
)
const events = []
tracker.addSink({ name: 'memory', write: (batch) => void events.push(...batch) })

const LONG = 'The ferry left at nine, and nobody knew why. '.repeat(4_000)
const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }
const message = (content) => ({ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' })
const chunk = (delta, more = {}) =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index: 0, delta }], ...more })}\n\n`

function answer(kind, response) {
  if (kind === 'json' || kind === 'long') {
    const content = kind === 'long' ? LONG : 'Hello!'
    const body = { object: 'chat.completion', model: 'gpt-4o', choices: [message(content)] }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(kind === 'long' ? body : { ...body, usage }))
    return
  }
  response.setHeader('content-type', 'text/event-stream')
  response.write(chunk({ role: 'assistant', content: 'Hello there' }))
  if (kind === 'stream') response.end(`${chunk({}, { choices: [], usage })}data: [DONE]\n\n`)
}

const middleware = tracker.middleware()
const server = createServer((request, response) => {
  middleware(request, response, () => answer(request.headers['x-kind'], response))
})

async function call(kind) {
  const response = await fetch(`http://127.0.0.1:${server.address().port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-kind': kind },
    body: JSON.stringify({ model: 'gpt-4o', stream: kind !== 'json', messages: [{ role: 'user', content: 'Hi' }] }),
  })
  if (kind === 'aborted') {
    const reader = response.body.getReader()
    await reader.read()
    await reader.cancel()
  } else await response.text()
}

server.listen(0, '127.0.0.1', async () => {
  for (const kind of ['json', 'stream', 'aborted', 'long']) await call(kind)
  while (tracker.getStats().events < 4) await new Promise((resolve) => setTimeout(resolve, 20))
  await tracker.flush()
  await tracker.shutdown()
  server.close()
  const counted = events.map((event) => `${event.status} ${event.completion_tokens} ${event.completion_token_source}`)
  console.log(JSON.stringify({ counted: counted.toSorted(), faults, sinks: tracker.getStats().sinks }))
})
