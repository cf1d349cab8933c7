import http, { type RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono, type MiddlewareHandler } from 'hono'
import Koa, { type Middleware } from 'koa'
import { describe, expect, it } from 'vitest'
import { tokenUsage as forHono } from '../../src/adapters/hono.ts'
import { tokenUsage as forKoa } from '../../src/adapters/koa.ts'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import type { TokenTracker } from '../../src/tracker/tracker.ts'
import { createTokenTracker } from '../../src/tracker/create-tracker.ts'
import { exchange } from '../setup/raw-exchange.ts'
import { listen } from '../setup/servers.ts'

const middlewares: Record<string, (tracker: TokenTracker) => unknown> = {
  Express: (tracker) => tokenUsageMiddleware({ tracker }),
  Koa: (tracker) => forKoa({ tracker }),
  Hono: (tracker) => forHono({ tracker }),
}

/** Servers that answer "ok" behind a middleware that may not be theirs. */
const servers: Record<string, (middleware: unknown) => RequestListener | Promise<RequestListener>> = {
  Express: (middleware) =>
    express()
      .use(middleware as express.RequestHandler)
      .use((_request, response) => void response.send('ok')),
  Koa: (middleware) =>
    new Koa()
      .use(middleware as Middleware)
      .use((context) => void (context.body = 'ok'))
      .callback(),
  Hono: (middleware) => {
    const app = new Hono().use(middleware as MiddlewareHandler).post('*', (context) => context.text('ok'))
    return getRequestListener(app.fetch, { overrideGlobalObjects: false })
  },
  Fastify: async (middleware) => {
    const app = fastify()
    app.addHook('onRequest', middleware as never)
    app.all('*', () => 'ok')
    await app.ready()
    return app.routing
  },
}

describe('middleware of the wrong kind', () => {
  for (const [kind, create] of Object.entries(middlewares)) {
    for (const [place, start] of Object.entries(servers)) {
      // Fastify itself refuses an asynchronous hook that takes as many arguments, when it is added.
      if (kind === place || (kind === 'Hono' && place === 'Fastify')) continue
      it(`made for ${kind} and mounted in ${place} lets requests through, and says once what to take instead`, async () => {
        const warnings: string[] = []
        const log = (_fields: object, message: string) => void warnings.push(message)
        const logger = { debug() {}, info() {}, warn: log, error: log }
        const tracker = createTokenTracker({}, { env: {}, logger })
        const server = await listen(http.createServer(await start(create(tracker))))
        for (let request = 0; request < 3; request++) {
          const { status, body } = await exchange(server.url, { body: '{"model":"gpt-4"}' })
          expect([status, body.toString()]).toEqual([200, 'ok'])
        }
        expect(warnings).toHaveLength(1)
        expect(warnings[0]).toContain('nothing is counted: take tokenUsageMiddleware on Express and node:http')
        await Promise.all([server.close(), tracker.shutdown()])
      })
    }
  }

  it('called on node:http without a next counts all the same', async () => {
    const tracker = createTokenTracker({}, { env: { TOKEN_TRACKER_LOG_LEVEL: 'silent' } })
    const middleware = tokenUsageMiddleware({ tracker }) as (...given: unknown[]) => void
    const server = await listen(
      http.createServer((request, response) => {
        middleware(request, response)
        response.end('{"usage":{"prompt_tokens":9,"completion_tokens":2}}')
      }),
    )
    await exchange(server.url, { body: '{"model":"gpt-4"}' })
    await tracker.flush()
    expect(tracker.getStats()).toMatchObject({ events: 1, totalTokens: 11, faults: 0 })
    await Promise.all([server.close(), tracker.shutdown()])
  })
})
