import { Hono, type Context } from 'hono'
import { compress } from 'hono/compress'
import { stream } from 'hono/streaming'
import { describe, expect, it } from 'vitest'
import { tokenUsage } from '../../src/adapters/hono.ts'
import { trackRequestHandler } from '../../src/adapters/web.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { chatEvents, completion } from './upstream.ts'

interface Types {
  Variables: { user: { id: string } }
}

const CHAT = '/v1/chat/completions'
const prompt = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello' }] }
const post = (body: object = prompt) => ({ method: 'POST', body: JSON.stringify(body) })
const counts = { prompt_tokens: 9, completion_tokens: 2, token_source: 'api', status: 'success' }

describe('tokenUsage for Hono', () => {
  it('gives its context to the hooks, with what authentication behind us put there', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const app = new Hono<Types>()
    app.use(
      tokenUsage<Types>({
        tracker,
        identify: (context) => ({ userId: context.get('user').id }),
        metadata: (context) => ({ status: context.res.status, path: context.req.path }),
        tags: ['hono'],
      }),
    )
    app.use(async (context, next) => {
      context.set('user', { id: 'u-1' })
      await next()
    })
    app.post(CHAT, (context) => context.json(completion))
    expect(await (await app.request(CHAT, post())).json()).toEqual(completion)
    const wanted = { ...counts, user_id: 'u-1', metadata: { status: 200, path: CHAT }, tags: ['hono'] }
    expect(await waitForEvents(1)).toMatchObject([wanted])
    await tracker.shutdown()
  })

  it('sees the prompt that a middleware before it has read already', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const app = new Hono()
    app.use(async (context, next) => {
      await context.req.json()
      await next()
    })
    app.use(tokenUsage({ tracker }))
    app.post(CHAT, async (context) =>
      context.json({ ...completion, model: (await context.req.json<typeof prompt>()).model }),
    )
    await (await app.request(CHAT, post())).text()
    expect(await waitForEvents(1)).toMatchObject([{ ...counts, request_model: 'gpt-4o' }])
    await tracker.shutdown()
  })

  it('keeps the headers, cookies and status that others set, before and behind it', async () => {
    const respond = async (counted: ReturnType<typeof tokenUsage> | null) => {
      const app = new Hono()
      app.use(async (context, next) => {
        context.header('x-before', '1')
        await next()
        context.header('x-after', '2')
      })
      if (counted) app.use(counted)
      app.post(CHAT, (context) => {
        context.header('set-cookie', 'a=1', { append: true })
        context.header('set-cookie', 'b=2', { append: true })
        return context.json(completion, 201, { 'x-own': 'yes' })
      })
      const response = await app.request(CHAT, post())
      return [response.status, [...response.headers], await response.text()]
    }
    const { tracker, waitForEvents } = createTestTracker()
    expect(await respond(tokenUsage({ tracker }))).toEqual(await respond(null))
    expect(await waitForEvents(1)).toMatchObject([{ ...counts, http_status: 201 }])
    await tracker.shutdown()
  })

  for (const [place, order] of [
    ['before', (counted: ReturnType<typeof tokenUsage>) => [counted, compress()]],
    ['behind', (counted: ReturnType<typeof tokenUsage>) => [compress(), counted]],
  ] as const) {
    it(`reads streams ${place} the compression of Hono`, async () => {
      const { tracker, waitForEvents } = createTestTracker()
      const app = new Hono()
      for (const one of order(tokenUsage({ tracker }))) app.use(one)
      app.post(CHAT, (context: Context) => {
        context.header('content-type', 'application/x-ndjson')
        return stream(context, async (body) => {
          for (const event of chatEvents(true)) await body.write(event)
        })
      })
      const headers = { 'accept-encoding': 'gzip' }
      await (await app.request(CHAT, { ...post({ ...prompt, stream: true }), headers })).arrayBuffer()
      expect(await waitForEvents(1)).toMatchObject([counts])
      await tracker.shutdown()
    })
  }

  it('answers what is not monitored with the very response of the handler, and counts once when mounted twice', async () => {
    const { tracker, events } = createTestTracker()
    const health = new Response('fine')
    const app = new Hono().use(tokenUsage({ tracker })).use(tokenUsage({ tracker }))
    app.get('/health', () => health).post(CHAT, (context) => context.json(completion))
    expect(await app.request('/health')).toBe(health)
    await (await trackRequestHandler(app.fetch, { tracker })(new Request(`http://host${CHAT}`, post()))).text()
    await tracker.flush()
    expect(events).toHaveLength(1)
    await tracker.shutdown()
  })
})
