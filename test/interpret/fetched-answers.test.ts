import { afterEach, describe, expect, it } from 'vitest'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { trackRequestHandler } from '../../src/adapters/web.ts'
import { exchange } from '../setup/raw-exchange.ts'
import { serverKinds, type TestServer } from '../setup/servers.ts'
import { createTestTracker, type TestTracker } from '../setup/tracker.ts'

const usage = { input_tokens: 100, output_tokens: 20, total_tokens: 120 }
const queued = { id: 'resp_7', object: 'response', background: true, status: 'queued', model: 'o-deep', usage: null }
const completed = { ...queued, status: 'completed', usage }

const closing: (() => Promise<unknown>)[] = []
afterEach(() => Promise.all(closing.splice(0).map((close) => close())))

/** Answers each request with the next of `answers`. */
async function serve(answers: readonly unknown[]): Promise<TestTracker & { server: TestServer }> {
  const tracked = createTestTracker({ PRICING_DATASET: 'off' })
  const left = [...answers]
  const server = await serverKinds['node:http']!((request, response) => {
    request.resume()
    request.on('end', () => {
      const answer = left.shift()
      if (typeof answer === 'string') response.setHeader('content-type', 'text/event-stream')
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
    })
  }, tracked.tracker)
  closing.push(server.close, tracked.tracker.shutdown)
  return { ...tracked, server }
}

const post = (server: TestServer, path: string, body: object = {}) =>
  exchange(server.url, { path, body: JSON.stringify(body) })
const get = async (server: TestServer, path: string) => (await fetch(new URL(path, server.url))).arrayBuffer()

describe('an answer that is fetched later', () => {
  it.each([
    ['/v1/responses', '/v1/responses/resp_7', queued, { ...queued, status: 'in_progress' }, completed],
    [
      '/v1beta/interactions',
      '/v1beta/interactions/i9',
      { id: 'i9', object: 'interaction', status: 'in_progress', model: 'gemini-x' },
      { id: 'i9', object: 'interaction', status: 'in_progress', model: 'gemini-x' },
      {
        id: 'i9',
        object: 'interaction',
        status: 'completed',
        model: 'gemini-x',
        usage: { total_input_tokens: 100, total_output_tokens: 20, total_tokens: 120 },
      },
    ],
    [
      '/async/chat/completions',
      '/async/chat/completions/a5',
      { id: 'a5', model: 'sonar-x', status: 'CREATED', response: null },
      { id: 'a5', model: 'sonar-x', status: 'IN_PROGRESS', response: null },
      {
        id: 'a5',
        model: 'sonar-x',
        status: 'COMPLETED',
        response: {
          object: 'chat.completion',
          model: 'sonar-x',
          choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
        },
      },
    ],
    [
      '/v1/threads/t1/runs',
      '/v1/threads/t1/runs/r3',
      { id: 'r3', object: 'thread.run', status: 'queued', model: 'gpt-4o', usage: null },
      { id: 'r3', object: 'thread.run', status: 'requires_action', model: 'gpt-4o', usage: null },
      {
        id: 'r3',
        object: 'thread.run',
        status: 'completed',
        model: 'gpt-4o',
        usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
      },
    ],
  ])('counts once, when it is first there: %s', async (path, result, receipt, waiting, finished) => {
    const { server, events, tracker } = await serve([receipt, waiting, finished, finished, finished])
    await post(server, path)
    for (let times = 0; times < 4; times++) await get(server, result)
    await tracker.flush()
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      prompt_tokens: 100,
      completion_tokens: 20,
      token_source: 'api',
      status: 'success',
      model: receipt.model,
      endpoint: result,
    })
  })

  it('does not count again what the call that asked for it has counted', async () => {
    const stream = `event: response.completed\ndata: ${JSON.stringify({ type: 'response.completed', response: completed })}\n\n`
    const { server, events, tracker } = await serve([stream, completed])
    await post(server, '/v1/responses', { stream: true, background: true })
    await get(server, '/v1/responses/resp_7')
    await tracker.flush()
    expect(events.map(({ streaming }) => streaming)).toEqual([true])
  })

  it('counts every call that asks, though their answers share an id', async () => {
    const { server, events, tracker } = await serve([completed, completed])
    await post(server, '/v1/responses')
    await post(server, '/v1/responses')
    await tracker.flush()
    expect(events).toHaveLength(2)
  })

  it('does not count a stored answer that is read again, nor one that is not found', async () => {
    const stored = { ...completed, background: false }
    const { server, events, tracker } = await serve([stored, { error: { message: 'no such response' } }])
    await get(server, '/v1/responses/resp_7')
    await get(server, '/v1/responses/resp_8')
    await tracker.flush()
    expect(events).toEqual([])
  })

  it('counts a failed one once, of which nothing is known but that it failed', async () => {
    const failed = { ...queued, status: 'failed', error: { code: 'server_error', message: 'out of luck' } }
    const { server, events, tracker } = await serve([failed, failed])
    await get(server, '/v1/responses/resp_7')
    await get(server, '/v1/responses/resp_7')
    await tracker.flush()
    expect(events).toMatchObject([{ status: 'error', error_code: 'server_error', prompt_tokens: null }])
  })

  it('counts a failed one with what it consumed', async () => {
    const failed = { ...completed, status: 'failed', error: { code: 'server_error', message: 'out of luck' } }
    const { server, events, tracker } = await serve([failed])
    await get(server, '/v1/responses/resp_7')
    await tracker.flush()
    expect(events).toMatchObject([{ status: 'error', error_code: 'server_error', prompt_tokens: 100 }])
  })

  it('counts in a web handler and in a fetch of ours', async () => {
    const { tracker, events } = createTestTracker({ PRICING_DATASET: 'off' })
    closing.push(tracker.shutdown)
    const handle = trackRequestHandler(async () => Response.json(completed), { tracker })
    await (await handle(new Request('http://host/v1/responses/resp_7'))).json()
    const answer = async () => Response.json({ ...completed, id: 'resp_9' })
    const call = trackFetch(answer, { tracker })
    await (await call('https://api.openai.com/v1/responses/resp_9')).json()
    await (await call('https://api.openai.com/v1/responses/resp_9')).json()
    await tracker.flush()
    expect(events.map(({ prompt_tokens }) => prompt_tokens)).toEqual([100, 100])
  })
})
