import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { ReadableStream } from 'node:stream/web'
import express from 'express'
import { createProxyMiddleware, fixRequestBody, responseInterceptor } from 'http-proxy-middleware'
import * as undici from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { allServerKinds, listen, serverKinds, type StartServer } from '../setup/servers.ts'
import { comparePaced, EVENTS, LAST_EVENT, USAGE, writePaced, type Witness } from './compare-paced.ts'

type Forward = (request: IncomingMessage, response: ServerResponse, target: string) => unknown

/** Longer than what a socket gives at once, and of characters that chunks cut in two. */
const CONTENT = 'Gr\u00fc\u00dfe \u4e2d\u6587 '.repeat(20_000)
const toBody = (stream: boolean) =>
  JSON.stringify({ model: 'gpt-4o-mini', stream, messages: [{ role: 'user', content: CONTENT }] })

/** Not as `JSON.stringify` would write it, so that whoever parses and writes it again is found out. */
const JSON_ANSWER = `{ "object": "chat.completion",\n  "model": "gpt-4o", "choices": [], "usage": ${JSON.stringify(USAGE)} }\n`

/** A provider that streams where the request wants it, each event when the client behind the gateway has the one before. */
function createUpstream(witness: Witness): RequestListener {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await buffer(request)).toString()
    const { host: _host, ...headers } = request.headers
    witness.received.push(JSON.stringify([request.method, request.url, headers]), body)
    const { stream } = JSON.parse(body) as { stream: boolean }
    response.setHeader('content-type', stream ? 'text/event-stream' : 'application/json')
    if (stream) await writePaced(response, witness)
    else response.end(JSON_ANSWER)
  }
  return (request, response) => void answer(request, response).catch(() => response.destroy())
}

const toRequest = (request: IncomingMessage) => ({
  method: 'POST' as const,
  headers: { 'content-type': request.headers['content-type'] ?? '' },
  body: request,
})

const writeHead = (response: ServerResponse, status: number, type: unknown) =>
  response.writeHead(status, { 'content-type': String(type) })

const undiciForwards: Readonly<Record<string, Forward>> = {
  async request(request, response, target) {
    const { statusCode, headers, body } = await undici.request(target, toRequest(request))
    body.pipe(writeHead(response, statusCode, headers['content-type']))
  },
  async 'fetch, read by a loop'(request, response, target) {
    const answer = await undici.fetch(target, { ...toRequest(request), duplex: 'half' })
    writeHead(response, answer.status, answer.headers.get('content-type'))
    for await (const chunk of answer.body!) response.write(chunk)
    response.end()
  },
  async 'fetch, piped'(request, response, target) {
    const answer = await undici.fetch(target, { ...toRequest(request), duplex: 'half' })
    writeHead(response, answer.status, answer.headers.get('content-type'))
    Readable.fromWeb(answer.body as ReadableStream).pipe(response)
  },
  stream: (request, response, target) =>
    undici.stream(target, toRequest(request), ({ statusCode, headers }) =>
      writeHead(response, statusCode, headers['content-type']),
    ),
  pipeline(request, response, target) {
    const { body: _body, ...options } = toRequest(request)
    const forward = undici.pipeline(target, options, ({ statusCode, headers, body }) => {
      writeHead(response, statusCode, headers['content-type'])
      return body
    })
    pipeline(request, forward, response, () => {})
  },
}

const proxyForwards: Readonly<Record<string, Forward>> = {
  'as it is': (request, response, target) =>
    createProxyMiddleware({ target: new URL(target).origin })(request, response, () => {}),
  'behind a body parser': (request, response, target) => {
    const proxy = createProxyMiddleware({ target: new URL(target).origin, on: { proxyReq: fixRequestBody } })
    const parse = express.json({ limit: '10mb' })
    parse(request, response, () => void proxy(request, response, () => {}))
  },
}

const rewrite: Forward = (request, response, target) => {
  const upperCase = responseInterceptor(async (bytes) => bytes.toString().replace('gpt-4o', 'GPT-4o'))
  const { origin } = new URL(target)
  return createProxyMiddleware({ target: origin, selfHandleResponse: true, on: { proxyRes: upperCase } })(
    request,
    response,
    () => {},
  )
}

/** Runs the gateway with and without us, each in front of a provider of its own, which must get the same. */
function compareForward(start: StartServer, forward: Forward, body: string) {
  return comparePaced(
    start,
    async (witness) => {
      const upstream = await listen(http.createServer(createUpstream(witness)))
      onTestFinished(() => upstream.close())
      return async (request, response) => {
        try {
          await forward(request, response, `${upstream.url}/v1/chat/completions`)
        } catch {
          response.destroy()
        }
      }
    },
    { body },
  )
}

const COUNTED = {
  status: 'success',
  request_model: 'gpt-4o-mini',
  prompt_tokens: 11,
  completion_tokens: 7,
  token_source: 'api',
  truncated: false,
}

const forwards: readonly [string, string, StartServer, Forward][] = [
  ...combine('undici', allServerKinds, undiciForwards),
  // Copies all headers, those of HTTP/2 too, which HTTP/1.1 refuses.
  ...combine('http-proxy-middleware', serverKinds, proxyForwards),
]

function combine(
  name: string,
  kinds: Readonly<Record<string, StartServer>>,
  ways: Readonly<Record<string, Forward>>,
): [string, string, StartServer, Forward][] {
  return Object.entries(kinds).flatMap(([kind, start]) =>
    Object.entries(ways).map(([way, forward]): [string, string, StartServer, Forward] => [
      `${name}: ${way}`,
      kind,
      start,
      forward,
    ]),
  )
}

describe.each(forwards)('%s on %s', (_name, _kind, start, forward) => {
  it('passes a stream on, event by event', async () => {
    const body = toBody(true)
    const { text, arrivals, received, event } = await compareForward(start, forward, body)
    expect(received[1]).toBe(body)
    expect(text).toBe(EVENTS.join('') + LAST_EVENT)
    expect(arrivals).toEqual([1, 2, 3, 4])
    expect(event).toMatchObject({ ...COUNTED, streaming: true })
  })

  it('passes JSON on', async () => {
    const body = toBody(false)
    const { text, received, event } = await compareForward(start, forward, body)
    expect(received[1]).toBe(body)
    expect(text).toBe(JSON_ANSWER)
    expect(event).toMatchObject({ ...COUNTED, streaming: false })
  })
})

describe.each(Object.entries(serverKinds))('http-proxy-middleware on %s', (_kind, start) => {
  it('rewrites the answer', async () => {
    const { text, event } = await compareForward(start, rewrite, toBody(false))
    expect(text).toBe(JSON_ANSWER.replace('gpt-4o', 'GPT-4o'))
    expect(event).toMatchObject({ ...COUNTED, model: 'GPT-4o' })
  })
})
