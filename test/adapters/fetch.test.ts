import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { answerChat, chatEvents, completion, startUpstream, type Answer, type Upstream } from './upstream.ts'

const PROMPT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello' }] }
const JSON_HEADERS = { 'content-type': 'application/json' }

let upstream: Upstream
afterEach(() => upstream?.close())

async function start(answer: Answer = answerChat): Promise<string> {
  upstream = await startUpstream(answer)
  return `${upstream.url}/v1/chat/completions`
}

const post = (body: object = PROMPT): RequestInit => ({
  method: 'POST',
  headers: JSON_HEADERS,
  body: JSON.stringify(body),
})

describe('trackFetch', () => {
  it('counts a call once and answers with the response that it got', async () => {
    const url = await start()
    const { tracker, waitForEvents } = createTestTracker()
    let given: Response | null = null
    const tracked = trackFetch(async (input, init) => (given = await fetch(input, init)), { tracker, tags: ['out'] })
    const response = await tracked(`${url}?v=1`, post())
    expect(response).toBe(given)
    expect([response.url, response.ok, response.bodyUsed]).toEqual([`${url}?v=1`, true, false])
    expect(await response.json()).toEqual(completion)
    expect(response.bodyUsed).toBe(true)
    expect(await waitForEvents(1)).toMatchObject([
      {
        status: 'success',
        endpoint: '/v1/chat/completions',
        model: 'gpt-4o-2024-08-06',
        request_model: 'gpt-4o',
        prompt_tokens: 9,
        completion_tokens: 2,
        token_source: 'api',
        tags: ['out'],
      },
    ])
    await tracker.shutdown()
  })

  it('says at once what is wrong where it is not given a fetch', async () => {
    const { tracker } = createTestTracker()
    const misused = trackFetch as (...given: unknown[]) => typeof fetch
    for (const [given, got] of [
      [{ tracker }, 'a value of type object'],
      [null, 'null'],
      ['https://api.openai.com', 'a value of type string'],
    ] as const) {
      const message = `trackFetch expected a fetch function, got ${got}; options come second: trackFetch(fetch, { tracker })`
      expect(() => misused(given)).toThrow(expect.objectContaining({ code: 'TT_ERR_INVALID_ARGUMENT', message }))
    }
    expect(trackFetch(undefined, { tracker })).toBeTypeOf('function')
    await tracker.shutdown()
  })

  it('lets a stream through event by event', async () => {
    const url = await start()
    const { tracker, waitForEvents } = createTestTracker()
    const body = { ...PROMPT, stream: true, stream_options: { include_usage: true } }
    const response = await trackFetch(fetch, { tracker })(url, post(body))
    const events: string[] = []
    for await (const piece of response.body ?? []) events.push(Buffer.from(piece as Uint8Array).toString())
    expect(events.length).toBeGreaterThan(1)
    expect(events.join('')).toBe(chatEvents(true).join(''))
    expect(await waitForEvents(1)).toMatchObject([{ status: 'success', streaming: true, completion_tokens: 2 }])
    await tracker.shutdown()
  })

  it('sees the end of a stream whose reader stops at the last event', async () => {
    const url = await start()
    const { tracker, waitForEvents } = createTestTracker()
    const body = { ...PROMPT, stream: true, stream_options: { include_usage: true } }
    const response = await trackFetch(fetch, { tracker })(url, post(body))
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    let text = ''
    while (!text.includes('[DONE]')) text += Buffer.from((await reader.read()).value ?? []).toString()
    expect(await waitForEvents(1)).toMatchObject([{ status: 'success', completion_tokens: 2 }])
    expect((await reader.read()).done).toBe(true)
    await tracker.shutdown()
  })

  it('watches the paths of every known API, and nothing else', async () => {
    await start((_call, response) => void response.end('{}'))
    const { tracker, events } = createTestTracker({ EXCLUDED_ENDPOINTS: '/v1/embeddings' })
    const tracked = trackFetch(fetch, { tracker })
    const watched = [
      '/v1/messages',
      '/v1beta/models/gemini-2.5-flash:generateContent',
      '/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
      '/inference/v1/chat/completions',
      '/api/generate',
    ]
    const ignored = ['/v1/embeddings', '/v1/models', '/v1/messages/count_tokens', '/token']
    for (const path of [...watched, ...ignored]) await (await tracked(upstream.url + path, post())).text()
    await (await tracked(`${upstream.url}/v1/messages`)).text()
    await tracker.flush()
    expect(events).toHaveLength(watched.length)
    expect(new Set(events.map(({ endpoint }) => endpoint))).toEqual(
      new Set(watched.map((path) => path.replace(/\?.*/, ''))),
    )
    await tracker.shutdown()
  })

  it('passes what is not watched on with the same arguments, and what fetch refuses to fetch', async () => {
    const { tracker } = createTestTracker()
    const seen: unknown[] = []
    const tracked = trackFetch(
      (...call) => {
        seen.push(...call)
        return Promise.resolve(new Response('ok'))
      },
      { tracker },
    )
    const init = { method: 'POST' }
    await tracked('https://host.example/other', init)
    expect(seen).toEqual(['https://host.example/other', init])
    expect(seen[1]).toBe(init)
    await expect(trackFetch(fetch, { tracker })('no url', post())).rejects.toThrow(TypeError)
    await tracker.shutdown()
  })

  it('tells the provider by the host, unless the options name it', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const answer = async () => Response.json({ ...completion, model: 'llama-3.3-70b' })
    const hosts = ['api.groq.com', 'api.together.xyz', 'localhost:11434']
    for (const host of hosts) {
      await (await trackFetch(answer, { tracker })(`https://${host}/openai/v1/chat/completions`, post())).text()
    }
    const named = trackFetch(answer, { tracker, provider: 'cerebras' })
    await (await named('https://api.groq.com/openai/v1/chat/completions', post())).text()
    const events = await waitForEvents(4)
    expect(new Set(events.map(({ provider }) => provider))).toEqual(new Set(['groq', 'together', 'ollama', 'cerebras']))
    await tracker.shutdown()
  })

  it('counts once when it is wrapped twice', async () => {
    const url = await start()
    const { tracker, events } = createTestTracker()
    await (await trackFetch(trackFetch(fetch, { tracker }), { tracker })(url, post())).text()
    await tracker.flush()
    expect(events).toHaveLength(1)
    await tracker.shutdown()
  })

  it('reads bodies of every kind that can be sent', async () => {
    const url = await start()
    const text = JSON.stringify(PROMPT)
    const bytes = new TextEncoder().encode(text)
    const stream = () => new Blob([text]).stream()
    const calls: [string | URL | Request, RequestInit?][] = [
      [new URL(url), { ...post(), body: bytes }],
      [url, { ...post(), body: bytes.buffer }],
      [url, { ...post(), body: new DataView(bytes.buffer) }],
      [url, { ...post(), body: stream(), duplex: 'half' }],
      [new Request(url, post())],
      [new Request(url, { ...post(), body: stream(), duplex: 'half' })],
      [url, new Request('https://elsewhere.example/', post())],
    ]
    const { tracker, waitForEvents } = createTestTracker()
    const tracked = trackFetch(fetch, { tracker })
    for (const [input, init] of calls) {
      const response = await tracked(input, init)
      expect(await response.json()).toEqual(completion)
    }
    expect(upstream.calls.map(({ body }) => body)).toEqual(calls.map(() => text))
    const events = await waitForEvents(calls.length)
    expect(events.map(({ request_model }) => request_model)).toEqual(calls.map(() => 'gpt-4o'))
    await tracker.shutdown()
  })

  it('keeps of a large request what the limit allows, and sends it whole', async () => {
    const url = await start()
    const { tracker, waitForEvents } = createTestTracker({ MAX_BODY_SIZE: '1KB' })
    const body = JSON.stringify({ ...PROMPT, user: 'x'.repeat(300_000) })
    const tracked = trackFetch(fetch, { tracker })
    await (await tracked(url, { ...post(), body })).text()
    await (await tracked(new Request(url, { ...post(), body }))).text()
    expect(upstream.calls.map((call) => call.body === body)).toEqual([true, true])
    const events = await waitForEvents(2)
    // The model stands before the cut.
    const expected = { truncated: true, request_model: 'gpt-4o', prompt_tokens: 9 }
    for (const event of events) expect(event).toMatchObject(expected)
    await tracker.shutdown()
  })

  it('sends a request made from a text with its length, as fetch does', async () => {
    const url = await start()
    const { tracker } = createTestTracker()
    await (await trackFetch(fetch, { tracker })(new Request(url, post()))).text()
    expect(upstream.calls[0]?.headers['content-length']).toBe(String(JSON.stringify(PROMPT).length))
    await tracker.shutdown()
  })

  it('reads an answer whose encoding fetch has undone', async () => {
    const url = await start((_call, response) => {
      response.writeHead(200, { ...JSON_HEADERS, 'content-encoding': 'gzip' })
      response.end(gzipSync(JSON.stringify(completion)))
    })
    const { tracker, waitForEvents } = createTestTracker()
    const response = await trackFetch(fetch, { tracker })(url, post())
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(await response.json()).toEqual(completion)
    expect(await waitForEvents(1)).toMatchObject([{ status: 'success', completion_tokens: 2 }])
    await tracker.shutdown()
  })

  it('counts a refusal, a dead host, an abort and a broken stream once each, with the errors as they were', async () => {
    const url = await start(({ headers }, response) => {
      if (headers['x-case'] === 'refuse') {
        response.writeHead(429, JSON_HEADERS).end('{"error":{"code":"rate_limit_exceeded","message":"slow down"}}')
        return
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(chatEvents(false)[1])
      if (headers['x-case'] === 'break') setTimeout(() => response.destroy(), 20)
    })
    const { tracker, waitForEvents } = createTestTracker()
    const tracked = trackFetch(fetch, { tracker })
    const as = (name: string, init: RequestInit = {}) => ({
      ...post(),
      ...init,
      headers: { ...JSON_HEADERS, 'x-case': name },
    })
    expect((await tracked(url, as('refuse'))).status).toBe(429)
    await (await tracked(url, as('refuse'))).text()
    await expect(tracked('http://127.0.0.1:9/v1/chat/completions', post())).rejects.toThrow('fetch failed')
    const abort = new AbortController()
    const streaming = await tracked(url, as('hang', { signal: abort.signal }))
    const reader = (streaming.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    abort.abort()
    await expect(reader.read()).rejects.toMatchObject({ name: 'AbortError' })
    await expect((await tracked(url, as('break'))).text()).rejects.toThrow('terminated')
    const events = await waitForEvents(4)
    expect(events.map(({ status, http_status, error_code }) => [status, http_status, error_code])).toEqual([
      ['error', 429, 'rate_limit_exceeded'],
      ['aborted', null, 'connection_closed'],
      ['aborted', 200, 'connection_closed'],
      ['aborted', 200, 'connection_closed'],
    ])
    expect(events.map(({ completion_tokens }) => completion_tokens)).toContain(1)
    await tracker.shutdown()
  })

  it('ends a call whose response is forgotten, and not one whose body is still held', async () => {
    const url = await start()
    const { tracker, events, waitForEvents } = createTestTracker()
    const tracked = trackFetch(fetch, { tracker })
    setFlagsFromString('--expose_gc')
    const collect = runInNewContext('gc') as () => void
    await tracked(url, post())
    const { body } = await tracked(url, post({ ...PROMPT, stream: true }))
    for (let round = 0; round < 100 && events.length === 0; round++) {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(await waitForEvents(1)).toMatchObject([{ status: 'aborted', http_status: 200, completion_tokens: null }])
    expect(await new Response(body).text()).toBe(chatEvents(false).join(''))
    expect((await waitForEvents(2))[1]).toMatchObject({ status: 'success', streaming: true })
    await tracker.shutdown()
  })

  it('counts once when the response is cloned, whichever is read first or given up', async () => {
    const url = await start()
    const { tracker, events } = createTestTracker()
    const tracked = trackFetch(fetch, { tracker })
    const read = await tracked(url, post())
    expect(await Promise.all([read.clone().json(), read.json()])).toEqual([completion, completion])
    const left = await tracked(url, post())
    const copy = left.clone()
    await Promise.all([left.body?.cancel(), copy.text()])
    const streaming = await tracked(url, post({ ...PROMPT, stream: true, stream_options: { include_usage: true } }))
    const branch = streaming.clone()
    const reader = (streaming.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    // While a read is under way: it ends the given-up branch, not the call.
    await Promise.all([reader.read(), reader.cancel(), branch.text()])
    await tracker.flush()
    expect(events.map(({ status, completion_tokens }) => [status, completion_tokens])).toEqual([
      ['success', 2],
      ['success', 2],
      ['success', 2],
    ])
    await tracker.shutdown()
  })

  it('leaves the body alone of a fetch whose streams are Node’s own', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const text = JSON.stringify(completion)
    class OtherResponse {
      readonly status = 200
      readonly bodyUsed = false
      readonly headers = new Headers(JSON_HEADERS)
      readonly stream = Readable.from([text])
      get body(): Readable {
        return this.stream
      }
      text(): Promise<string> {
        return Promise.resolve(text)
      }
      clone(): OtherResponse {
        return this
      }
    }
    const answer = new OtherResponse()
    const tracked = trackFetch((() => Promise.resolve(answer)) as never, { tracker })
    const response = await tracked('https://api.openai.com/v1/chat/completions', post())
    expect(response.body).toBe(answer.stream)
    expect(await response.json()).toEqual(completion)
    expect(await waitForEvents(1)).toMatchObject([{ completion_tokens: 2, provider: 'openai' }])
    await tracker.shutdown()
  })

  it('asks the hooks with what was sent and what came', async () => {
    const url = await start()
    const { tracker, waitForEvents } = createTestTracker()
    const tracked = trackFetch(fetch, {
      tracker,
      identify: ({ headers }) => ({ userId: headers.get('x-user') }),
      metadata: (request, response) => ({ sent: request.url.pathname, type: response.headers.get('content-type') }),
    })
    await (await tracked(url, { ...post(), headers: { ...JSON_HEADERS, 'x-user': 'ada' } })).text()
    expect(await waitForEvents(1)).toMatchObject([
      { user_id: 'ada', metadata: { sent: '/v1/chat/completions', type: 'application/json' } },
    ])
    await tracker.shutdown()
  })
})

describe('trackFetch that asks for stream usage', () => {
  const STREAM = { ...PROMPT, stream: true }

  it('does so for a chat stream, and hides that it did', async () => {
    const url = await start()
    const { tracker, waitForEvents } = createTestTracker({ INJECT_STREAM_USAGE: 'true' })
    const tracked = trackFetch(fetch, { tracker })
    const response = await tracked(url, post(STREAM))
    expect([response.url, response.status, response.type, response.redirected]).toEqual([url, 200, 'basic', false])
    expect(await response.text()).toBe(chatEvents(false).join(''))
    expect(JSON.parse(upstream.calls[0]?.body ?? '')).toEqual({ ...STREAM, stream_options: { include_usage: true } })
    const bytes = await tracked(url, { ...post(), body: Buffer.from(JSON.stringify(STREAM)) })
    expect(await bytes.text()).toBe(chatEvents(false).join(''))
    const events = await waitForEvents(2)
    for (const event of events) {
      expect(event).toMatchObject({ prompt_tokens: 9, completion_tokens: 2, token_source: 'api', status: 'success' })
    }
    await tracker.shutdown()
  })

  it('does nothing of the kind unless it is switched on', async () => {
    const url = await start()
    const { tracker } = createTestTracker()
    const response = await trackFetch(fetch, { tracker })(url, post(STREAM))
    expect(await response.text()).toBe(chatEvents(false).join(''))
    expect(upstream.calls[0]?.body).toBe(JSON.stringify(STREAM))
    await tracker.shutdown()
  })

  it('respects what the caller says, and leaves JSON calls alone', async () => {
    const url = await start()
    const { tracker } = createTestTracker({ INJECT_STREAM_USAGE: 'true' })
    const tracked = trackFetch(fetch, { tracker })
    for (const body of [
      { ...STREAM, stream_options: { include_usage: false } },
      { ...STREAM, stream_options: { include_usage: true } },
      PROMPT,
    ]) {
      const bare = await (await fetch(url, post(body))).text()
      expect(await (await tracked(url, post(body))).text()).toBe(bare)
      expect(upstream.calls.at(-1)?.body).toBe(JSON.stringify(body))
    }
    await tracker.shutdown()
  })

  it('asks a second time without it when the upstream refuses, and never again', async () => {
    const url = await start((call, response) => {
      if (!call.body.includes('stream_options')) return answerChat(call, response)
      response.writeHead(400, JSON_HEADERS).end('{"error":{"message":"Unrecognized argument: stream_options"}}')
    })
    const { tracker, waitForEvents } = createTestTracker({ INJECT_STREAM_USAGE: 'true' })
    const tracked = trackFetch(fetch, { tracker })
    for (let call = 0; call < 2; call++) {
      expect(await (await tracked(url, post(STREAM))).text()).toBe(chatEvents(false).join(''))
    }
    expect(upstream.calls.map(({ body }) => body.includes('stream_options'))).toEqual([true, false, false])
    const events = await waitForEvents(2)
    expect(events.map(({ status, http_status }) => [status, http_status])).toEqual([
      ['success', 200],
      ['success', 200],
    ])
    await tracker.shutdown()
  })

  it('hands on a refusal for any other reason, whole', async () => {
    const refusal = JSON.stringify({ error: { code: 'model_not_found', message: `${'x'.repeat(200_000)} no` } })
    const url = await start((_call, response) => void response.writeHead(404, JSON_HEADERS).end(refusal))
    const { tracker, waitForEvents } = createTestTracker({ INJECT_STREAM_USAGE: 'true' })
    const response = await trackFetch(fetch, { tracker })(url, post(STREAM))
    expect(response.status).toBe(404)
    expect((await response.text()) === refusal).toBe(true)
    expect(upstream.calls).toHaveLength(1)
    expect(await waitForEvents(1)).toMatchObject([{ status: 'error', error_code: 'model_not_found' }])
    await tracker.shutdown()
  })

  it('cancels the upstream when the caller gives up', async () => {
    let onClosed: () => void
    const closed = new Promise<void>((resolve) => (onClosed = resolve))
    const url = await start((_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(chatEvents(true)[1])
      response.on('close', () => onClosed())
    })
    const { tracker, waitForEvents } = createTestTracker({ INJECT_STREAM_USAGE: 'true' })
    const response = await trackFetch(fetch, { tracker })(url, post(STREAM))
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe(chatEvents(false)[1])
    await reader.cancel()
    expect(await waitForEvents(1)).toMatchObject([{ status: 'aborted', completion_tokens: 1 }])
    await closed
    await tracker.shutdown()
  })
})
