// What is called in bench/fetch.mjs and bench/gateway.mjs: chat completions of 2 KB, or 200 events in as many chunks.
import http from 'node:http'
import process from 'node:process'

const EVENTS = 200
const USAGE = { prompt_tokens: 420, completion_tokens: 340, total_tokens: 760 }
const head = { id: 'chatcmpl-1', created: 1, model: 'gpt-4o-2024-08-06' }
const message = { role: 'assistant', content: 'word '.repeat(340), refusal: null }
const completion = JSON.stringify({
  ...head,
  object: 'chat.completion',
  choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
  usage: USAGE,
})
const toEvent = (choices, usage) =>
  `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, usage })}\n\n`
const toChoice = (delta, finish_reason = null) => [{ index: 0, delta, finish_reason }]
const events = [
  ...Array.from({ length: EVENTS - 3 }, (_, index) => toEvent(toChoice({ content: ` token${index}` }), null)),
  toEvent(toChoice({}, 'stop'), null),
  toEvent([], USAGE),
  'data: [DONE]\n\n',
]

const server = http.createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    // The load of a gateway says what it wants in the query, a client in the body.
    const wanted = request.url.split('?')[1]
    const isStream = wanted ? wanted === 'sse' : JSON.parse(Buffer.concat(chunks).toString()).stream === true
    if (isStream) writeEvents(response)
    else writeCompletion(response)
  })
})

function writeCompletion(response) {
  const length = Buffer.byteLength(completion)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': length }).end(completion)
}

/** Each in a turn of its own, so that the reader gets them as chunks. */
function writeEvents(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let next = 0
  const write = () => {
    if (response.destroyed) return
    response.write(events[next++])
    if (next < events.length) setImmediate(write)
    else response.end()
  }
  write()
}

server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
