import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchange } from '../setup/raw-exchange.ts'
import { serverKinds } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'

const { Promise: nativePromise } = globalThis

/** What zone.js and bluebird do: from then on what an async function answers is no instance of the global class. */
describe('a host that replaces the global Promise', () => {
  beforeAll(() => {
    globalThis.Promise = class extends nativePromise<unknown> {} as PromiseConstructor
  })
  afterAll(() => {
    globalThis.Promise = nativePromise
  })

  it('gets whole events of what must be waited for', async () => {
    const { tracker, events } = createTestTracker()
    const answer = JSON.stringify({ model: 'gpt-4o', choices: [{ message: { content: 'Hello there' } }] })
    const server = await serverKinds['node:http']!((request, response) => {
      request.resume()
      request.on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        response.end(gzipSync(answer))
      })
    }, tracker)
    const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] })
    await exchange(server.url, { path: '/v1/chat/completions', body })
    await tracker.flush()
    for (let attempt = 0; attempt < 200 && events.length < 1; attempt++) {
      await new nativePromise((resolve) => setTimeout(resolve, 10))
    }
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ model: 'gpt-4o', status: 'success', prompt_token_source: 'tiktoken' })
    expect(events[0]?.completion_tokens).toBeGreaterThan(0)
    expect(events[0]?.total_cost).toBeGreaterThan(0)
    expect(tracker.getStats()).toMatchObject({ failed: 0, events: 1 })
    await Promise.all([tracker.shutdown(), server.close()])
  })
})
