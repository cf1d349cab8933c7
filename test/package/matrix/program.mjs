// Starts one framework with the tracker in it, asks it for an answer and a stream, and prints what was counted.
import http from 'node:http'
import http2 from 'node:http2'
import { createTokenTracker, tokenUsageMiddleware } from 'token-usage-tracker'
import { frameworks } from './frameworks.mjs'

const framework = process.argv[2]
const events = []
const tracker = createTokenTracker({ logLevel: 'silent' })
tracker.addSink({ name: 'memory', write: (batch) => void events.push(...batch) })

const completion = {
  object: 'chat.completion',
  model: 'gpt-4',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
}
const chunks = [
  { object: 'chat.completion.chunk', model: 'gpt-4', choices: [{ index: 0, delta: { content: 'Hello!' } }] },
  { object: 'chat.completion.chunk', model: 'gpt-4', choices: [], usage: completion.usage },
]
const lines = [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n']

const url = await frameworks[framework]({ tracker, middleware: tokenUsageMiddleware({ tracker }), completion, lines })

for (const stream of [false, true]) {
  const answer = await ask(`${url}/v1/chat/completions`, JSON.stringify({ model: 'gpt-4', stream, messages: [] }))
  const wanted = stream ? lines.join('') : JSON.stringify(completion)
  if (answer !== wanted) throw new Error(`expected the client to get ${wanted}, got ${answer}`)
}
for (let turn = 0; events.length < 2 && turn < 100; turn++) {
  await new Promise((resolve) => setTimeout(resolve, 20))
  await tracker.flush()
}
const seen = events.map(({ streaming, total_tokens, token_source }) => [streaming, total_tokens, token_source])
console.log(JSON.stringify(seen))
process.exit(0)

function ask(target, body) {
  if (framework === 'HTTP/2') return askByHttp2(target, body)
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const request = http.request(target, { method: 'POST', headers, agent: false }, (response) => {
      const parts = []
      response.on('data', (part) => parts.push(part))
      response.on('end', () => resolve(Buffer.concat(parts).toString()))
    })
    request.on('error', reject).end(body)
  })
}

function askByHttp2(target, body) {
  return new Promise((resolve, reject) => {
    const { origin, pathname } = new URL(target)
    const session = http2.connect(origin)
    const request = session.request({ ':method': 'POST', ':path': pathname, 'content-type': 'application/json' })
    const parts = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => session.close(() => resolve(Buffer.concat(parts).toString())))
    request.on('error', reject).end(body)
  })
}
