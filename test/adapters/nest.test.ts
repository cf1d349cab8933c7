import type http from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { tokenUsagePlugin } from '../../src/adapters/fastify.ts'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import type { TokenTracker } from '../../src/tracker/tracker.ts'
import { exchange, type RawRequest } from '../setup/raw-exchange.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { loadOptional } from './optional-package.ts'
import { chatEvents, completion, writeSlowly } from './upstream.ts'

type Decorator = (target: object, name: string, detail: never) => void

interface CommonModule {
  Module(parts: object): (target: object) => void
  Controller(): (target: object) => void
  Post(path: string): Decorator
  HttpCode(status: number): Decorator
  Body(): Decorator
  Res(): Decorator
}
interface Application {
  use(middleware: unknown): void
  register(plugin: unknown, options: object): Promise<void>
  listen(port: number, host: string): Promise<http.Server>
  getHttpServer(): http.Server
  close(): Promise<void>
}
interface CoreModule {
  NestFactory: { create(module: object, adapter: object, options: object): Promise<Application> }
}

await loadOptional('reflect-metadata')
const common = await loadOptional<CommonModule>('@nestjs/common')
const core = await loadOptional<CoreModule>('@nestjs/core')
const onExpress = await loadOptional<{ ExpressAdapter: new () => object }>('@nestjs/platform-express')
const onFastify = await loadOptional<{ FastifyAdapter: new () => object }>('@nestjs/platform-fastify')

class ChatController {
  answer(body: { model: string }): object {
    return { ...completion, model: body.model }
  }

  /** Nest leaves the response alone when a handler takes it; Fastify's reply holds the real one. */
  async stream(_body: object, reply: ServerResponse & { raw?: ServerResponse; hijack?(): void }): Promise<void> {
    reply.hijack?.()
    const response = reply.raw ?? reply
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    await writeSlowly(response, chatEvents(true))
  }

  fail(): never {
    throw new Error('handler failed')
  }
}

/** Decorators applied by hand: the test's sources are run as they are, without a compiler that knows them. */
function createModule({ Module, Controller, Post, HttpCode, Body, Res }: CommonModule): object {
  const { prototype } = ChatController
  const routes: [keyof ChatController, string][] = [
    ['answer', '/v1/chat/completions'],
    ['stream', '/api/chat/completions'],
    ['fail', '/v1/messages'],
  ]
  for (const [name, path] of routes) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name) as never
    Post(path)(prototype, name, descriptor)
    HttpCode(200)(prototype, name, descriptor)
    Body()(prototype, name, 0 as never)
  }
  Res()(prototype, 'stream', 1 as never)
  Controller()(ChatController)
  class AppModule {
    readonly name = 'chat'
  }
  Module({ controllers: [ChatController] })(AppModule)
  return AppModule
}

const middleware = (app: Application, tracker: TokenTracker) => app.use(tokenUsageMiddleware({ tracker }))
const plugin = (app: Application, tracker: TokenTracker) => app.register(tokenUsagePlugin, { tracker })

const kinds = {
  'Express, as middleware': { createAdapter: () => new onExpress!.ExpressAdapter(), mount: middleware },
  'Fastify, as middleware': { createAdapter: () => new onFastify!.FastifyAdapter(), mount: middleware },
  'Fastify, as plugin': { createAdapter: () => new onFastify!.FastifyAdapter(), mount: plugin },
}

interface RunningApp {
  readonly url: string
  close(): Promise<void>
}

async function start(kind: keyof typeof kinds, tracker: TokenTracker | null): Promise<RunningApp> {
  const { createAdapter, mount } = kinds[kind]
  const app = await core!.NestFactory.create(createModule(common!), createAdapter(), { logger: false })
  if (tracker) await mount(app, tracker)
  await app.listen(0, '127.0.0.1')
  const { port } = app.getHttpServer().address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      app.getHttpServer().closeAllConnections()
      await app.close()
    },
  }
}

async function ask({ url }: RunningApp, request: RawRequest) {
  const { status, headers, body } = await exchange(url, request)
  const { date: _date, ...rest } = headers
  return { status, headers: rest, body: body.toString() }
}

const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello' }] })
const requests: Record<string, RawRequest> = {
  JSON: { body },
  'a stream': { path: '/api/chat/completions', body },
  'a handler that throws': { path: '/v1/messages', body },
  'a body that is no JSON': { body: '{' },
}

describe.skipIf(!common || !core || !onExpress || !onFastify)('NestJS', () => {
  for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
    it(`on ${kind}, answers as without the tracker, and each request is counted once`, async () => {
      const { tracker, events, waitForEvents } = createTestTracker()
      const bare = await start(kind, null)
      const tapped = await start(kind, tracker)
      for (const [name, request] of Object.entries(requests)) {
        expect(await ask(tapped, request), name).toEqual(await ask(bare, request))
      }
      await waitForEvents(4)
      await tracker.flush()
      expect(events.map(({ status }) => status).toSorted()).toEqual(['error', 'error', 'success', 'success'])
      for (const event of events.filter(({ status }) => status === 'success')) {
        expect(event).toMatchObject({ prompt_tokens: 9, completion_tokens: 2, request_model: 'gpt-4o' })
      }
      await Promise.all([bare.close(), tapped.close(), tracker.shutdown()])
    })
  }
})
