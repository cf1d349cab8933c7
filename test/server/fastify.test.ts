import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { describe, expect, it } from 'vitest'
import { tokenUsagePlugin } from '../../src/adapters/fastify.ts'
import type { TestServer } from '../setup/servers.ts'
import { createCaptureTracker } from './capture-tracker.ts'
import { compareApps } from './compare-apps.ts'

const PROMPT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello' }] }
const BODY = JSON.stringify(PROMPT)

describe('Fastify 5', () => {
  const run = (setUp: (app: FastifyInstance) => void) =>
    compareApps(
      async (tracker) => {
        const app = fastify()
        if (tracker) await app.register(tokenUsagePlugin, { tracker })
        setUp(app)
        await app.listen({ port: 0, host: '127.0.0.1' })
        return toTestServer(app)
      },
      { body: BODY },
    )

  function toTestServer(app: FastifyInstance): TestServer {
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
    expect(request.body?.head.join().toString()).toBe(BODY)
  })

  it('is asked through inject, which closes inside end: one record with the whole body', async () => {
    const { tracker, waitForExchanges } = createCaptureTracker()
    const app = fastify()
    await app.register(tokenUsagePlugin, { tracker })
    app.post('*', async () => ({ usage: { total_tokens: 3 } }))
    const answer = await app.inject({ method: 'POST', url: '/v1/chat/completions', payload: PROMPT })
    expect(answer.json()).toEqual({ usage: { total_tokens: 3 } })
    const exchanges = await waitForExchanges(1)
    expect(exchanges.map(({ response }) => response.body?.head.join().toString())).toEqual([answer.body])
    await app.close()
  })
})
