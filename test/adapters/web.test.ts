import { AsyncLocalStorage } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { trackRequestHandler } from '../../src/adapters/web.ts'
import { createTestTracker } from '../setup/tracker.ts'

const URL_OF_CHAT = 'https://gateway.example/v1/chat/completions?key=1'
const PROMPT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello' }] }
const COMPLETION = {
  object: 'chat.completion',
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
}
const CHUNKS = ['Hel', 'lo ☃'].map(
  (content) =>
    `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index: 0, delta: { content } }] })}\n\n`,
)
const USAGE_CHUNK = `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'gpt-4o', choices: [], usage: COMPLETION.usage })}\n\n`
const SSE = { headers: { 'content-type': 'text/event-stream' } }

const ask = (init: RequestInit = {}) =>
  new Request(URL_OF_CHAT, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(PROMPT),
    ...init,
  })

/** A stream that makes each piece when it is asked for, and tells what was asked of it. */
function source(pieces: readonly string[], fails?: Error) {
  const log: string[] = []
  let at = 0
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[at++]
        log.push(piece === undefined ? 'end' : `pull ${at}`)
        if (piece !== undefined) controller.enqueue(Buffer.from(piece))
        else if (fails) controller.error(fails)
        else controller.close()
      },
      cancel(reason) {
        log.push(`cancel ${String(reason)}`)
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, log }
}

async function readAll(body: ReadableStream<Uint8Array> | null): Promise<string[]> {
  const pieces: string[] = []
  for await (const piece of body ?? []) pieces.push(Buffer.from(piece).toString())
  return pieces
}

describe('trackRequestHandler', () => {
  it('counts a JSON answer once, with status, headers and bytes as the handler gave them', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const headers = new Headers({ 'content-type': 'application/json', 'x-own': 'yes' })
    headers.append('set-cookie', 'a=1')
    headers.append('set-cookie', 'b=2')
    const handler = trackRequestHandler(
      async (request: Request) => {
        expect(await request.json()).toEqual(PROMPT)
        return new Response(JSON.stringify(COMPLETION), { status: 201, statusText: 'Made', headers })
      },
      { tracker, tags: ['web'] },
    )
    const response = await handler(ask())
    expect([response.status, response.statusText]).toEqual([201, 'Made'])
    expect([...response.headers]).toEqual([...headers])
    expect(await response.text()).toBe(JSON.stringify(COMPLETION))
    const events = await waitForEvents(1)
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      status: 'success',
      http_status: 201,
      endpoint: '/v1/chat/completions',
      model: 'gpt-4o-2024-08-06',
      request_model: 'gpt-4o',
      prompt_tokens: 9,
      completion_tokens: 2,
      streaming: false,
      tags: ['web'],
    })
    await tracker.shutdown()
  })

  it('passes a stream on chunk by chunk, and makes none before it is asked for', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const { stream, log } = source([...CHUNKS, USAGE_CHUNK, 'data: [DONE]\n\n'])
    const handler = trackRequestHandler(() => new Response(stream, SSE), { tracker })
    const { body } = handler(ask())
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(log).toEqual([])
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    const first = await reader.read()
    expect(Buffer.from(first.value ?? []).toString()).toBe(CHUNKS[0])
    expect(log).toEqual(['pull 1'])
    reader.releaseLock()
    expect(await readAll(body)).toEqual([CHUNKS[1], USAGE_CHUNK, 'data: [DONE]\n\n'])
    const [event] = await waitForEvents(1)
    expect(event).toMatchObject({ status: 'success', prompt_tokens: 9, completion_tokens: 2, token_source: 'api' })
    expect(event?.time_to_first_token_ms).not.toBeNull()
    await tracker.shutdown()
  })

  it('cancels the handler’s stream for the same reason, and counts what was delivered as aborted', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const { stream, log } = source(CHUNKS)
    const handler = trackRequestHandler(
      async (request: Request) => {
        await request.text()
        return new Response(stream, SSE)
      },
      { tracker },
    )
    const reader = ((await handler(ask())).body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    await reader.cancel('client left')
    expect(log).toEqual(['pull 1', 'cancel client left'])
    const [event] = await waitForEvents(1)
    expect(event).toMatchObject({ status: 'aborted', http_status: 200, prompt_tokens: 9, completion_tokens: 1 })
    await tracker.shutdown()
  })

  it('passes on the very error that the handler’s stream breaks with', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const broken = new Error('upstream died')
    const handler = trackRequestHandler(() => new Response(source(CHUNKS, broken).stream, SSE), { tracker })
    await expect(readAll(handler(ask()).body)).rejects.toBe(broken)
    expect(await waitForEvents(1)).toMatchObject([{ status: 'aborted', completion_token_source: 'tiktoken' }])
    await tracker.shutdown()
  })

  it('rethrows what the handler throws, at once or later, as one error event', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const broken = new Error('no upstream')
    const thrower = trackRequestHandler(
      (): Response => {
        throw broken
      },
      { tracker },
    )
    expect(() => thrower(ask())).toThrow(broken)
    await expect(trackRequestHandler(() => Promise.reject(broken), { tracker })(ask())).rejects.toBe(broken)
    const events = await waitForEvents(2)
    expect(events.map(({ status, http_status }) => [status, http_status])).toEqual([
      ['error', 500],
      ['error', 500],
    ])
    await tracker.shutdown()
  })

  it('hands request, context and a synchronous answer through', async () => {
    const { tracker } = createTestTracker()
    const context = { params: { id: '7' } }
    const seen: unknown[] = []
    const handler = trackRequestHandler(
      (request: Request, given: typeof context) => {
        seen.push(request, given)
        return new Response('ok')
      },
      { tracker },
    )
    const request = ask()
    expect(handler(request, context)).toBeInstanceOf(Response)
    expect(seen).toEqual([request, context])
    expect(seen[0]).toBe(request)
    await tracker.shutdown()
  })

  it('leaves everything that is not monitored untouched', async () => {
    const { tracker, events } = createTestTracker()
    const answer = new Response('ok')
    const handler = trackRequestHandler(() => answer, { tracker })
    expect(handler(new Request('https://gateway.example/'))).toBe(answer)
    expect(handler(new Request('https://gateway.example/health', { method: 'POST', body: '{}' }))).toBe(answer)
    expect(handler(new Request('https://gateway.example/v1/messages/count_tokens', { method: 'POST' }))).toBe(answer)
    const off = createTestTracker({ ENABLED: 'false' })
    expect(trackRequestHandler(() => answer, { tracker: off.tracker })(ask())).toBe(answer)
    await tracker.flush()
    expect(events).toEqual([])
    await Promise.all([tracker.shutdown(), off.tracker.shutdown()])
  })

  it('ends an exchange without a body at once, and passes an error response as it is', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const statuses = [
      new Response(null, { status: 204 }),
      Response.redirect('https://elsewhere.example/', 307),
      new Response(null, { status: 429 }),
      Response.error(),
    ]
    for (const response of statuses) {
      const answer = trackRequestHandler(() => response, { tracker })(ask())
      expect([answer.status, answer.type, answer.body]).toEqual([response.status, response.type, null])
      expect(answer.headers.get('location')).toBe(response.headers.get('location'))
    }
    const events = await waitForEvents(4)
    expect(events.map(({ status, http_status }) => [status, http_status])).toEqual([
      ['error', 204],
      ['success', 307],
      ['error', 429],
      ['aborted', 0],
    ])
    await tracker.shutdown()
  })

  it('counts once when it is mounted twice', async () => {
    const { tracker, events } = createTestTracker()
    const inner = trackRequestHandler(() => Response.json(COMPLETION), { tracker })
    await trackRequestHandler(inner, { tracker })(ask()).text()
    await tracker.flush()
    expect(events).toHaveLength(1)
    await tracker.shutdown()
  })

  it('reads answers that are encoded, and those whose encoding was already undone', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const text = JSON.stringify(COMPLETION)
    const headers = (encoding: string) => ({ 'content-type': 'application/json', 'content-encoding': encoding })
    for (const [body, encoding] of [
      [gzipSync(text), 'gzip'],
      [text, 'gzip'],
      [text, 'br'],
      [text, 'identity'],
    ] as const) {
      const handler = trackRequestHandler(() => new Response(body, { headers: headers(encoding) }), { tracker })
      expect(Buffer.from(await handler(ask()).arrayBuffer()).equals(Buffer.from(body))).toBe(true)
    }
    const events = await waitForEvents(4)
    expect(events.map(({ completion_tokens }) => completion_tokens)).toEqual([2, 2, 2, 2])
    await tracker.shutdown()
  })

  it('asks the hooks when the exchange has ended, and survives their faults', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const handler = trackRequestHandler(() => Response.json(COMPLETION, { headers: { 'x-team': 'blue' } }), {
      tracker,
      identify: async (request) => ({ userId: request.headers.get('x-user') }),
      metadata: (request, response) => ({ from: new URL(request.url).host, team: response.headers.get('x-team') }),
    })
    await handler(ask({ headers: { 'x-user': 'ada', 'x-request-id': 'r-1' } })).text()
    const faulty = trackRequestHandler(() => Response.json(COMPLETION), {
      tracker,
      identify: () => {
        throw new Error('no session')
      },
    })
    expect(await faulty(ask()).json()).toEqual(COMPLETION)
    const events = await waitForEvents(2)
    // Whoever is still being identified comes later.
    expect(events.find((event) => event.request_id === 'r-1')).toMatchObject({
      user_id: 'ada',
      metadata: { from: 'gateway.example', team: 'blue' },
    })
    expect(events.find((event) => event.request_id !== 'r-1')).toMatchObject({ user_id: null, completion_tokens: 2 })
    await tracker.shutdown()
  })

  it('takes the trace context of the caller', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    await trackRequestHandler(() => Response.json(COMPLETION), { tracker })(ask({ headers: { traceparent } })).text()
    const [event] = await waitForEvents(1)
    expect([event?.trace_id, event?.span_id]).toEqual(['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'])
    await tracker.shutdown()
  })

  it('gives one event for each of a thousand exchanges that end at random points', async () => {
    const { tracker, events } = createTestTracker({ PRICING_DATASET: 'off', ESTIMATE_TOKENS: 'false' })
    const pieces = [...CHUNKS, ...CHUNKS, USAGE_CHUNK]
    const broken = new Error('upstream died')
    const handler = trackRequestHandler(
      async (request: Request, index: number) => {
        await request.text()
        if (index % 7 === 0) throw broken
        return new Response(source(pieces, index % 3 === 0 ? broken : undefined).stream, SSE)
      },
      { tracker },
    )
    async function run(index: number): Promise<void> {
      const body = (await handler(ask(), index)).body as ReadableStream<Uint8Array>
      const reader = body.getReader()
      for (let left = index % (pieces.length + 2); left > 0; left--) await reader.read()
      await Promise.all([reader.cancel(), reader.cancel(), index % 2 === 0 ? reader.read() : null])
    }
    const indices = Array.from({ length: 1_000 }, (_, index) => index)
    const outcomes = await Promise.allSettled(indices.map(run))
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(100)
    await tracker.flush()
    expect(events).toHaveLength(1_000)
    expect(new Set(events.map(({ id }) => id)).size).toBe(1_000)
    expect(new Set(events.map(({ status }) => status))).toEqual(new Set(['success', 'error', 'aborted']))
    await tracker.shutdown()
  })

  it('keeps the context of AsyncLocalStorage for the handler and its stream', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const storage = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const handler = trackRequestHandler(
      async (request: Request) => {
        await request.json()
        seen.push(storage.getStore())
        return Response.json(COMPLETION)
      },
      { tracker },
    )
    await (await storage.run('mine', () => handler(ask()))).text()
    await waitForEvents(1)
    expect(seen).toEqual(['mine'])
    await tracker.shutdown()
  })

  it('ends an exchange whose response is forgotten', async () => {
    const { tracker, events, waitForEvents } = createTestTracker()
    setFlagsFromString('--expose_gc')
    const collect = runInNewContext('gc') as () => void
    trackRequestHandler(() => new Response(source(CHUNKS).stream, SSE), { tracker })(ask())
    const held = trackRequestHandler(() => new Response(source(CHUNKS).stream, SSE), { tracker })(ask())
    for (let round = 0; round < 100 && events.length === 0; round++) {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(await waitForEvents(1)).toMatchObject([{ status: 'aborted', http_status: 200 }])
    expect(await readAll(held.body)).toEqual(CHUNKS)
    expect(await waitForEvents(2)).toHaveLength(2)
    await tracker.shutdown()
  })
})

/** Every way to read a request's body, with what comes of it. */
const readers: Record<string, (request: Request) => Promise<unknown>> = {
  json: (request) => request.json(),
  text: (request) => request.text(),
  arrayBuffer: async (request) => Buffer.from(await request.arrayBuffer()).toString(),
  blob: async (request) => (await request.blob()).text(),
  'the stream': async (request) => (await readAll(request.body)).join(''),
  'the stream, into one’s own buffer': async ({ body }) => {
    const reader = (body as ReadableStream<Uint8Array>).getReader({ mode: 'byob' })
    let text = ''
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(16))
      if (done) return text
      text += Buffer.from(value).toString('latin1')
    }
  },
  'text, after a look at the body': (request) => (request.body ? request.text() : Promise.resolve(null)),
  'a clone, then the request': async (request) => [await request.clone().text(), await request.json()],
  'the request, then a clone': async (request) => {
    const copy = request.clone()
    return [await request.text(), await copy.json()]
  },
  'another request that takes the body over': (request) =>
    new Request('https://upstream.example/', { method: 'POST', body: request.body, duplex: 'half' }).text(),
  'another request made like it': (request) => new Request('https://upstream.example/', request).text(),
  twice: async (request) => {
    await request.text()
    return request.text().catch((error: unknown) => (error as Error).name)
  },
  'text, while a reader holds the stream': (request) => {
    request.body?.getReader()
    return request.text().catch((error: unknown) => (error as Error).name)
  },
  'json that is none': async (request) => {
    const copy = new Request(request.url, { method: 'POST', body: '{"model":' })
    return [await request.text(), await copy.json().catch((error: unknown) => (error as Error).message)]
  },
}

describe('the request that a handler gets', () => {
  for (const [name, read] of Object.entries(readers)) {
    it(`is read the same by ${name}`, async () => {
      const { tracker, waitForEvents } = createTestTracker()
      const bare = await read(ask())
      let seen: unknown
      const handler = trackRequestHandler(
        async (request: Request) => {
          seen = await read(request)
          return Response.json(COMPLETION)
        },
        { tracker },
      )
      await (await handler(ask())).text()
      expect(seen).toEqual(bare)
      const [event] = await waitForEvents(1)
      const wasRead = !name.includes('holds the stream')
      expect(event?.request_model).toBe(wasRead ? 'gpt-4o' : null)
      await tracker.shutdown()
    })
  }

  it('is known to both who pass it on to a call that is watched too', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const tracked = trackFetch(
      async (_url, init) => {
        expect(await new Response(init?.body).json()).toEqual(PROMPT)
        return Response.json(COMPLETION)
      },
      { tracker, tags: ['out'] },
    )
    const handler = trackRequestHandler(
      (request: Request) => tracked('https://api.openai.com/v1/chat/completions', request),
      {
        tracker,
      },
    )
    expect(await (await handler(ask())).json()).toEqual(COMPLETION)
    const events = await waitForEvents(2)
    expect(events.map(({ request_model }) => request_model)).toEqual(['gpt-4o', 'gpt-4o'])
    await tracker.shutdown()
  })

  it('may stay unread, or be read when the answer is under way', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    await trackRequestHandler(() => Response.json(COMPLETION), { tracker })(ask()).text()
    const late = trackRequestHandler(
      (request: Request) => new Response(request.body?.pipeThrough(new TransformStream()) ?? null, SSE),
      { tracker },
    )
    expect(await late(ask()).json()).toEqual(PROMPT)
    const events = await waitForEvents(2)
    expect(events.map(({ request_model }) => request_model)).toEqual([null, 'gpt-4o'])
    await tracker.shutdown()
  })

  it('is kept up to the limit only', async () => {
    const { tracker, waitForEvents } = createTestTracker({ MAX_BODY_SIZE: '1KB' })
    const body = JSON.stringify({ ...PROMPT, messages: [{ role: 'user', content: 'x'.repeat(5_000) }] })
    const handler = trackRequestHandler(
      async (request: Request) => {
        expect(await request.text()).toBe(body)
        return Response.json(COMPLETION)
      },
      { tracker },
    )
    await (await handler(ask({ body }))).text()
    expect(await waitForEvents(1)).toMatchObject([{ truncated: true, prompt_tokens: 9 }])
    await tracker.shutdown()
  })

  it('keeps a form with files to itself', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const form = new FormData()
    form.set('model', 'whisper-1')
    const request = new Request(URL_OF_CHAT, { method: 'POST', body: form })
    const handler = trackRequestHandler(
      async (given: Request) => Response.json({ ...COMPLETION, model: (await given.formData()).get('model') }),
      { tracker },
    )
    await (await handler(request)).text()
    expect(await waitForEvents(1)).toMatchObject([{ model: 'whisper-1', completion_tokens: 2 }])
    await tracker.shutdown()
  })
})
