import http2 from 'node:http2'
import http, { type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import Koa from 'koa'
import { tokenUsagePlugin } from '../../src/adapters/fastify.ts'
import { tokenUsage } from '../../src/adapters/koa.ts'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import type { TokenTracker } from '../../src/tracker/tracker.ts'

export interface TestServer {
  readonly url: string
  readonly httpVersion: 1 | 2
  close(): Promise<void>
}

/**
 * Starts a server of one kind whose every route is `handler`; watched by `tracker`, or bare when it is `null`. `before` is
 * middleware that is mounted before the tracker's.
 */
export type StartServer = (
  handler: RequestListener,
  tracker: TokenTracker | null,
  before?: RequestListener,
) => Promise<TestServer>

export async function listen(server: http.Server): Promise<TestServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    httpVersion: 1,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function startExpress(create: typeof express): StartServer {
  return (handler, tracker, before) => {
    const app = create()
    app.use((request, response, next) => {
      before?.(request, response)
      next()
    })
    if (tracker) app.use(tokenUsageMiddleware({ tracker }))
    app.use(handler)
    return listen(http.createServer(app))
  }
}

/** Koa answers by itself unless it is told that the handler does. */
const startKoa: StartServer = (handler, tracker, before) => {
  const app = new Koa()
  app.silent = true
  app.use((context, next) => {
    before?.(context.req, context.res)
    return next()
  })
  if (tracker) app.use(tokenUsage({ tracker }))
  app.use((context) => {
    context.respond = false
    context.res.statusCode = 200
    handler(context.req, context.res)
  })
  return listen(http.createServer(app.callback()))
}

const startNodeHttp: StartServer = (handler, tracker, before) =>
  listen(http.createServer(toListener(handler, tracker, before)))

function toListener(...[handler, tracker, before]: Parameters<StartServer>): RequestListener {
  const middleware = tracker ? tokenUsageMiddleware({ tracker }) : null
  return (request, response) => {
    before?.(request, response)
    if (middleware) middleware(request, response, () => handler(request, response))
    else handler(request, response)
  }
}

/** HTTP/2 without TLS, through the API that Node offers for handlers of HTTP/1. */
const startHttp2: StartServer = async (handler, tracker, before) => {
  const server = http2.createServer(toListener(handler, tracker, before) as never)
  const sessions = new Set<http2.ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    httpVersion: 2,
    async close() {
      for (const session of sessions) session.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Fastify keeps its hands off the body and the reply, so that one handler serves all kinds of server. */
const startFastify: StartServer = async (handler, tracker, before) => {
  const app = fastify()
  app.addHook('onRequest', (request, reply, next) => {
    before?.(request.raw, reply.raw)
    next()
  })
  if (tracker) await app.register(tokenUsagePlugin, { tracker })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.all('*', (request, reply) => {
    reply.hijack()
    handler(request.raw, reply.raw)
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    httpVersion: 1,
    async close() {
      app.server.closeAllConnections()
      await app.close()
    },
  }
}

/** Every kind that speaks HTTP/1.1. */
export const serverKinds: Readonly<Record<string, StartServer>> = {
  'Express 4': startExpress(express4),
  'Express 5': startExpress(express),
  'Fastify 5': startFastify,
  'Koa 3': startKoa,
  'node:http': startNodeHttp,
}

export const allServerKinds: Readonly<Record<string, StartServer>> = { ...serverKinds, 'HTTP/2': startHttp2 }
