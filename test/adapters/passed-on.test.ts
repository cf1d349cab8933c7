import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { json, text } from 'node:stream/consumers'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import { setTimeout as sleep } from 'node:timers/promises'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { tokenUsage } from '../../src/adapters/hono.ts'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import { trackRequestHandler } from '../../src/adapters/web.ts'
import { createTokenTracker } from '../../src/tracker/create-tracker.ts'
import { recordWire } from '../server/record-wire.ts'
import { exchange } from '../setup/raw-exchange.ts'
import { allServerKinds, listen } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { answerAsProvider } from './providers.ts'
import { answerChat, completion, startUpstream, type Upstream } from './upstream.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }
const prompt = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello' }] }
const streamed = { ...prompt, stream: true, stream_options: { include_usage: true } }

let upstream: Upstream
afterEach(() => upstream.close())

/** Passes a request on, and its answer back, as a gateway does. */
function createForwarder(tracked: typeof fetch) {
  return async (request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.stringify(await json(request))
    const answer = await tracked(`${upstream.url}/v1/chat/completions`, { method: 'POST', headers: JSON_HEADERS, body })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    Readable.fromWeb(answer.body as NodeStream).pipe(response)
  }
}

const forwarded = { total_tokens: 11, token_source: 'api', status: 'success' }

describe('an answer that trackFetch counts and the server passes on', () => {
  for (const [kind, start] of Object.entries(allServerKinds)) {
    it(`behind ${kind} is one call, as JSON and as a stream`, async () => {
      upstream = await startUpstream(answerChat)
      const { tracker, events } = createTestTracker()
      const server = await start(createForwarder(trackFetch(fetch, { tracker, tags: ['call'] })), tracker)
      for (const body of [prompt, streamed]) await recordWire(server, { body: JSON.stringify(body) })
      await tracker.flush()
      expect(events).toMatchObject([
        { ...forwarded, streaming: false, tags: ['call'] },
        { ...forwarded, streaming: true, tags: ['call'] },
      ])
      expect(events).toHaveLength(2)
      await Promise.all([server.close(), tracker.shutdown()])
    })
  }

  it('is counted as the call tells, which may be read on when the response has ended', async () => {
    const chunk = (part: object) =>
      `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-4o', ...part })}\n\n`
    const choices = [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }]
    const usage = { prompt_tokens: 5_000, completion_tokens: 7_000, total_tokens: 12_000 }
    let sendRest: () => void = () => {}
    upstream = await startUpstream((_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(chunk({ choices }))
      sendRest = () => response.end(`${chunk({ choices: [], usage })}data: [DONE]\n\n`)
    })
    const { tracker, events } = createTestTracker()
    const tracked = trackFetch(fetch, { tracker })
    const server = await listen(
      http.createServer((request, response) =>
        tracker.middleware()(request, response, async () => {
          request.resume()
          const body = JSON.stringify(streamed)
          const answer = await tracked(`${upstream.url}/v1/chat/completions`, {
            method: 'POST',
            headers: JSON_HEADERS,
            body,
          })
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          const reader = answer.body!.getReader()
          response.end((await reader.read()).value)
          while (!(await reader.read()).done);
        }),
      ),
    )
    await recordWire(server, { body: JSON.stringify(streamed) })
    await tracker.flush()
    expect(events).toEqual([])
    sendRest()
    for (let tries = 0; events.length === 0 && tries < 1_000; tries++) {
      await sleep(10)
      await tracker.flush()
    }
    await sleep(50)
    await tracker.flush()
    expect(events).toMatchObject([
      { prompt_tokens: 5_000, completion_tokens: 7_000, token_source: 'api', status: 'success' },
    ])
    expect(events).toHaveLength(1)
    await Promise.all([server.close(), tracker.shutdown()])
  })

  it('behind Hono and a web handler is one call, too', async () => {
    upstream = await startUpstream(answerChat)
    const { tracker, events } = createTestTracker()
    const tracked = trackFetch(fetch, { tracker })
    const forward = async (request: Request) => {
      const body = await request.text()
      return tracked(`${upstream.url}/v1/chat/completions`, { method: 'POST', headers: JSON_HEADERS, body })
    }
    const app = new Hono().use(tokenUsage({ tracker })).post('*', (context) => forward(context.req.raw))
    for (const handler of [app.fetch, trackRequestHandler(forward, { tracker })])
      for (const body of [prompt, streamed]) {
        const init = { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify(body) }
        await (await handler(new Request('http://host/v1/chat/completions', init))).text()
      }
    await tracker.flush()
    expect(events).toHaveLength(4)
    await tracker.shutdown()
  })

  it.each([
    '/v1/messages',
    '/v1/responses',
    '/v1beta/models/gemini-2.5-flash:generateContent',
    '/v1beta/models/gemini-2.5-flash:streamGenerateContent',
    '/v2/chat',
  ])('is known by the id that the API of %s gives it', async (path) => {
    upstream = await startUpstream(answerAsProvider('at once'))
    const { tracker, events } = createTestTracker()
    const tracked = trackFetch(fetch, { tracker })
    const forward = async (request: Request) =>
      tracked(upstream.url + path, { method: 'POST', headers: JSON_HEADERS, body: await request.text() })
    const handler = trackRequestHandler(forward, { tracker })
    for (const body of [prompt, streamed]) {
      const init = { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify(body) }
      await (await handler(new Request(`http://host${path}`, init))).text()
    }
    await tracker.flush()
    expect(events).toMatchObject([forwarded, forwarded])
    expect(events).toHaveLength(2)
    await tracker.shutdown()
  })

  /** Serves one request with `handler`, behind a middleware with `options`. */
  async function serve(
    handler: http.RequestListener,
    options: Parameters<typeof tokenUsageMiddleware>[0],
    headers: Record<string, string> = {},
  ) {
    const middleware = tokenUsageMiddleware(options)
    const server = await listen(
      http.createServer((request, response) => middleware(request, response, () => handler(request, response))),
    )
    await exchange(server.url, { body: JSON.stringify(prompt), headers })
    await server.close()
  }

  it('belongs to the user of the request: by the hook, or by the trusted header', async () => {
    upstream = await startUpstream(answerChat)
    const { tracker, events } = createTestTracker({ TRUSTED_USER_HEADERS: '{"user":"x-user"}' })
    const forward = createForwarder(trackFetch(fetch, { tracker }))
    await serve(forward, { tracker, identify: () => ({ userId: 'by hook', sessionId: 's-1' }) })
    await serve(forward, { tracker }, { 'x-user': 'by header' })
    const own = createForwarder(trackFetch(fetch.bind(null), { tracker, identify: () => ({ userId: 'by fetch' }) }))
    await serve(own, { tracker, identify: () => ({ userId: 'by hook' }) })
    await tracker.flush()
    expect(events.map(({ user_id }) => user_id)).toEqual(['by hook', 'by header', 'by fetch'])
    expect(events[0]?.session_id).toBe('s-1')
    await tracker.shutdown()
  })

  it('is told once on the log', async () => {
    upstream = await startUpstream(answerChat)
    const hints: string[] = []
    const logger = { debug() {}, info: (_: object, hint: string) => void hints.push(hint), warn() {}, error() {} }
    const tracker = createTokenTracker({}, { env: {}, logger })
    const forward = createForwarder(trackFetch(fetch, { tracker }))
    for (let request = 0; request < 3; request++) await serve(forward, { tracker })
    await tracker.flush()
    expect(hints.filter((hint) => hint.includes('counted once, as the call'))).toHaveLength(1)
    expect(tracker.getStats()).toMatchObject({ events: 3, ignored: 3 })
    await tracker.shutdown()
  })
})

describe('calls whose answers the server does not pass on', () => {
  /** A server that makes three calls for its own answer, under an id of its own or none. */
  const createAgent = (tracked: typeof fetch, id: string | null): http.RequestListener => {
    return async (request, response) => {
      await text(request)
      const call = () =>
        tracked(`${upstream.url}/v1/chat/completions`, {
          method: 'POST',
          headers: JSON_HEADERS,
          body: JSON.stringify(prompt),
        })
      for (const answer of [await call(), await call(), await call()]) await answer.json()
      response.end(
        JSON.stringify({ ...completion, id: id ?? undefined, usage: { prompt_tokens: 27, completion_tokens: 6 } }),
      )
    }
  }

  for (const id of ['answer-1', null]) {
    it(`all count, and the answer made of them under ${id ?? 'no id'}`, async () => {
      let made = 0
      upstream = await startUpstream(
        (_call, response) => void response.end(JSON.stringify({ ...completion, id: `c-${made++}` })),
      )
      const { tracker, events } = createTestTracker()
      const agent = createAgent(trackFetch(fetch, { tracker }), id)
      const middleware = tokenUsageMiddleware({ tracker })
      const server = await listen(
        http.createServer((request, response) => middleware(request, response, () => agent(request, response))),
      )
      await exchange(server.url, { body: JSON.stringify(prompt) })
      await tracker.flush()
      expect(events.map(({ total_tokens }) => total_tokens)).toEqual([11, 11, 11, 33])
      await Promise.all([server.close(), tracker.shutdown()])
    })
  }

  it('all count where an upstream gives every answer the same id', async () => {
    upstream = await startUpstream(answerChat)
    const { tracker, events } = createTestTracker()
    const agent = createAgent(trackFetch(fetch, { tracker }), 'answer-1')
    const middleware = tokenUsageMiddleware({ tracker })
    const server = await listen(
      http.createServer((request, response) => middleware(request, response, () => agent(request, response))),
    )
    for (let request = 0; request < 2; request++) await exchange(server.url, { body: JSON.stringify(prompt) })
    await tracker.flush()
    expect(events).toHaveLength(8)
    await Promise.all([server.close(), tracker.shutdown()])
  })

  it('of another tracker count there, and the request here', async () => {
    upstream = await startUpstream(answerChat)
    const [here, there] = [createTestTracker(), createTestTracker()]
    const forward = createForwarder(trackFetch(fetch, { tracker: there.tracker }))
    const middleware = tokenUsageMiddleware({ tracker: here.tracker })
    const server = await listen(
      http.createServer((request, response) => middleware(request, response, () => void forward(request, response))),
    )
    await exchange(server.url, { body: JSON.stringify(prompt) })
    await Promise.all([here.tracker.flush(), there.tracker.flush()])
    expect([here.events.length, there.events.length]).toEqual([1, 1])
    await Promise.all([server.close(), here.tracker.shutdown(), there.tracker.shutdown()])
  })
})
