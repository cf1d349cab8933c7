import type { RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { serverKinds } from '../setup/servers.ts'
import { exchange, type RawAnswer, type RawRequest } from '../setup/raw-exchange.ts'
import { createTestTracker } from '../setup/tracker.ts'

const PROMPT = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello' }] })
const STREAM_PROMPT = JSON.stringify({
  model: 'gpt-4o',
  stream: true,
  messages: [{ role: 'user', content: 'Say hello' }],
})
const USAGE = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }

const chunk = (content: string) =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index: 0, delta: { content } }] })}\n\n`
const completion = (extra: object) =>
  JSON.stringify({
    object: 'chat.completion',
    model: 'gpt-4o',
    choices: [{ index: 0, message: { content: 'Hello there' }, finish_reason: 'stop' }],
    ...extra,
  })

function send(status: number, type: string, ...writes: (string | Buffer)[]): RequestListener {
  return (request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': type })
    for (const part of writes) response.write(part)
    response.end()
  }
}

const dies: RequestListener = (request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(chunk('Hello there'))
  setTimeout(() => response.destroy(), 20)
}

interface Case {
  readonly name: string
  readonly handler: RequestListener
  readonly request?: RawRequest
  readonly expected: object
}

const estimated = { prompt_token_source: 'tiktoken', prompt_tokens: 9 }
const unknown = { prompt_tokens: null, completion_tokens: null, total_tokens: null, total_cost: null }

const cases: Case[] = [
  {
    name: 'malformed JSON',
    handler: send(200, 'application/json', '{"choices": [{"mess'),
    expected: { status: 'error', error_code: 'unreadable_response', ...unknown },
  },
  {
    name: 'a body that is not JSON',
    handler: send(200, 'text/html', '<html>hello</html>'),
    expected: { status: 'error', error_code: 'unreadable_response', ...unknown },
  },
  {
    name: 'an empty body',
    handler: send(200, 'application/json'),
    expected: { status: 'error', error_code: 'empty_response', completion_tokens: null },
  },
  {
    name: 'usage: null',
    handler: send(200, 'application/json', completion({ usage: null })),
    expected: { status: 'success', ...estimated, completion_tokens: 2, completion_token_source: 'tiktoken' },
  },
  {
    name: 'a stream that ends in the middle of an event',
    handler: send(200, 'text/event-stream', chunk('Hello there'), 'data: {"choi'),
    request: { body: STREAM_PROMPT },
    expected: {
      status: 'error',
      error_code: 'incomplete_stream',
      completion_tokens: 2,
      completion_token_source: 'tiktoken',
    },
  },
  {
    name: 'an upstream that dies in the middle of the stream',
    handler: dies,
    request: { body: STREAM_PROMPT },
    expected: { status: 'aborted', error_code: 'connection_closed', completion_tokens: 2, http_status: 200 },
  },
  {
    name: 'a body over MAX_BODY_SIZE, whose usage stands at its end',
    handler: send(200, 'application/json', completion({ filler: 'x'.repeat(300_000), usage: USAGE })),
    expected: { status: 'success', prompt_tokens: 7, completion_tokens: 3, token_source: 'api', truncated: true },
  },
  {
    name: 'a stream over MAX_BODY_SIZE',
    handler: send(
      200,
      'text/event-stream',
      ...Array.from({ length: 4_000 }, () => chunk('word ')),
      `data: {"choices":[],"usage":${JSON.stringify(USAGE)}}\n\n`,
      'data: [DONE]\n\n',
    ),
    request: { body: STREAM_PROMPT },
    expected: {
      status: 'success',
      prompt_tokens: 7,
      completion_tokens: 3,
      token_source: 'api',
      streaming: true,
      truncated: false,
    },
  },
  {
    name: 'an error that the provider refuses with',
    handler: send(
      429,
      'application/json',
      JSON.stringify({ error: { code: 'rate_limit_exceeded', message: 'Slow down' } }),
    ),
    expected: {
      status: 'error',
      error_code: 'rate_limit_exceeded',
      error_message: 'Slow down',
      http_status: 429,
      ...unknown,
    },
  },
  {
    name: 'a bad gateway in HTML',
    handler: send(502, 'text/html', '<h1>Bad gateway</h1>'),
    expected: { status: 'error', error_code: '502', http_status: 502, ...unknown },
  },
  {
    name: 'an error in the middle of a stream that began well',
    handler: send(
      200,
      'text/event-stream',
      chunk('Hello there'),
      'data: {"error":{"code":"server_error","message":"out of memory"}}\n\n',
    ),
    request: { body: STREAM_PROMPT },
    expected: { status: 'error', error_code: 'server_error', error_message: 'out of memory', completion_tokens: 2 },
  },
  {
    name: 'a request that is not JSON',
    handler: send(200, 'application/json', completion({ usage: USAGE })),
    request: { body: 'model=gpt-4o' },
    expected: { status: 'success', prompt_tokens: 7, completion_tokens: 3, model: 'gpt-4o', request_model: null },
  },
  {
    name: 'a compressed body that is broken off',
    handler: (_request, response) => {
      const whole = gzipSync(chunk('Hello there') + chunk('Hello there'.repeat(2_000)))
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
      response.end(whole.subarray(0, whole.length - 40))
    },
    request: { body: STREAM_PROMPT },
    expected: { status: 'error', error_code: 'incomplete_stream' },
  },
  {
    name: 'bytes that only say that they are compressed',
    handler: (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'br' })
      response.end(Buffer.from([255, 254, 253, 252, 251, 250, 249]))
    },
    expected: { status: 'error', completion_tokens: null, truncated: true },
  },
]

/** Without what differs between any two exchanges. */
function withoutDate({ status, headers: { date: _date, ...headers }, body, complete }: RawAnswer) {
  return { status, headers, body: body.toString('latin1'), complete }
}

for (const [kind, start] of Object.entries(serverKinds)) {
  describe(`behind ${kind}`, () => {
    it.each(cases)('$name reaches the client untouched and gives one event', async ({ handler, request, expected }) => {
      const { tracker, events, waitForEvents } = createTestTracker({ MAX_BODY_SIZE: '200KB', PRICING_DATASET: 'off' })
      const [bare, tapped] = await Promise.all([start(handler, null), start(handler, tracker)])
      const [expectedAnswer, answer] = await Promise.all(
        [bare, tapped].map((server) => exchange(server.url, { body: PROMPT, ...request })),
      )
      expect(withoutDate(answer!)).toEqual(withoutDate(expectedAnswer!))
      await waitForEvents(1)
      await tracker.flush()
      expect(events).toHaveLength(1)
      expect(events[0]).toMatchObject(expected)
      expect(tracker.getStats()).toMatchObject({ accepted: 1, events: 1, failed: 0, rejected: 0 })
      await Promise.all([tracker.shutdown(), bare.close(), tapped.close()])
    })

    it('a client that hangs up is counted up to there', async () => {
      const handler: RequestListener = (request, response) => {
        request.resume()
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        const timer = setInterval(() => response.write(chunk('Hello there')), 10)
        response.on('close', () => clearInterval(timer))
      }
      const { tracker, waitForEvents } = createTestTracker()
      const server = await start(handler, tracker)
      await exchange(server.url, { body: STREAM_PROMPT, hangUpAfter: 100 })
      const [event] = await waitForEvents(1)
      expect(event).toMatchObject({ status: 'aborted', prompt_tokens: 9, prompt_token_source: 'tiktoken' })
      expect(event?.completion_tokens).toBeGreaterThanOrEqual(2)
      expect(event?.completion_tokens).toBeLessThan(40)
      await Promise.all([tracker.shutdown(), server.close()])
    })
  })
}
