import express from 'express'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import { trackRequestHandler } from '../../src/adapters/web.ts'
import { createTokenTracker } from '../../src/tracker/create-tracker.ts'
import type { TokenTracker } from '../../src/tracker/tracker.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(() => Promise.all(closing.splice(0).map((close) => close())))

const COMPLETION = {
  object: 'chat.completion',
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
}

interface Watched {
  readonly tracker: TokenTracker
  readonly url: string
  readonly lines: Record<'debug' | 'info' | 'warn' | 'error', string[]>
  post(path: string, contentType?: string): Promise<unknown>
}

async function serve(env: Record<string, string> = {}): Promise<Watched> {
  const lines: Watched['lines'] = { debug: [], info: [], warn: [], error: [] }
  const take = (level: keyof typeof lines) => (_fields: object, message: string) => void lines[level].push(message)
  const logger = { debug: take('debug'), info: take('info'), warn: take('warn'), error: take('error') }
  const tracker = createTokenTracker({}, { env: { TOKEN_TRACKER_TRACK_COSTS: 'false', ...env }, logger })
  const app = express()
  app.use(tokenUsageMiddleware({ tracker }))
  app.use((request, response) => {
    if (request.path === '/v1/messages') response.type('text').send('what is this')
    else if (request.path === '/api/generate')
      response.json({ model: 'llama3', done: true, done_reason: 'load', response: '' })
    else response.json(COMPLETION)
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closing.push(tracker.shutdown, () => new Promise((resolve) => server.close(resolve)))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const post: Watched['post'] = async (path, contentType = 'application/json') => {
    const answer = await fetch(url + path, { method: 'POST', body: '{}', headers: { 'content-type': contentType } })
    await answer.arrayBuffer()
    await tracker.flush()
  }
  return { tracker, url, lines, post }
}

describe('an exchange that yields no event, or one without numbers', () => {
  it.each<[string, string, string, Record<string, string>]>([
    [
      'a path of nobody',
      '/my/chat/completion?key=1',
      'TOKEN_TRACKER_MONITORED_ENDPOINTS does not have it, the nearest is /**/chat/completions',
      { TOKEN_TRACKER_LOG_LEVEL: 'debug' },
    ],
    [
      'an excluded path',
      '/v1/chat/completions',
      'TOKEN_TRACKER_EXCLUDED_ENDPOINTS has it',
      { TOKEN_TRACKER_EXCLUDED_ENDPOINTS: '["/v1/chat"]' },
    ],
    ['a quote', '/v1/messages/count_tokens', 'generates nothing', {}],
    ['a model that is only loaded', '/api/generate', 'nothing consumed', {}],
    ['an answer of no known format', '/v1/messages', 'no known format', {}],
  ])('is named once at level debug, with the reason: %s', async (_name, path, reason, env) => {
    const { lines, post } = await serve(env)
    await post(path)
    await post(path)
    const told = lines.debug.filter((line) => line.includes(path.split('?', 1)[0]!))
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(reason)
    expect(told[0]).not.toContain('key=1')
  })

  it('is counted by reason', async () => {
    const { tracker, url, post } = await serve({ TOKEN_TRACKER_EXCLUDED_ENDPOINTS: '["/v1/completions"]' })
    for (const path of ['/a', '/b', '/v1/completions', '/v1/messages/count_tokens', '/api/generate']) await post(path)
    await (await fetch(`${url}/index.html`)).arrayBuffer()
    const { unmonitored, ignored, ignoredBy } = tracker.getStats()
    expect(unmonitored).toEqual({ method: 1, no_consumption: 1, excluded: 1, path: 2 })
    expect([ignored, ignoredBy]).toEqual([1, { nothing_consumed: 1, counted_before: 0, passed_on: 0 }])
  })

  it('is named behind the other adapters, too', async () => {
    const { tracker, url, lines } = await serve()
    trackRequestHandler(() => Response.json({}), { tracker })(new Request(`${url}/web`, { method: 'POST' }))
    await trackFetch(fetch, { tracker })(`${url}/outgoing`, { method: 'POST', body: '{}' })
    expect(lines.debug.filter((line) => /POST \/(?:web|outgoing) is not watched/.test(line))).toHaveLength(2)
  })

  it('is named for no more than a thousand paths, however many there are', async () => {
    const { tracker, lines } = await serve()
    const handler = trackRequestHandler(() => Response.json({}), { tracker })
    for (let index = 0; index < 1_500; index++) {
      handler(new Request(`http://host/${index}`, { method: 'POST' }))
      handler(new Request('http://host/1499', { method: 'POST' }))
    }
    expect(lines.debug.filter((line) => line.includes('/1499 '))).toHaveLength(2)
  })
})

describe('a middleware that never watches anything', () => {
  const warn = /100 requests with JSON have passed and none is watched.*\/other\/0.*\/other\/4/

  it('is told of after a hundred POSTs with JSON, once', async () => {
    const { lines, tracker } = await serve({ TOKEN_TRACKER_LOG_LEVEL: 'warn' })
    const handler = trackRequestHandler(() => Response.json({}), { tracker })
    const headers = { 'content-type': 'application/json' }
    const pass = (index: number) => handler(new Request(`http://host/other/${index % 7}`, { method: 'POST', headers }))
    for (let index = 0; index < 99; index++) pass(index)
    expect(lines.warn.filter((line) => warn.test(line))).toHaveLength(0)
    for (let index = 0; index < 300; index++) pass(index)
    expect(lines.warn.filter((line) => warn.test(line))).toHaveLength(1)
  })

  it('is none where one exchange was counted, or what passes is no JSON', async () => {
    const { lines, tracker, post } = await serve()
    const handler = trackRequestHandler(() => Response.json({}), { tracker })
    for (let index = 0; index < 200; index++) handler(new Request('http://host/form', { method: 'POST', body: 'a=b' }))
    await post('/v1/chat/completions')
    const headers = { 'content-type': 'application/json' }
    for (let index = 0; index < 200; index++) handler(new Request('http://host/other', { method: 'POST', headers }))
    expect(lines.warn).toEqual([])
  })
})
