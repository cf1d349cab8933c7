import http from 'node:http'
import { Readable } from 'node:stream'
import express, { type Express, type Request, type Response } from 'express'
import express4 from 'express4'
import { describe, expect, it } from 'vitest'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import { listen } from '../setup/servers.ts'
import { compareApps } from './compare-apps.ts'
import type { WireRequest } from './record-wire.ts'

const PROMPT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello' }] }
const BODY = JSON.stringify(PROMPT)

const editions: readonly [string, typeof express][] = [
  ['Express 4', express4],
  ['Express 5', express],
]

describe.each(editions)('%s', (_name, create) => {
  const echo = (request: Request, response: Response) => void response.json({ got: request.body as unknown })
  type Mount = (app: Express, use: () => void) => void

  const run = (mount: Mount, request: WireRequest = {}, limits = {}) =>
    compareApps(
      (tracker) => {
        const app = create()
        mount(app, () => void (tracker && app.use(tokenUsageMiddleware({ tracker }))))
        return listen(http.createServer(app))
      },
      { body: BODY, ...request },
      limits,
    )

  it('parses JSON before us: the object is taken, no bytes are kept', async () => {
    const { request, response } = await run((app, use) => (app.use(express.json()), use(), app.use(echo)))
    expect(request.parsedBody).toEqual(PROMPT)
    expect(request.body).toBeNull()
    expect(response.body?.head.join().toString()).toBe(JSON.stringify({ got: PROMPT }))
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
    expect(request.body?.head.join().toString()).toBe('{"model":')
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
    const { path } = await compareApps(
      async (tracker) => {
        const app = create()
        const router = create.Router()
        for (const host of [app, app, router]) if (tracker) host.use(tokenUsageMiddleware({ tracker }))
        router.use(echo)
        app.use('/v1', router)
        return listen(http.createServer(app))
      },
      { body: BODY },
    )
    expect(path).toBe('/v1/chat/completions')
  })

  it('mounts us below a path: the record names the whole path', async () => {
    const exchange = await compareApps(
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
      throw Object.assign(new Error('broken'), {
        status: 418,
        stack: 'Express prints it, and each middleware has a line in it',
      })
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
