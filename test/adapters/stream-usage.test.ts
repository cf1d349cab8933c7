import http, { type ServerResponse } from 'node:http'
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import express from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { tokenUsagePlugin } from '../../src/adapters/fastify.ts'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import type { NodeMiddleware, TokenTracker } from '../../src/tracker/tracker.ts'
import { exchange } from '../setup/raw-exchange.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { chatEvents, completion, writeSlowly } from './upstream.ts'

/** The routes of a gateway: each answers what its upstream would answer to the body that the handler was given. */
type Route = (body: Record<string, unknown>, response: ServerResponse) => unknown

const SSE = { 'content-type': 'text/event-stream' }
const asks = (body: Record<string, unknown>) => JSON.stringify(body['stream_options']) === '{"include_usage":true}'

const routes: Record<string, Route> = {
  'written event by event': (body, response) => {
    response.writeHead(200, SSE)
    return writeSlowly(response, chatEvents(asks(body)))
  },
  'written in pieces of seven bytes': (body, response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.flushHeaders()
    const text = Buffer.from(chatEvents(asks(body)).join(''))
    for (let at = 0; at < text.length; at += 7) response.write(text.subarray(at, at + 7))
    response.end()
  },
  'ended in one piece': (body, response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.end(chatEvents(asks(body)).join(''), 'utf8')
  },
  'ended in one piece of announced length': (body, response) => {
    const text = chatEvents(asks(body)).join('')
    response.setHeader('content-type', 'text/event-stream; charset=utf-8')
    response.setHeader('content-length', Buffer.byteLength(text))
    response.end(text)
  },
}

type Start = (route: Route, tracker: TokenTracker | null) => Promise<{ url: string; close(): Promise<void> }>

async function listen(server: http.Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: async () => void server.close() }
}

const onExpress =
  (create: typeof express, order: 'parser first' | 'tracker first'): Start =>
  (route, tracker) => {
    const app = create()
    if (order === 'parser first') app.use(express.json())
    if (tracker) app.use(tokenUsageMiddleware({ tracker }))
    if (order === 'tracker first') app.use(express.json())
    app.use((request, response) => void route(request.body as Record<string, unknown>, response))
    return listen(http.createServer(app))
  }

const onFastify: Start = async (route, tracker) => {
  const app = fastify()
  if (tracker) await app.register(tokenUsagePlugin, { tracker })
  app.post('*', (request, reply) => {
    reply.hijack()
    void route(request.body as Record<string, unknown>, reply.raw)
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => app.close() }
}

const starts: Record<string, Start> = {
  'Express 4, behind its parser': onExpress(express4, 'parser first'),
  'Express 4, before its parser': onExpress(express4, 'tracker first'),
  'Express 5, behind its parser': onExpress(express, 'parser first'),
  'Express 5, before its parser': onExpress(express, 'tracker first'),
  'Fastify 5': onFastify,
}

const PROMPT = { model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: 'Say hello' }] }

async function ask({ url }: { url: string }, body: object = PROMPT, path = '/v1/chat/completions') {
  const { status, headers, body: bytes } = await exchange(url, { path, body: JSON.stringify(body) })
  const { date: _date, ...rest } = headers
  return { status, headers: rest, body: bytes.toString() }
}

describe('asking for stream usage in a server', () => {
  for (const [kind, start] of Object.entries(starts)) {
    for (const [name, route] of Object.entries(routes)) {
      it(`gives the client the stream it would have had, on ${kind}, ${name}`, async () => {
        const { tracker, waitForEvents } = createTestTracker({ INJECT_STREAM_USAGE: 'true' })
        const bare = await start(route, null)
        const tapped = await start(route, tracker)
        const expected = await ask(bare)
        expect(expected.body).toBe(chatEvents(false).join(''))
        expect(await ask(tapped)).toEqual(expected)
        expect(await waitForEvents(1)).toMatchObject([
          { status: 'success', prompt_tokens: 9, completion_tokens: 2, token_source: 'api' },
        ])
        await Promise.all([bare.close(), tapped.close(), tracker.shutdown()])
      })
    }

    it(`leaves the rest alone on ${kind}`, async () => {
      const { tracker } = createTestTracker({ INJECT_STREAM_USAGE: 'true', EXCLUDED_ENDPOINTS: '/chat/completions' })
      const bodies: unknown[] = []
      const echo: Route = (body, response) => {
        bodies.push(body)
        response.writeHead(200, SSE)
        response.end(chatEvents(true).join(''))
      }
      const tapped = await start(echo, tracker)
      const told = [
        { ...PROMPT, stream_options: { include_usage: false } },
        { ...PROMPT, stream: false },
      ]
      for (const body of told) expect((await ask(tapped, body)).body).toBe(chatEvents(true).join(''))
      expect((await ask(tapped, PROMPT, '/chat/completions')).body).toBe(chatEvents(true).join(''))
      expect((await ask(tapped, PROMPT, '/v1/responses')).body).toBe(chatEvents(true).join(''))
      expect(bodies).toEqual([...told, PROMPT, PROMPT])
      await Promise.all([tapped.close(), tracker.shutdown()])
    })

    it(`leaves a path alone whose upstream refused, on ${kind}`, async () => {
      const { tracker, waitForEvents } = createTestTracker({ INJECT_STREAM_USAGE: 'true' })
      const refusal = JSON.stringify({ error: { message: 'Unrecognized argument: stream_options' } })
      const refuse: Route = (body, response) => {
        if (!('stream_options' in body)) return response.writeHead(200, SSE).end(chatEvents(false).join(''))
        return response.writeHead(400, { 'content-type': 'application/json' }).end(refusal)
      }
      const tapped = await start(refuse, tracker)
      expect(await ask(tapped)).toMatchObject({ status: 400, body: refusal })
      expect(await ask(tapped)).toMatchObject({ status: 200, body: chatEvents(false).join('') })
      const events = await waitForEvents(2)
      expect(events.map(({ http_status }) => http_status)).toEqual([400, 200])
      await Promise.all([tapped.close(), tracker.shutdown()])
    })
  }

  const announced: Record<string, (text: string, response: ServerResponse) => unknown> = {
    'in an object': (text, response) =>
      response.writeHead(200, { ...SSE, 'Content-Length': Buffer.byteLength(text) }).end(text),
    'in a flat array': (text, response) =>
      response
        .writeHead(200, 'OK', ['content-type', 'text/event-stream', 'content-length', String(Buffer.byteLength(text))])
        .end(text),
    'before several writes': (text, response) => {
      response.setHeader('content-type', 'text/event-stream')
      response.setHeader('content-length', Buffer.byteLength(text))
      response.write(text.slice(0, 40))
      response.end(text.slice(40))
    },
  }
  for (const [name, send] of Object.entries(announced)) {
    it(`strips a body whose length was announced ${name}`, async () => {
      const { tracker, waitForEvents } = createTestTracker({ INJECT_STREAM_USAGE: 'true' })
      const route: Route = (body, response) => send(chatEvents(asks(body)).join(''), response)
      const tapped = await onExpress(express, 'parser first')(route, tracker)
      expect((await ask(tapped)).body).toBe(chatEvents(false).join(''))
      expect(await waitForEvents(1)).toMatchObject([{ status: 'success', completion_tokens: 2 }])
      await Promise.all([tapped.close(), tracker.shutdown()])
    })
  }

  it('asks and strips for the client of a forward proxy, which sends a whole URL', async () => {
    const { tracker, waitForEvents } = createTestTracker({ INJECT_STREAM_USAGE: 'true' })
    const route: Route = (body, response) => response.writeHead(200, SSE).end(chatEvents(asks(body)).join(''))
    const tapped = await onExpress(express, 'parser first')(route, tracker)
    const text = await new Promise<string>((resolve, reject) => {
      const path = 'http://api.example/v1/chat/completions?api-version=1'
      const headers = { 'content-type': 'application/json' }
      const request = http.request(tapped.url, { method: 'POST', path, headers, agent: false })
      request.on('response', (response) => response.toArray().then((chunks) => resolve(chunks.join('')), reject))
      request.on('error', reject).end(JSON.stringify(PROMPT))
    })
    expect(text).toBe(chatEvents(false).join(''))
    expect(await waitForEvents(1)).toMatchObject([{ endpoint: '/v1/chat/completions', completion_tokens: 2 }])
    await Promise.all([tapped.close(), tracker.shutdown()])
  })

  it('strips what Fastify sends as one text', async () => {
    const { tracker, waitForEvents } = createTestTracker({ INJECT_STREAM_USAGE: 'true' })
    const app = fastify()
    await app.register(tokenUsagePlugin, { tracker })
    app.post('/v1/chat/completions', (request, reply) => {
      const events = chatEvents(asks(request.body as Record<string, unknown>))
      return reply.type('text/event-stream').send(events.join(''))
    })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    expect((await ask({ url })).body).toBe(chatEvents(false).join(''))
    expect(await waitForEvents(1)).toMatchObject([{ status: 'success', completion_tokens: 2 }])
    await Promise.all([app.close(), tracker.shutdown()])
  })

  it('keeps return values and callbacks of write and end, JSON answers and errors', async () => {
    const { tracker } = createTestTracker({ INJECT_STREAM_USAGE: 'true' })
    const log: unknown[] = []
    const route: Route = (_body, response) => {
      response.writeHead(200, SSE)
      const [first = '', ...rest] = chatEvents(true)
      log.push(response.write(first.slice(0, 10), 'utf8', () => log.push('first written')))
      log.push(response.write(Buffer.from(first.slice(10))))
      expect(() => response.write(7)).toThrow(TypeError)
      log.push(response.end(rest.join(''), () => log.push('ended')) === response)
      log.push(response.writableEnded)
    }
    const tapped = await onExpress(express, 'parser first')(route, tracker)
    expect((await ask(tapped)).body).toBe(chatEvents(false).join(''))
    expect(log.filter((entry) => typeof entry === 'boolean')).toEqual([true, true, true, true])
    expect(log.filter((entry) => typeof entry === 'string')).toEqual(['first written', 'ended'])
    await tapped.close()
    const whole = await onExpress(express, 'parser first')(
      (_body, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(completion)),
      tracker,
    )
    expect(JSON.parse((await ask(whole)).body)).toEqual(completion)
    await Promise.all([whole.close(), tracker.shutdown()])
  })

  it('strips over HTTP/2 too', async () => {
    const { tracker, waitForEvents } = createTestTracker({ INJECT_STREAM_USAGE: 'true' })
    const middleware = tokenUsageMiddleware({ tracker }) as unknown as NodeMiddleware<
      Http2ServerRequest & { body?: unknown },
      Http2ServerResponse
    >
    const server = http2.createServer((request, response) => {
      Object.assign(request, { body: PROMPT })
      middleware(request, response, () => {
        expect((request as { body?: unknown }).body).toMatchObject({ stream_options: { include_usage: true } })
        const [first, ...rest] = chatEvents(true)
        response.setHeader('content-type', 'text/event-stream')
        response.write(first ?? '')
        response.end(rest.join(''))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = session.request({ ':method': 'POST', ':path': '/v1/chat/completions' })
    stream.end('{}')
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString()).toBe(chatEvents(false).join(''))
    expect(await waitForEvents(1)).toMatchObject([{ status: 'success', completion_tokens: 2 }])
    session.close()
    server.close()
    await tracker.shutdown()
  })
})
