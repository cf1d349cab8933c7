import type { RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { createStreamDigest } from '../../src/interpret/bodies/response-digest.ts'
import { exchange } from '../setup/raw-exchange.ts'
import { serverKinds, type TestServer } from '../setup/servers.ts'
import { createTestTracker, type TestTracker } from '../setup/tracker.ts'
import { cpuTime, measureLongestTurn } from '../setup/cpu-time.ts'

const QUIET = { PRICING_DATASET: 'off' }

async function serve(
  answer: RequestListener,
  variables: Record<string, string> = {},
): Promise<TestTracker & { server: TestServer }> {
  const tracked = createTestTracker({ ...QUIET, ...variables })
  const server = await serverKinds['node:http']!((request, response) => {
    request.resume()
    request.on('end', () => answer(request, response))
  }, tracked.tracker)
  return { ...tracked, server }
}

const chunkOf = (content: string) =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: { content } }] })}\n\n`

const toJson =
  (body: object): RequestListener =>
  (_request, response) =>
    response.end(JSON.stringify(body))
const post = (server: TestServer, path: string, body: object) =>
  exchange(server.url, { path, body: JSON.stringify(body) })

describe('interpreting an exchange', () => {
  it('takes the model of the response, and keeps the requested one', async () => {
    const { server, tracker, waitForEvents } = await serve(
      toJson({ model: 'gpt-4o-2024-08-06', choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }),
    )
    await post(server, '/openai/deployments/my-gpt/chat/completions', { model: 'gpt-4o' })
    await post(server, '/openai/deployments/my%2Dgpt/chat/completions', {})
    const [named, unnamed] = await waitForEvents(2)
    expect(named).toMatchObject({
      model: 'gpt-4o-2024-08-06',
      request_model: 'gpt-4o',
      deployment_id: 'my-gpt',
      provider: 'azure',
    })
    expect(unnamed).toMatchObject({ request_model: 'my-gpt', deployment_id: 'my-gpt' })
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('calls a Gemini stream by its path a stream', async () => {
    const chunk = {
      modelVersion: 'gemini-2.5-pro',
      candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 1, thoughtsTokenCount: 5, totalTokenCount: 10 },
    }
    const { server, tracker, waitForEvents } = await serve((_request, response) => {
      response.setHeader('content-type', 'text/event-stream')
      response.end(`data: ${JSON.stringify(chunk)}\r\n\r\n`)
    })
    await post(server, '/v1beta/models/gemini-2.5-pro:streamGenerateContent', { contents: [] })
    const [event] = await waitForEvents(1)
    expect(event).toMatchObject({
      streaming: true,
      provider: 'google',
      operation: 'generate_content',
      prompt_tokens: 4,
      completion_tokens: 6,
      reasoning_tokens: 5,
      status: 'success',
    })
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('reads the counts that stand in the headers only', async () => {
    const { server, tracker, waitForEvents } = await serve((_request, response) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'X-Amzn-Bedrock-Input-Token-Count': '11',
        'X-Amzn-Bedrock-Output-Token-Count': '7',
      })
      response.end(JSON.stringify({ outputs: [{ text: 'Hi', stop_reason: 'stop' }] }))
    })
    await post(server, '/model/mistral.mistral-7b-instruct-v0:2/invoke', { prompt: 'Hello' })
    const [event] = await waitForEvents(1)
    expect(event).toMatchObject({
      prompt_tokens: 11,
      completion_tokens: 7,
      token_source: 'api',
      provider: 'bedrock',
      model: 'mistral.mistral-7b-instruct-v0:2',
    })
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('renames providers by the alias table', async () => {
    const answer = toJson({
      object: 'chat.completion',
      model: 'gpt-4o',
      choices: [],
      usage: { prompt_tokens: 1, completion_tokens: 1 },
    })
    const { server, tracker, waitForEvents } = await serve(answer, { PROVIDER_ALIASES: 'azure=my-cloud' })
    await post(server, '/openai/deployments/my-gpt/chat/completions', {})
    const [event] = await waitForEvents(1)
    expect(event?.provider).toBe('my-cloud')
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('yields no event for what consumes nothing', async () => {
    const { server, tracker } = await serve(
      toJson({ model: 'llama3', message: { role: 'assistant', content: '' }, done: true, done_reason: 'load' }),
    )
    await post(server, '/api/chat', { model: 'llama3', messages: [] })
    await tracker.flush()
    expect(tracker.getStats()).toMatchObject({ accepted: 1, ignored: 1, events: 0 })
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('counts an Open WebUI message once, though it is told of twice', async () => {
    const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }
    const { server, tracker, events } = await serve((request, response) => {
      const isCompleted = request.url === '/api/chat/completed'
      const messages = [{ id: 'm1', role: 'assistant', content: 'Hi', usage }]
      response.end(
        JSON.stringify(
          isCompleted
            ? { model: 'x', chat_id: 'c1', id: 'm1', messages }
            : { object: 'chat.completion', model: 'x', choices: [], usage },
        ),
      )
    })
    const body = {
      model: 'x',
      chat_id: 'c1',
      id: 'm1',
      message_id: 'm1',
      messages: [{ id: 'm1', role: 'assistant', content: 'Hi', usage }],
    }
    await post(server, '/api/chat/completions', body)
    await post(server, '/api/chat/completed', body)
    await post(server, '/api/chat/completions', body)
    await tracker.flush()
    expect(events.map(({ endpoint }) => endpoint)).toEqual(['/api/chat/completions', '/api/chat/completions'])
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('lets other work in while it reads megabytes that arrived at once', async () => {
    const chunk = chunkOf('word ')
    const body = gzipSync(chunk.repeat(100_000))
    const { server, tracker, waitForEvents } = await serve(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
        response.end(body)
      },
      { ESTIMATE_TOKENS: 'false' },
    )
    await exchange(server.url)
    const atOnce = cpuTime(() => {
      for (let index = 0; index < 100_000; index++) JSON.parse(chunk.slice(6))
    })
    expect(await measureLongestTurn(() => waitForEvents(1))).toBeLessThan(atOnce / 2)
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it.each([
    ['plain', chunkOf('word '), 60_000],
    ['joined', `data: ${'{}'.repeat(500_000)}\n\n`, 4],
  ])('lets other work in while a handler writes megabytes in one piece: %s', async (_, event, times) => {
    const usage = { prompt_tokens: 7, completion_tokens: 9 }
    const end = `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'm', choices: [], usage })}\n\ndata: [DONE]\n\n`
    const body = Buffer.from(`${chunkOf('a')}${event.repeat(times)}${end}`)
    const { server, tracker, waitForEvents } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(body)
    })
    const atOnce = cpuTime(() => {
      const reading = createStreamDigest('sse', '/')
      for (let at = 0; at < body.length; at += 65_536) reading.push(body.subarray(at, at + 65_536))
      reading.finish({ complete: true, wantText: true })
    })
    const bare = await serverKinds['node:http']!((_request, response) => void response.end(body), null)
    const unwatched = await measureLongestTurn(() => exchange(bare.url))
    await bare.close()
    const longest = await measureLongestTurn(async () => {
      await exchange(server.url)
      await waitForEvents(1)
    })
    const [read] = await waitForEvents(1)
    expect(read).toMatchObject({ status: 'success', prompt_tokens: 7, completion_tokens: 9, truncated: false })
    expect(longest - unwatched).toBeLessThan(atOnce / 2)
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('does not parse a request that is made to hold the server up', async () => {
    const answer = toJson({
      object: 'chat.completion',
      model: 'm',
      choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }],
    })
    const { server, tracker, waitForEvents } = await serve(answer)
    const text = `{"model":"gpt-4","messages":[${'{},'.repeat(3_000_000)}{}]}`
    const hostile = gzipSync(text)
    const atOnce = cpuTime(() => JSON.parse(text))
    const longest = await measureLongestTurn(async () => {
      await exchange(server.url, { body: hostile, headers: { 'content-encoding': 'gzip' } })
      await waitForEvents(1)
    })
    const [event] = await waitForEvents(1)
    expect(event).toMatchObject({ request_model: 'gpt-4', prompt_tokens: null, completion_tokens: 1, truncated: true })
    expect(longest).toBeLessThan(atOnce / 2)
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('estimates a long honest request', async () => {
    const answer = toJson({
      object: 'chat.completion',
      model: 'gpt-4',
      choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }],
    })
    const { server, tracker, waitForEvents } = await serve(answer)
    await post(server, '/v1/chat/completions', {
      model: 'gpt-4',
      messages: [{ role: 'user', content: 'one two three, '.repeat(20_000) }],
    })
    const [event] = await waitForEvents(1)
    expect(event?.prompt_tokens).toBeGreaterThan(70_000)
    expect(event).toMatchObject({ prompt_token_source: 'tiktoken', truncated: false })
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('estimates nothing where no answer came', async () => {
    const { server, tracker, events } = await serve((request, response) => {
      const [status, body] = JSON.parse(decodeURIComponent(request.url!.split('?')[1]!)) as [number, string]
      response.statusCode = status
      response.end(body)
    })
    const prompt = { model: 'gpt-4', messages: [{ role: 'user', content: 'Hi' }] }
    for (const answer of [
      [200, '{"error":{"message":"no"}}'],
      [204, ''],
      [200, '<html>'],
      [302, ''],
    ]) {
      await post(server, `/v1/chat/completions?${encodeURIComponent(JSON.stringify(answer))}`, prompt)
    }
    await tracker.flush()
    expect(events.map((event) => [event.prompt_tokens, event.completion_tokens, event.total_cost])).toEqual(
      Array.from({ length: 4 }, () => [null, null, null]),
    )
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('estimates tools as the API tells the model of them: 81 tokens less on Responses than on chat for gpt-5', async () => {
    const { server, tracker, waitForEvents } = await serve((request, response) => {
      const isChat = request.url?.startsWith('/v1/chat') === true
      const answer = isChat
        ? { object: 'chat.completion', choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }] }
        : { object: 'response', status: 'completed', output: [{ content: [{ text: 'Hi' }] }] }
      response.end(JSON.stringify({ model: 'gpt-5', ...answer }))
    })
    const messages = [{ role: 'user', content: 'Say hello' }]
    const tool = { name: 'stop', parameters: { type: 'object', properties: {} } }
    const chat = { model: 'gpt-5', messages, tools: [{ type: 'function', function: tool }] }
    const responses = { model: 'gpt-5', input: messages, tools: [{ type: 'function', ...tool }] }
    await post(server, '/v1/chat/completions', chat)
    const [onChat] = await waitForEvents(1)
    await post(server, '/v1/responses', responses)
    const [, onResponses] = await waitForEvents(2)
    expect(onChat?.prompt_tokens).toBe((onResponses?.prompt_tokens ?? 0) + 90 - 9)
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('measures how good estimates are on one exchange in a hundred', async () => {
    const { server, tracker } = await serve(
      toJson({
        object: 'chat.completion',
        model: 'gpt-4',
        choices: [{ message: { content: 'Hello world' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 9, completion_tokens: 2 },
      }),
    )
    tracker.logger.logTokenUsage({ model: 'gpt-4', promptText: 'the first estimate' })
    await tracker.flush()
    for (let index = 0; index < 100; index++)
      await post(server, '/v1/chat/completions', { model: 'gpt-4', messages: [{ role: 'user', content: 'Say hello' }] })
    await tracker.flush()
    // No event waits for it.
    const exact = { observations: 1, medianError: 0 }
    const expectAccuracy = () =>
      expect(tracker.getStats().estimation.accuracy).toMatchObject({ 'gpt-4': { prompt: exact, completion: exact } })
    await vi.waitFor(expectAccuracy, 20_000)
    await Promise.all([tracker.shutdown(), server.close()])
  })
})
