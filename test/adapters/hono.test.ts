import http, { type RequestListener } from 'node:http'
import { afterAll, describe, expect, it } from 'vitest'
import { tokenUsage } from '../../src/adapters/hono.ts'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import { trackRequestHandler } from '../../src/adapters/web.ts'
import type { TokenTracker } from '../../src/tracker/tracker.ts'
import { exchange, type RawRequest } from '../setup/raw-exchange.ts'
import { listen, type TestServer } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { loadOptional } from './optional-package.ts'
import { chatEvents, completion } from './upstream.ts'

type Handler = (request: Request, ...rest: unknown[]) => Response | Promise<Response>

interface Context {
  readonly req: { json(): Promise<Record<string, unknown>>; raw: Request }
  json(body: unknown, status?: number, headers?: Record<string, string>): Response
  text(body: string, status: number): Response
}

interface HonoModule {
  readonly Hono: new () => {
    post(path: string, handler: (context: Context) => unknown): void
    use(middleware: unknown): void
    onError(handler: (error: Error, context: Context) => Response): void
    fetch: Handler
  }
}
interface StreamingModule {
  streamSSE(
    context: Context,
    run: (stream: { writeSSE(event: { data: string }): Promise<void>; sleep(ms: number): Promise<void> }) => unknown,
  ): Response
}
interface ServerModule {
  getRequestListener(fetch: Handler, options?: { overrideGlobalObjects?: boolean }): RequestListener
}

const hono = await loadOptional<HonoModule>('hono')
const streaming = await loadOptional<StreamingModule>('hono/streaming')
const server = await loadOptional<ServerModule>('@hono/node-server')
const globals = { Request, Response }

/** Its listener puts lighter objects in their place, for the whole process. */
function restoreGlobals(): void {
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  }
}

function createApp(middleware?: unknown) {
  const app = new (hono as HonoModule).Hono()
  if (middleware) app.use(middleware)
  app.post('/v1/chat/completions', async (context) => {
    const { stream, model } = await context.req.json()
    if (!stream) return context.json({ ...completion, model }, 200, { 'x-own': 'yes' })
    return (streaming as StreamingModule).streamSSE(context, async (sse) => {
      for (const event of chatEvents(true)) {
        await sse.writeSSE({ data: event.slice('data: '.length).trim() })
        await sse.sleep(2)
      }
    })
  })
  app.post('/v1/messages', () => {
    throw new Error('handler failed')
  })
  app.post('/v1/embeddings', (context) => new Response(context.req.raw.body))
  app.onError((error, context) => context.text(error.message, 500))
  return app
}

/** The ways to put the tracker before a Hono app on Node; `null` leaves it bare. */
const mounts: Record<string, (tracker: TokenTracker | null) => RequestListener> = {
  'around app.fetch': (tracker) => {
    const app = createApp()
    const listener = (server as ServerModule).getRequestListener
    return listener(tracker ? trackRequestHandler(app.fetch, { tracker }) : app.fetch)
  },
  'around app.fetch, with Node’s own Request and Response': (tracker) => {
    restoreGlobals()
    const app = createApp()
    const listener = (server as ServerModule).getRequestListener
    const options = { overrideGlobalObjects: false }
    return listener(tracker ? trackRequestHandler(app.fetch, { tracker }) : app.fetch, options)
  },
  'as middleware of the app': (tracker) => {
    const app = createApp(tracker && tokenUsage({ tracker }))
    return (server as ServerModule).getRequestListener(app.fetch)
  },
  'as middleware of the app, with Node’s own Request and Response': (tracker) => {
    restoreGlobals()
    const app = createApp(tracker && tokenUsage({ tracker }))
    return (server as ServerModule).getRequestListener(app.fetch, { overrideGlobalObjects: false })
  },
  'as middleware of the server': (tracker) => {
    const answer = (server as ServerModule).getRequestListener(createApp().fetch)
    if (!tracker) return answer
    const middleware = tokenUsageMiddleware({ tracker })
    return (request, response) => middleware(request, response, () => answer(request, response))
  },
}

const prompt = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello' }] }
const requests: Record<string, RawRequest> = {
  JSON: { body: JSON.stringify(prompt) },
  'a stream': { body: JSON.stringify({ ...prompt, stream: true }) },
  'a handler that throws': { path: '/v1/messages', body: JSON.stringify(prompt) },
  'a body that is passed through': { path: '/v1/embeddings', body: '{"input":"☃"}'.repeat(5_000) },
  'a body that is no JSON': { body: '{' },
}

async function ask(target: TestServer, request: RawRequest) {
  const { status, headers, body } = await exchange(target.url, request)
  const { date: _date, ...rest } = headers
  return { status, headers: rest, body: body.toString() }
}

describe.skipIf(!hono || !streaming || !server)('Hono on node-server', () => {
  afterAll(restoreGlobals)

  for (const [mounted, mount] of Object.entries(mounts)) {
    describe(`with the tracker ${mounted}`, () => {
      for (const [name, request] of Object.entries(requests)) {
        it(`answers ${name} as without it, and counts it once`, async () => {
          const { tracker, events, waitForEvents } = createTestTracker()
          const bare = await listen(http.createServer(mount(null)))
          const tapped = await listen(http.createServer(mount(tracker)))
          expect(await ask(tapped, request)).toEqual(await ask(bare, request))
          await waitForEvents(1)
          await tracker.flush()
          expect(events).toHaveLength(1)
          if (name === 'JSON' || name === 'a stream') {
            const counts = { prompt_tokens: 9, completion_tokens: 2, request_model: 'gpt-4o', status: 'success' }
            expect(events[0]).toMatchObject(counts)
          }
          await Promise.all([bare.close(), tapped.close(), tracker.shutdown()])
        })
      }

      it('counts a stream that the client leaves as aborted', async () => {
        const { tracker, waitForEvents } = createTestTracker()
        const tapped = await listen(http.createServer(mount(tracker)))
        const { complete } = await exchange(tapped.url, { ...requests['a stream'], hangUpAfter: 250 })
        expect(complete).toBe(false)
        expect(await waitForEvents(1)).toMatchObject([{ status: 'aborted', http_status: 200 }])
        await Promise.all([tapped.close(), tracker.shutdown()])
      })
    })
  }
})
