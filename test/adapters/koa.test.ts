import http from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Koa, { type Middleware } from 'koa'
import { describe, expect, it } from 'vitest'
import { tokenUsage } from '../../src/adapters/koa.ts'
import { exchange, type RawRequest } from '../setup/raw-exchange.ts'
import { listen } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { chatEvents, completion } from './upstream.ts'

/** What body parsers for Koa do. */
const parseBody: Middleware = async (context, next) => {
  Object.assign(context.request, { body: JSON.parse(await text(context.req)) as unknown })
  await next()
}

const answer: Middleware = (context) => {
  const { body = {} } = context.request as { body?: { stream?: boolean } }
  if (context.path === '/v1/messages') context.throw(503, 'overloaded')
  context.set('x-own', 'yes')
  if (body.stream) context.type = 'text/event-stream'
  context.body = body.stream ? Readable.from(chatEvents(true)) : completion
}

function start(...middleware: readonly Middleware[]) {
  const app = new Koa()
  app.silent = true
  for (const one of middleware) app.use(one)
  return listen(http.createServer(app.callback()))
}

const prompt = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello' }] }
const requests: Record<string, RawRequest> = {
  JSON: { body: JSON.stringify(prompt) },
  'a stream': { body: JSON.stringify({ ...prompt, stream: true }) },
  'a handler that throws': { path: '/v1/messages', body: JSON.stringify(prompt) },
  'a body that is no JSON': { body: '{' },
}

describe('Koa', () => {
  const mounts = {
    'before the parser': (counted: Middleware) => [counted, parseBody, answer],
    'behind the parser': (counted: Middleware) => [parseBody, counted, answer],
    'with no parser at all': (counted: Middleware) => [counted, answer],
  }
  for (const [mounted, mount] of Object.entries(mounts)) {
    it(`answers as without the tracker ${mounted}, and each exchange is counted once`, async () => {
      const { tracker, events, waitForEvents } = createTestTracker()
      const bare = await start(...mount((_context, next) => next()))
      const tapped = await start(...mount(tokenUsage({ tracker })))
      for (const [name, request] of Object.entries(requests)) {
        const [wanted, seen] = [await exchange(bare.url, request), await exchange(tapped.url, request)]
        expect([seen.status, seen.body.toString()], name).toEqual([wanted.status, wanted.body.toString()])
        expect({ ...seen.headers, date: null }, name).toEqual({ ...wanted.headers, date: null })
      }
      // Behind the parser, what cannot be parsed does not come to us.
      const count = mounted === 'behind the parser' ? 3 : 4
      await waitForEvents(count)
      await tracker.flush()
      expect(events).toHaveLength(count)
      const [first, second, third] = events
      const counts = { prompt_tokens: 9, completion_tokens: 2, token_source: 'api', status: 'success' }
      expect(first).toMatchObject(counts)
      expect(second).toMatchObject(counts)
      expect(third).toMatchObject({ status: 'error', http_status: 503 })
      if (mounted !== 'with no parser at all') expect(first?.request_model).toBe('gpt-4o')
      await Promise.all([bare.close(), tapped.close(), tracker.shutdown()])
    })
  }

  it('gives its context to the hooks, with what authentication behind us put there', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const authenticate: Middleware = async (context, next) => {
      context.state['user'] = { id: 'u-1' }
      await next()
    }
    const counted = tokenUsage({
      tracker,
      identify: (context) => ({ userId: (context.state['user'] as { id: string }).id }),
      metadata: (context) => ({ status: context.status, path: context.path }),
    })
    const server = await start(counted, authenticate, parseBody, answer)
    await exchange(server.url, requests['JSON'])
    expect(await waitForEvents(1)).toMatchObject([
      { user_id: 'u-1', metadata: { status: 200, path: '/v1/chat/completions' } },
    ])
    await Promise.all([server.close(), tracker.shutdown()])
  })

  it('lets its middleware wait for those behind, and see what they throw', async () => {
    const { tracker } = createTestTracker()
    const order: string[] = []
    const outer: Middleware = async (_context, next) => {
      await next().catch((error: Error) => order.push(error.message))
      order.push('outer')
    }
    const inner: Middleware = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      order.push('inner')
      throw new Error('thrown')
    }
    const server = await start(outer, tokenUsage({ tracker }), inner)
    await exchange(server.url, requests['JSON'])
    expect(order).toEqual(['inner', 'thrown', 'outer'])
    await Promise.all([server.close(), tracker.shutdown()])
  })
})
