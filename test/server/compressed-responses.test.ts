import type { RequestListener } from 'node:http'
import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decompressWhole, readEncodings } from '../../src/stream/decompress.ts'
import { exchange as sendRequest } from '../setup/raw-exchange.ts'
import { allServerKinds, serverKinds } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { compareServers, type LoggedHandler } from './compare-servers.ts'
import { compressResponse, type Encoding } from './compress-response.ts'

const EVENTS = Array.from({ length: 20 }, (_, index) => `data: {"choices":[{"delta":{"content":"word ${index}"}}]}\n\n`)
const TEXT = EVENTS.join('')
const MAX_BYTES = 1024 * 1024

/** The ways a handler can begin, which decide when compression sets its header. */
const beginnings: Readonly<Record<string, LoggedHandler>> = {
  'writeHead first': (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }),
  'flushHeaders first': (response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.flushHeaders()
  },
  'a write first': (response) => void response.setHeader('content-type', 'text/event-stream'),
}

function streamEvents(begin: LoggedHandler): LoggedHandler {
  return (response, log, request) => {
    begin(response, log, request)
    let next = 0
    const write = () => {
      if (next === EVENTS.length) response.end()
      else response.write(EVENTS[next++], write)
    }
    write()
  }
}

const encodings: readonly Encoding[] = ['gzip', 'br', 'deflate']
const mounted = encodings.flatMap((encoding) =>
  Object.entries(beginnings).map(([name, begin]) => ({ encoding, name, begin })),
)

/** Bodies that came encoded from an upstream and are passed on as they are. */
const encoded: readonly { encoding: string; name?: string; bytes: Buffer | null }[] = [
  { encoding: 'gzip', bytes: zlib.gzipSync(TEXT) },
  { encoding: 'x-gzip', bytes: zlib.gzipSync(TEXT) },
  { encoding: 'br', bytes: zlib.brotliCompressSync(TEXT) },
  { encoding: 'deflate', bytes: zlib.deflateSync(TEXT) },
  { encoding: 'deflate', name: 'raw deflate', bytes: zlib.deflateRawSync(TEXT) },
  { encoding: 'gzip, br', bytes: zlib.brotliCompressSync(zlib.gzipSync(TEXT)) },
  {
    encoding: 'zstd',
    bytes: 'zstdCompressSync' in zlib ? (zlib.zstdCompressSync as (text: string) => Buffer)(TEXT) : null,
  },
  { encoding: 'identity', bytes: Buffer.from(TEXT) },
]

for (const [kind, start] of Object.entries(allServerKinds)) {
  describe(`compression behind ${kind}`, () => {
    it.each(mounted)('after us is seen as $encoding: $name', async ({ encoding, begin }) => {
      const handler: LoggedHandler = (response, log, request) => {
        compressResponse(response, encoding)
        streamEvents(begin)(response, log, request)
      }
      const { exchange } = await compareServers(start, handler)
      const { contentEncoding, body } = exchange.response
      expect(contentEncoding).toBe(encoding)
      expect((await decompressWhole(body!.head.join(), readEncodings(contentEncoding), MAX_BYTES))?.toString()).toBe(
        TEXT,
      )
    })

    it.each(mounted)('before us leaves us the plain text ($encoding): $name', async ({ encoding, begin }) => {
      const before: RequestListener = (_request, response) => compressResponse(response, encoding)
      const { exchange } = await compareServers(start, streamEvents(begin), {}, before)
      expect(exchange.response.contentEncoding).toBeNull()
      expect(exchange.response.body?.head.join().toString()).toBe(TEXT)
    })

    it.each(encoded.filter(({ bytes }) => bytes !== null))(
      'of an upstream is passed on: $encoding $name',
      async (body) => {
        const bytes = body.bytes!
        const { answer, exchange } = await compareServers(start, (response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': body.encoding })
          response.write(bytes.subarray(0, 100))
          setTimeout(() => response.end(bytes.subarray(100)), 10)
        })
        expect(answer.body).toEqual(bytes)
        const { contentEncoding, body: kept } = exchange.response
        expect((await decompressWhole(kept!.head.join(), readEncodings(contentEncoding), MAX_BYTES))?.toString()).toBe(
          TEXT,
        )
      },
    )
  })
}

describe('a decompression bomb', () => {
  const bomb = zlib.gzipSync(Buffer.alloc(100 * 1024 * 1024))

  it.each(Object.entries(serverKinds))('behind %s is not unpacked past the limit', async (_kind, start) => {
    const { tracker, waitForEvents } = createTestTracker({ MAX_BODY_SIZE: '1MB', PRICING_DATASET: 'off' })
    const server = await start((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(bomb)
    }, tracker)
    const before = process.memoryUsage().arrayBuffers
    const answer = await sendRequest(server.url)
    expect(answer.body.equals(bomb)).toBe(true)
    const [event] = await waitForEvents(1)
    expect(event).toMatchObject({ status: 'error', truncated: true, completion_tokens: null })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 1024 * 1024)
    await Promise.all([tracker.shutdown(), server.close()])
  })
})
