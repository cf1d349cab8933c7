import http, { type RequestListener } from 'node:http'
import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { exchange } from '../setup/raw-exchange.ts'
import { serverKinds } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'

const prompt = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello' }] }
const unknown = { completion_tokens: null, total_tokens: null, total_cost: null }

async function eventsOf(path: string, answer: RequestListener, call = post): Promise<unknown[]> {
  const { tracker, events } = createTestTracker({ PRICING_DATASET: 'off', MONITORED_ENDPOINTS: '["/**"]' })
  const server = await serverKinds['node:http']!((request, response) => {
    request.resume()
    request.on('end', () => answer(request, response))
  }, tracker)
  await call(server.url + path)
  await server.close()
  await tracker.shutdown()
  return events
}

async function post(url: string): Promise<void> {
  const { origin, pathname } = new URL(url)
  await exchange(origin, { path: pathname, body: JSON.stringify(prompt) })
}

/** Reads up to a piece of text, then hangs up, as clients do that know the end of a format. */
function leaveAfter(mark: string) {
  return async (url: string): Promise<void> => {
    await new Promise<void>((resolve) => {
      const request = http.request(
        url,
        { method: 'POST', headers: { 'content-type': 'application/json' } },
        (response) => {
          let seen = ''
          response.on('error', () => {})
          response.on('data', (chunk: Buffer) => {
            seen += chunk.toString()
            if (!seen.includes(mark)) return
            request.destroy()
            setTimeout(resolve, 50)
          })
        },
      )
      request.on('error', () => {})
      request.end(JSON.stringify({ ...prompt, stream: true }))
    })
  }
}

const send =
  (type: string | null, body: string | Buffer): RequestListener =>
  (_request, response) => {
    if (type !== null) response.setHeader('content-type', type)
    response.end(body)
  }

/** A stream that stays open. */
const open =
  (...events: object[]): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`)
  }

/** A stream that says all it has to say and stays open. */
const stay =
  (...events: object[]): RequestListener =>
  (request, response) => {
    open(...events)(request, response)
    response.write('data: [DONE]\n\n')
  }

const chunk = (delta: object, more: object = {}) => ({
  object: 'chat.completion.chunk',
  model: 'gpt-4o',
  choices: [{ index: 0, delta, finish_reason: null }],
  ...more,
})

describe('an answer that is not understood', () => {
  it.each<[string, string, RequestListener]>([
    ['sound', '/openai/v1/audio/speech', send('audio/mpeg', Buffer.from([0xff, 0xfb, 0x90, 0x64, 1, 2, 3]))],
    ['a picture', '/v1/images/generations', send('image/png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2]))],
    ['plain text', '/v1/audio/transcriptions', send('text/plain; charset=utf-8', 'All hands on deck.')],
    ['JSON of no known shape', '/v1/chat/completions', send('application/json', '{"reply":"Hello, sailor!"}')],
    ['JSON at a path of no known API', '/v1/anything', send('application/json', '{"ok":true}')],
    [
      'a stream of no known shape',
      '/api/chat',
      send('text/event-stream', 'data: {"word":"Hello"}\n\ndata: {"word":"!"}\n\n'),
    ],
    ['a stream that is no JSON', '/api/chat', send('text/event-stream', 'data: Hello\n\ndata: sailor\n\n')],
  ])('is neither an error nor an estimate of 0: %s', async (_, path, answer) => {
    const events = await eventsOf(path, answer)
    expect(events).toMatchObject([{ status: 'success', error_code: null, ...unknown }])
  })

  it('is an error where it claims to be what it is not', async () => {
    for (const type of ['application/json', 'text/html']) {
      const events = await eventsOf('/v1/chat/completions', send(type, '<p>hello</p>'))
      expect(events).toMatchObject([{ status: 'error', error_code: 'unreadable_response', ...unknown }])
    }
  })

  it('is an estimate of 0 where it is understood and says nothing', async () => {
    const choices = [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'stop' }]
    const body = JSON.stringify({ object: 'chat.completion', model: 'gpt-4o', choices })
    expect(await eventsOf('/v1/chat/completions', send('application/json', body))).toMatchObject([
      { status: 'success', completion_tokens: 0 },
    ])
  })

  it('yields no event where nothing is generated', async () => {
    const body = JSON.stringify({ id: 'vs', object: 'vector_store', status: 'completed' })
    for (const path of ['/openai/v1/vector_stores', '/model/m/count-tokens', '/v1/chat/completions/chatcmpl-1']) {
      expect(await eventsOf(path, send('application/json', body))).toEqual([])
    }
  })
})

describe('a stream that ends by itself', () => {
  it('is a success by its finish reason, where its server has no last word', async () => {
    const last = { ...chunk({}), choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
    const whole: RequestListener = (request, response) => {
      open(chunk({ content: 'Ahoy' }), last)(request, response)
      response.end()
    }
    const events = await eventsOf('/v1/chat/completions', whole)
    expect(events).toMatchObject([{ status: 'success', error_code: null, completion_token_source: 'tiktoken' }])
  })
})

describe('an answer in an encoding', () => {
  const choices = [{ index: 0, message: { role: 'assistant', content: 'Ahoy' }, finish_reason: 'stop' }]
  const usage = { prompt_tokens: 9, completion_tokens: 2 }
  const body = JSON.stringify({ object: 'chat.completion', model: 'gpt-4o', choices, usage })
  const encoded =
    (encoding: string, bytes: string | Buffer, status = 200): RequestListener =>
    (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'content-encoding': encoding })
      response.end(bytes)
    }

  it.each(['identity', 'none', 'utf-8', 'UTF8', 'aws-chunked', ' '])(
    'that is none is read as it is: %j',
    async (name) => {
      expect(await eventsOf('/v1/chat/completions', encoded(name, body))).toMatchObject([
        { status: 'success', prompt_tokens: 9, completion_tokens: 2, truncated: false },
      ])
    },
  )

  it.each(['snappy', 'compress', 'x-ours'])('that nobody here can decode is no error: %s', async (name) => {
    const bytes = Buffer.from([0x91, 0x19, 7, 7, 7])
    expect(await eventsOf('/v1/chat/completions', encoded(name, bytes))).toMatchObject([
      { status: 'success', error_code: null, prompt_tokens: null, ...unknown, truncated: true },
    ])
    expect(await eventsOf('/v1/chat/completions', encoded(name, bytes, 500))).toMatchObject([
      { status: 'error', error_code: '500', prompt_tokens: null, ...unknown },
    ])
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const)('whose checksum is broken keeps its counts: %s', async (name, encode) => {
    const bytes = encode(body)
    bytes[bytes.length - 4]! ^= 0xff
    expect(await eventsOf('/v1/chat/completions', encoded(name, bytes))).toMatchObject([
      { status: 'success', prompt_tokens: 9, completion_tokens: 2, truncated: true },
    ])
  })
})

describe('a stream that its reader leaves', () => {
  it('is a success after its last word', async () => {
    const usage = { prompt_tokens: 9, completion_tokens: 2 }
    const answer = stay(chunk({ content: 'Ahoy' }), { ...chunk({}), choices: [], usage })
    const events = await eventsOf('/v1/chat/completions', answer, leaveAfter('[DONE]'))
    expect(events).toMatchObject([{ status: 'success', error_code: null, prompt_tokens: 9, completion_tokens: 2 }])
  })

  it('is an error after a last word that says so', async () => {
    const lost = { index: 0, delta: {}, finish_reason: 'error', error: { code: 502, message: 'Lost' } }
    const answer = stay(chunk({ content: 'Ahoy' }), chunk({}, { choices: [lost] }))
    const events = await eventsOf('/v1/chat/completions', answer, leaveAfter('[DONE]'))
    expect(events).toMatchObject([{ status: 'error', error_code: '502' }])
  })

  it('is an error where its last word is one', async () => {
    const answer = open(chunk({ content: 'Ahoy' }), { error: { code: 'overloaded', message: 'Later' } })
    const events = await eventsOf('/v1/chat/completions', answer, leaveAfter('Later'))
    expect(events).toMatchObject([{ status: 'error', error_code: 'overloaded', error_message: 'Later' }])
  })

  it('is aborted within a last word that is too large to be kept', async () => {
    const cut: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('event: response.created\ndata: {"type":"response.created","response":{"model":"gpt-4o"}}\n\n')
      response.write(`event: response.completed\ndata: {"result":"${'A'.repeat(1_500_000)}Ahoy`)
    }
    const events = await eventsOf('/v1/responses', cut, leaveAfter('Ahoy'))
    expect(events).toMatchObject([{ status: 'aborted', error_code: 'connection_closed' }])
  })

  it('is aborted before it', async () => {
    const left = await eventsOf('/v1/chat/completions', open(chunk({ content: 'Ahoy' })), leaveAfter('Ahoy'))
    expect(left).toMatchObject([{ status: 'aborted', error_code: 'connection_closed' }])
  })
})
