import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A small model server for the demo: OpenAI chat completions and Ollama chat, with answers that are always the same, so
 * that the demo can tell whether every number that comes out is the one that went in.
 */
export const ANSWER = 'Tokens are the pieces of text that a language model reads and writes, and what its makers bill.'
export const REPORTED = { prompt: 42, completion: 21 }

/** Words between which the slow stream takes its time, so that a client can hang up in the middle. */
const SLOW_DELAY_MS = 40

export function createUpstream() {
  return http.createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
}

async function answer(request, response) {
  const body = await readJson(request)
  if (request.url === '/api/chat') return streamOllama(response, body)
  if (body.stream) return streamOpenAi(response, body)
  sendJson(response, {
    id: 'chatcmpl-demo',
    object: 'chat.completion',
    created: 1,
    model: body.model,
    choices: [{ index: 0, message: { role: 'assistant', content: ANSWER }, finish_reason: 'stop' }],
    usage: openAiUsage(),
  })
}

async function streamOpenAi(response, body) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (chunk) =>
    response.write(
      `data: ${JSON.stringify({ id: 'demo', object: 'chat.completion.chunk', created: 1, model: body.model, ...chunk })}\n\n`,
    )
  for (const word of toWords(ANSWER)) {
    if (response.destroyed) return
    send({ choices: [{ index: 0, delta: { content: word }, finish_reason: null }] })
    await sleep(body.user === 'slow' ? SLOW_DELAY_MS : 1)
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  if (body.stream_options?.include_usage) send({ choices: [], usage: openAiUsage() })
  response.end('data: [DONE]\n\n')
}

async function streamOllama(response, body) {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  const send = (line) =>
    response.write(`${JSON.stringify({ model: body.model, created_at: '2026-01-01T00:00:00Z', ...line })}\n`)
  for (const word of toWords(ANSWER)) {
    send({ message: { role: 'assistant', content: word }, done: false })
    await sleep(1)
  }
  send({
    message: { role: 'assistant', content: '' },
    done: true,
    done_reason: 'stop',
    prompt_eval_count: REPORTED.prompt,
    eval_count: REPORTED.completion,
  })
  response.end()
}

function openAiUsage() {
  return {
    prompt_tokens: REPORTED.prompt,
    completion_tokens: REPORTED.completion,
    total_tokens: REPORTED.prompt + REPORTED.completion,
  }
}

function toWords(text) {
  return text.split(/(?= )/)
}

async function readJson(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}

function sendJson(response, body) {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
