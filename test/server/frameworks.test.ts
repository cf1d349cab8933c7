import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import express, { type Express, type Request, type Response } from 'express'
import express4 from 'express4'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { describe, expect, it } from 'vitest'
import { tokenUsagePlugin } from '../../src/adapters/fastify.ts'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import type { CompletedExchange } from '../../src/capture/exchange.ts'
import { listen, type TestServer } from '../setup/servers.ts'
import { createCaptureTracker } from './capture-tracker.ts'
import { recordWire, type WireRequest } from './record-wire.ts'

const PROMPT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello' }] }
const BODY = JSON.stringify(PROMPT)

/** Runs one exchange with and without the tracker; expects the same answer, and gives the record. */
async function compare(
  start: (middleware: ReturnType<typeof createCaptureTracker>['tracker'] | null) => Promise<TestServer>,
  request: WireRequest = {},
  limits: { maxBodySize?: number } = {},
): Promise<CompletedExchange> {
  const { tracker, faults, waitForExchanges } = createCaptureTracker(limits)
  const [bare, tapped] = await Promise.all([start(null), start(tracker)])
  const [expected, answer] = await Promise.all([
    recordWire(bare, { body: BODY, ...request }),
    recordWire(tapped, { body: BODY, ...request }),
  ])
  expect(answer.wire).toBe(expected.wire)
  const exchanges = await waitForExchanges(1)
  expect(exchanges).toHaveLength(1)
  expect(faults).toEqual([])
  await Promise.all([bare.close(), tapped.close()])
  return exchanges[0]!
}

const editions: readonly [string, typeof express][] = [
  ['Express 4', express4 as unknown as typeof express],
  ['Express 5', express],
]

describe.each(editions)('%s', (_name, create) => {
  const echo = (request: Request, response: Response) => void response.json({ got: request.body as unknown })
  type Mount = (app: Express, use: () => void) => void

  const run = (mount: Mount, request: WireRequest = {}, limits = {}) =>
    compare(
      (tracker) => {
        const app = create()
        mount(app, () => void (tracker && app.use(tokenUsageMiddleware({ tracker }))))
        return listen(http.createServer(app))
      },
      request,
      limits,
    )

  it('parses JSON before us: the object is taken, no bytes are kept', async () => {
    const { request, response } = await run((app, use) => (app.use(express.json()), use(), app.use(echo)))
    expect(request.parsedBody).toEqual(PROMPT)
    expect(request.body).toBeNull()
    expect(response.body?.head.toString()).toBe(JSON.stringify({ got: PROMPT }))
  })

  it('parses JSON behind us: the object is taken, the bytes are let go', async () => {
    const { request } = await run((app, use) => (use(), app.use(express.json()), app.use(echo)))
    expect(request.parsedBody).toEqual(PROMPT)
    expect(request.body).toBeNull()
  })

  it('fails to parse: the bytes are kept, the error answer is the same', async () => {
    const mount: Mount = (app, use) => {
      app.set('env', 'test')
      use()
      app.use(create.json())
      app.use((error: Error, _request: Request, response: Response, _next: unknown) => {
        response.status(400).send(error.message)
      })
    }
    const { request, response } = await run(mount, { body: '{"model":' })
    expect(request.parsedBody).toBeNull()
    expect(request.body?.head.toString()).toBe('{"model":')
    expect(response.status).toBe(400)
  })

  it('reads the raw body before us, within our limit or past it', async () => {
    const mount: Mount = (app, use) => {
      app.use(express.raw({ type: '*/*', limit: '10mb' }))
      use()
      app.use((request, response) => void response.send(String((request.body as Buffer).length)))
    }
    const within = await run(mount)
    expect(String(within.request.parsedBody as Buffer)).toBe(BODY)
    const past = await run(mount, { body: 'x'.repeat(5_000) }, { maxBodySize: 1_000 })
    expect(past.request.parsedBody).toBeNull()
    expect(past.request.body).toMatchObject({ size: 5_000, truncated: true })
  })

  it('mounts us twice, and again in a router: one record', async () => {
    await compare(async (tracker) => {
      const app = create()
      const router = create.Router()
      for (const host of [app, app, router]) if (tracker) host.use(tokenUsageMiddleware({ tracker }))
      router.use(echo)
      app.use('/v1', router)
      return listen(http.createServer(app))
    })
  })

  it('mounts us below a path: the record names the whole path', async () => {
    const exchange = await compare(
      async (tracker) => {
        const app = create()
        if (tracker) app.use('/v1', tokenUsageMiddleware({ tracker }))
        app.use(echo)
        return listen(http.createServer(app))
      },
      { path: '/v1/chat/completions?trace=1' },
    )
    expect(exchange.path).toBe('/v1/chat/completions')
  })

  const senders: Readonly<Record<string, (request: Request, response: Response) => void>> = {
    'res.json': (_request, response) => void response.json({ usage: { total_tokens: 3 } }),
    'res.send of text': (_request, response) => void response.send('text'),
    'res.send of bytes': (_request, response) => void response.send(Buffer.from('bytes')),
    'res.sendStatus': (_request, response) => void response.sendStatus(503),
    'res.status.end': (_request, response) => void response.status(202).end(),
    'a stream': (_request, response) =>
      void Readable.from(['data: 1\n\n', 'data: 2\n\n']).pipe(response.type('text/event-stream')),
    'an error that is thrown': () => {
      throw Object.assign(new Error('broken'), { status: 418, expose: true })
    },
    'an error passed on once the head is sent': (request, response) => {
      response.write('data: 1\n\n')
      setTimeout(() => request.next?.(new Error('late')), 10)
    },
  }

  it.each(Object.entries(senders))('answers with %s', async (_sender, handler) => {
    const mount: Mount = (app, use) => {
      app.set('env', 'test')
      use()
      app.use(handler)
    }
    const { response, outcome } = await run(mount)
    expect(response.status).toBeGreaterThanOrEqual(200)
    expect(outcome).toBe(_sender.includes('once the head is sent') ? 'aborted' : 'complete')
  })
})

describe('Fastify 5', () => {
  const run = (setUp: (app: FastifyInstance) => void, request: WireRequest = {}) =>
    compare(async (tracker) => {
      const app = fastify()
      if (tracker) await app.register(tokenUsagePlugin, { tracker })
      setUp(app)
      await app.listen({ port: 0, host: '127.0.0.1' })
      const { url, httpVersion, close } = toTestServer(app)
      return { url, httpVersion, close }
    }, request)

  function toTestServer(app: FastifyInstance): TestServer {
    const [address] = app.addresses()
    return {
      url: `http://127.0.0.1:${address?.port}`,
      httpVersion: 1,
      async close() {
        app.server.closeAllConnections()
        await app.close()
      },
    }
  }

  const payloads: Readonly<Record<string, (reply: FastifyReply) => unknown>> = {
    'an object that is returned': () => ({ usage: { total_tokens: 3 } }),
    'an object that is sent': (reply) => reply.send({ usage: { total_tokens: 3 } }),
    text: (reply) => reply.type('text/plain').send('text'),
    bytes: (reply) => reply.type('application/json').send(Buffer.from('{}')),
    'a stream': (reply) => reply.type('text/event-stream').send(Readable.from(['data: 1\n\n', 'data: 2\n\n'])),
    'a web stream': (reply) => reply.type('text/event-stream').send(new Blob(['data: 1\n\n']).stream()),
    'a Response': (reply) =>
      reply.send(new globalThis.Response('data: 1\n\n', { headers: { 'content-type': 'text/event-stream' } })),
    'an error': () => {
      throw Object.assign(new Error('broken'), { statusCode: 503 })
    },
  }

  it.each(Object.entries(payloads))('answers with %s', async (_name, answer) => {
    const { request, response, outcome } = await run((app) => {
      app.post('*', async (_request, reply) => answer(reply))
    })
    expect(outcome).toBe('complete')
    expect(response.body?.size).toBeGreaterThan(1)
    expect(request.parsedBody).toEqual(PROMPT)
  })

  it('hands the request on as an unread stream: its bytes are kept', async () => {
    const { request } = await run((app) => {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
      app.post('*', async (incoming, reply) => reply.send(incoming.body))
    })
    expect(request.parsedBody).toBeNull()
    expect(request.body?.head.toString()).toBe(BODY)
  })

  it('is asked through inject, which closes inside end: one record with the whole body', async () => {
    const { tracker, waitForExchanges } = createCaptureTracker()
    const app = fastify()
    await app.register(tokenUsagePlugin, { tracker })
    app.post('*', async () => ({ usage: { total_tokens: 3 } }))
    const answer = await app.inject({ method: 'POST', url: '/v1/chat/completions', payload: PROMPT })
    expect(answer.json()).toEqual({ usage: { total_tokens: 3 } })
    const exchanges = await waitForExchanges(1)
    expect(exchanges.map(({ response }) => response.body?.head.toString())).toEqual([answer.body])
    await app.close()
  })
})

describe('hooks', () => {
  const runHooks = async (options: object) => {
    const { tracker, faults, waitForExchanges } = createCaptureTracker()
    const middleware = tokenUsageMiddleware({ tracker, ...options })
    const server = await listen(
      http.createServer((request: IncomingMessage, response: ServerResponse) => {
        middleware(request, response, () => {
          Object.assign(request, { user: 'u-1' })
          request.resume()
          response.end('ok')
        })
      }),
    )
    const { body } = await recordWire(server)
    expect(body.toString()).toBe('ok')
    const [exchange] = await waitForExchanges(1)
    await server.close()
    return { identity: await exchange!.identity, metadata: exchange!.metadata, tags: exchange!.tags, faults }
  }

  it('see what authentication behind us put on the request', async () => {
    const result = await runHooks({
      identify: (request: { user: string }) => ({ userId: request.user, more: 'left out' }),
      metadata: (_request: unknown, response: ServerResponse) => ({ status: response.statusCode }),
      tags: ['a'],
    })
    expect(result).toEqual({ identity: { userId: 'u-1' }, metadata: { status: 200 }, tags: ['a'], faults: [] })
  })

  it('may answer with a promise where it is allowed', async () => {
    const { identity } = await runHooks({ identify: async () => ({ sessionId: 's-1' }) })
    expect(identity).toEqual({ sessionId: 's-1' })
  })

  const faulty: Readonly<Record<string, { options: object; fault: string }>> = {
    'throws (identify)': {
      options: {
        identify: () => {
          throw new Error('no user')
        },
      },
      fault: 'identify hook: no user',
    },
    'rejects (identify)': {
      options: { identify: () => Promise.reject(new Error('no database')) },
      fault: 'identify hook: no database',
    },
    'answers with a getter that throws (identify)': {
      options: {
        identify: () => ({
          get userId() {
            throw new Error('no getter')
          },
        }),
      },
      fault: 'identify hook: no getter',
    },
    'throws (metadata)': {
      options: {
        metadata: () => {
          throw new Error('no metadata')
        },
      },
      fault: 'metadata hook: no metadata',
    },
    'is asynchronous and rejects (metadata)': {
      options: { metadata: () => Promise.reject(new Error('late')) },
      fault: 'metadata hook: expected an object, got a promise: make the hook synchronous',
    },
  }

  it.each(Object.entries(faulty))(
    'a hook that %s loses its answer, not the record',
    async (_name, { options, fault }) => {
      const { identity, metadata, faults } = await runHooks(options)
      expect([identity, metadata]).toEqual([null, null])
      expect(faults).toEqual([fault])
    },
  )

  it.each(['text', 42, null, undefined, ['list']])('an answer of %j is none', async (answer) => {
    const { identity, metadata, faults } = await runHooks({ identify: () => answer, metadata: () => answer })
    expect([identity, metadata, faults]).toEqual([null, null, []])
  })
})
