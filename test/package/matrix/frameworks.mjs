// Each starts a server of one kind that answers JSON or a stream, and tells its address.
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'

export const frameworks = {
  'Express 5': (given) => startExpress('express', given),
  'Express 4': (given) => startExpress('express4', given),

  async Fastify({ tracker, completion, lines }) {
    const { default: fastify } = await import('fastify')
    const { tokenUsagePlugin } = await import('token-usage-tracker/fastify')
    const app = fastify()
    await app.register(tokenUsagePlugin, { tracker })
    app.post('*', (request, reply) => {
      if (!request.body.stream) return reply.send(completion)
      return reply.type('text/event-stream').send(Readable.from(lines))
    })
    return app.listen({ port: 0, host: '127.0.0.1' })
  },

  'node:http': ({ middleware, ...given }) =>
    listen(
      http.createServer((request, response) => middleware(request, response, () => answer(request, response, given))),
    ),

  'HTTP/2': ({ middleware, ...given }) =>
    listen(
      http2.createServer((request, response) => middleware(request, response, () => answer(request, response, given))),
    ),

  'Nest on Express': (given) => startNest('express', 'ExpressAdapter', given),
  'Nest on Fastify': (given) => startNest('fastify', 'FastifyAdapter', given),

  async Koa({ tracker, completion, lines }) {
    const { default: Koa } = await import('koa')
    const { tokenUsage } = await import('token-usage-tracker/koa')
    const app = new Koa().use(tokenUsage({ tracker })).use(async (context) => {
      const { stream } = await json(context.req)
      if (stream) context.type = 'text/event-stream'
      context.body = stream ? Readable.from(lines) : completion
    })
    return listen(http.createServer(app.callback()))
  },

  async Hono({ tracker, completion, lines }) {
    const { Hono } = await import('hono')
    const { tokenUsage } = await import('token-usage-tracker/hono')
    const app = new Hono().use(tokenUsage({ tracker })).post('*', async (context) => {
      const { stream } = await context.req.json()
      return stream ? toEventStream(lines) : context.json(completion)
    })
    return serveWeb((request) => app.fetch(request))
  },

  async h3({ tracker, completion, lines }) {
    const { H3 } = await import('h3')
    const { trackRequestHandler } = await import('token-usage-tracker/web')
    const app = new H3()
    app.post('/**', async (event) => {
      const { stream } = await event.req.json()
      return stream ? toEventStream(lines) : completion
    })
    return serveWeb(trackRequestHandler((request) => app.fetch(request), { tracker }))
  },

  async 'Web handler'({ tracker, completion, lines }) {
    const { trackRequestHandler } = await import('token-usage-tracker/web')
    const handler = async (request) =>
      (await request.json()).stream ? toEventStream(lines) : Response.json(completion)
    return serveWeb(trackRequestHandler(handler, { tracker }))
  },
}

async function startExpress(name, { middleware, completion, lines }) {
  const { default: express } = await import(name)
  const app = express().use(middleware, express.json())
  app.post(/.*/, (request, response) => {
    if (request.body.stream) Readable.from(lines).pipe(response.type('text/event-stream'))
    else response.json(completion)
  })
  return listen(http.createServer(app))
}

async function startNest(platform, adapter, { middleware, completion, lines }) {
  await import('reflect-metadata')
  const { Body, Controller, HttpCode, Module, Post, Res } = await import('@nestjs/common')
  const { NestFactory } = await import('@nestjs/core')
  const { [adapter]: Adapter } = await import(`@nestjs/platform-${platform}`)
  class ChatController {
    answer(body, reply) {
      if (!body.stream) reply.send(completion)
      else if (platform === 'fastify') reply.type('text/event-stream').send(Readable.from(lines))
      else Readable.from(lines).pipe(reply.type('text/event-stream'))
    }
  }
  const { prototype } = ChatController
  const method = Object.getOwnPropertyDescriptor(prototype, 'answer')
  Controller()(ChatController)
  Post('/v1/chat/completions')(prototype, 'answer', method)
  HttpCode(200)(prototype, 'answer', method)
  Body()(prototype, 'answer', 0)
  Res()(prototype, 'answer', 1)
  class AppModule {
    configure(consumer) {
      consumer.apply(middleware).forRoutes('*path')
    }
  }
  Module({ controllers: [ChatController] })(AppModule)
  const app = await NestFactory.create(AppModule, new Adapter(), { logger: false })
  await app.listen(0, '127.0.0.1')
  return `http://127.0.0.1:${app.getHttpServer().address().port}`
}

/** By the runtime's own server; on Node by Hono's. */
async function serveWeb(handler) {
  if (globalThis.Bun) return `http://127.0.0.1:${Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: handler }).port}`
  if (globalThis.Deno) {
    const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen() {} }, (request) => handler(request))
    return `http://127.0.0.1:${server.addr.port}`
  }
  const { getRequestListener } = await import('@hono/node-server')
  return listen(http.createServer(getRequestListener(handler)))
}

function toEventStream(lines) {
  const encoder = new TextEncoder()
  const body = new ReadableStream({
    pull(controller) {
      for (const line of lines) controller.enqueue(encoder.encode(line))
      controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

async function answer(request, response, { completion, lines }) {
  const { stream } = await json(request)
  response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' })
  if (stream) for (const line of lines) response.write(line)
  response.end(stream ? undefined : JSON.stringify(completion))
}

async function listen(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}`
}
