import { createHash } from 'node:crypto'
import http, { type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allServerKinds } from '../setup/servers.ts'
import { createCaptureTracker } from './capture-tracker.ts'
import { compareServers, type LoggedHandler } from './compare-servers.ts'
import { recordWire } from './record-wire.ts'

/** Long enough for several chunks, with characters of every length in UTF-8. */
const BODY = JSON.stringify({
  model: 'gpt-4o',
  messages: [{ role: 'user', content: 'a\u00e9\u4e2d\u{1f600}'.repeat(8_000) }],
})

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

let upstream: http.Server

beforeAll(async () => {
  upstream = http.createServer((request, response) => void request.pipe(response))
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
})
afterAll(() => new Promise((resolve) => upstream.close(resolve)))

const readers: Readonly<Record<string, (request: IncomingMessage) => Promise<Buffer | string>>> = {
  'data events': (request) =>
    new Promise((resolve) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => resolve(Buffer.concat(chunks)))
    }),
  'two listeners for data': (request) =>
    new Promise((resolve) => {
      const chunks: Buffer[] = []
      request.on('data', () => {})
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => resolve(Buffer.concat(chunks)))
    }),
  'setEncoding(utf8)': (request) => text(request.setEncoding('utf8')),
  'setEncoding(hex)': async (request) => Buffer.from(await text(request.setEncoding('hex')), 'hex'),
  'readable and read()': (request) =>
    new Promise((resolve) => {
      const chunks: Buffer[] = []
      request.on('readable', () => {
        for (let chunk = request.read() as Buffer | null; chunk; chunk = request.read() as Buffer | null)
          chunks.push(chunk)
      })
      request.on('end', () => resolve(Buffer.concat(chunks)))
    }),
  'for await': async (request) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  },
  pipe: (request) => buffer(request.pipe(new PassThrough())),
  pipeline: async (request) => {
    const through = new PassThrough()
    const [, bytes] = await Promise.all([pipeline(request, through), buffer(through)])
    return bytes
  },
  'a web stream': async (request) =>
    Buffer.from(await new Response(Readable.toWeb(request) as ReadableStream).arrayBuffer()),
  'the body of a fetch': async (request) => {
    const { port } = upstream.address() as AddressInfo
    const options = { method: 'POST', body: request, duplex: 'half' } as unknown as RequestInit
    return Buffer.from(await (await fetch(`http://127.0.0.1:${port}`, options)).arrayBuffer())
  },
  'a proxied request': async (request) => {
    const { port } = upstream.address() as AddressInfo
    const forwarded = http.request({ port, host: '127.0.0.1', method: 'POST' })
    request.pipe(forwarded)
    const answer = await new Promise<IncomingMessage>((resolve) => forwarded.on('response', resolve))
    return buffer(answer)
  },
  'a reader that pauses': (request) =>
    new Promise((resolve) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        request.pause()
        setTimeout(() => request.resume(), 2)
      })
      request.on('end', () => resolve(Buffer.concat(chunks)))
    }),
  'a reader that comes late': async (request) => {
    await sleep(40)
    return buffer(request)
  },
}

const digest = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')

function readWith(read: (request: IncomingMessage) => Promise<Buffer | string>): LoggedHandler {
  return (response, log, request) => {
    log.watch(request, 'end')
    read(request).then(
      (body) => response.end(`${digest(body)} ${Buffer.byteLength(body)}`),
      (error: unknown) => response.end(String(error)),
    )
  }
}

for (const [kind, start] of Object.entries(allServerKinds)) {
  describe(`the body of a request behind ${kind}`, () => {
    it.each(Object.entries(readers))('reaches its reader whole and is kept: %s', async (_name, read) => {
      const { answer, exchange } = await compareServers(start, readWith(read), { body: BODY })
      expect(answer.body.toString()).toBe(`${digest(BODY)} ${Buffer.byteLength(BODY)}`)
      expect(exchange.request.parsedBody).toBeNull()
      expect(exchange.request.body).toMatchObject({ truncated: false })
      expect(exchange.request.body?.head.join().toString()).toBe(BODY)
    })

    it('comes after a pause, in one piece for the reader and for us', async () => {
      const { exchange } = await compareServers(start, readWith(buffer), { body: BODY, bodyDelayMs: 30 })
      expect(exchange.request.body?.head.join().toString()).toBe(BODY)
    })

    it('may be read by nobody', async () => {
      const { answer } = await compareServers(start, (response) => response.end('unread'), { body: BODY })
      expect(answer.body.toString()).toBe('unread')
    })

    it('is kept compressed, as it came', async () => {
      const body = gzipSync(BODY)
      const headers = { 'content-encoding': 'gzip' }
      const { exchange } = await compareServers(start, readWith(buffer), { body, headers })
      expect(exchange.request.headers['content-encoding']).toBe('gzip')
      expect(exchange.request.body?.head.join()).toEqual(body)
    })

    it('is kept at both ends when it is a form with files', async () => {
      const headers = { 'content-type': 'multipart/form-data; boundary=x' }
      const body = `--x\r\n${'a'.repeat(300_000)}\r\n--x--`
      const { exchange } = await compareServers(start, readWith(buffer), { body, headers })
      const { head, tail, size } = exchange.request.body!
      expect([head.length, tail.length, size]).toEqual([65_536, 65_536, body.length])
    })

    it('is not kept past the limit, and reaches its reader all the same', async () => {
      const { tracker, waitForExchanges } = createCaptureTracker({ maxBodySize: 10_000 })
      const server = await start((request, response) => {
        void buffer(request).then((body) => response.end(digest(body)))
      }, tracker)
      const answer = await recordWire(server, { body: BODY })
      expect(answer.body.toString()).toBe(digest(BODY))
      const [exchange] = await waitForExchanges(1)
      const { head, size, truncated } = exchange!.request.body!
      expect([head.length, size, truncated]).toEqual([10_000, Buffer.byteLength(BODY), true])
      await server.close()
    })

    it('is absent when the request has none', async () => {
      const { exchange } = await compareServers(start, readWith(buffer), { body: '' })
      expect(exchange.request.body?.size ?? 0).toBe(0)
    })
  })
}
