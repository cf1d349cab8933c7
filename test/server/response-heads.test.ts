import { describe, expect, it } from 'vitest'
import { allServerKinds } from '../setup/servers.ts'
import { compareServers, toText, type LoggedHandler } from './compare-servers.ts'

interface Case {
  readonly name: string
  readonly handler: LoggedHandler
  readonly status?: number
  readonly contentEncoding?: string | null
  /** The body as kept; default: what the client got. */
  readonly kept?: string
  /** HTTP/2 sends the excess and breaks the stream off. */
  readonly skipHttp2?: boolean
}

const SSE = 'text/event-stream'

const cases: Case[] = [
  {
    name: 'no head at all',
    handler: (response) => response.end('plain'),
  },
  {
    name: 'setHeader and statusCode',
    handler: (response, log) => {
      response.statusCode = 201
      log.call('setHeader', () => response.setHeader('Content-Type', SSE))
      log.call('end', () => response.end('data: 1\n\n'))
    },
    status: 201,
  },
  {
    name: 'writeHead(status, headers)',
    handler: (response, log) => {
      log.call('writeHead', () => response.writeHead(200, { 'Content-Type': SSE, 'x-several': ['a', 'b'] }))
      log.call('end', () => response.end('data: 1\n\n'))
    },
  },
  {
    name: 'writeHead(status, reason, headers)',
    handler: (response, log) => {
      log.call('writeHead', () => response.writeHead(200, 'Fine', { 'CONTENT-TYPE': SSE }))
      log.call('end', () => response.end('data: 1\n\n'))
    },
  },
  {
    name: 'writeHead(status, undefined, headers)',
    handler: (response, log) => {
      log.call('writeHead', () => response.writeHead(200, undefined, { 'content-type': SSE }))
      log.call('end', () => response.end('data: 1\n\n'))
    },
  },
  {
    name: 'writeHead(status, flat array)',
    handler: (response, log) => {
      log.call('writeHead', () => response.writeHead(200, ['Content-Type', SSE, 'X-Twice', '1', 'X-Twice', '2']))
      log.call('end', () => response.end('data: 1\n\n'))
    },
  },
  {
    name: 'writeHead(status, pairs)',
    handler: (response, log) => {
      log.call('writeHead', () => response.writeHead(200, [['Content-Type', SSE]] as never))
      log.call('end', () => response.end('data: 1\n\n'))
    },
  },
  {
    name: 'writeHead over headers that were set before',
    handler: (response, log) => {
      response.setHeader('content-type', 'text/plain')
      response.setHeader('x-kept', 'yes')
      log.call('writeHead', () => response.writeHead(200, { 'content-type': SSE }))
      log.note(String(response.getHeader('content-type')))
      log.call('end', () => response.end('data: 1\n\n'))
    },
  },
  {
    name: 'a head that Node refuses, then another',
    handler: (response, log) => {
      log.call('writeHead 99', () => response.writeHead(99, { 'content-type': SSE }))
      log.call('writeHead 500', () => response.writeHead(500, { 'content-type': 'application/json' }))
      log.call('writeHead again', () => response.writeHead(200, { 'content-type': SSE }))
      log.call('end', () => response.end('{"error":{}}'))
    },
    status: 500,
  },
  {
    name: 'setHeaders and appendHeader',
    handler: (response, log) => {
      log.call('setHeaders', () => response.setHeaders?.(new Headers({ 'x-one': '1' })) === response)
      response.setHeader('content-type', SSE)
      log.call('appendHeader', () => response.appendHeader('x-one', '2') === response)
      log.call('end', () => response.end('data: 1\n\n'))
    },
  },
  {
    name: 'flushHeaders before the first write',
    handler: (response, log) => {
      response.setHeader('content-type', SSE)
      log.call('flushHeaders', () => response.flushHeaders())
      log.note(`sent ${response.headersSent}`)
      setTimeout(() => log.call('end', () => response.end('data: 1\n\n')), 20)
    },
  },
  {
    name: 'setHeader once the head is sent',
    handler: (response, log) => {
      log.call('write', () => response.write('data: 1\n\n'))
      log.call('setHeader', () => response.setHeader('x-late', '1'))
      log.call('removeHeader', () => response.removeHeader('x-late'))
      log.call('end', () => response.end())
    },
  },
  {
    name: 'early hints, continue and processing before the head',
    handler: (response, log) => {
      log.call('writeEarlyHints', () => response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' }))
      log.call('writeContinue', () => response.writeContinue())
      log.call('writeProcessing', () => response.writeProcessing?.())
      log.call('writeHead', () => response.writeHead(200, { 'content-type': SSE }))
      log.call('end', () => response.end('data: 1\n\n'))
    },
  },
  {
    name: 'trailers',
    handler: (response, log) => {
      response.writeHead(200, { 'content-type': SSE, trailer: 'x-checksum' })
      log.call('write', () => response.write('data: 1\n\n'))
      log.call('addTrailers', () => response.addTrailers({ 'x-checksum': 'abc' }))
      log.call('end', () => response.end())
    },
  },
  {
    name: '204 with a body that Node drops',
    handler: (response, log) => {
      log.call('writeHead', () => response.writeHead(204))
      log.call('end', () => response.end('dropped', log.callback('end')))
    },
    status: 204,
    kept: '',
  },
  {
    name: '304 set as statusCode, with an encoding and a body that Node drops',
    handler: (response, log) => {
      response.statusCode = 304
      response.setHeader('content-encoding', 'gzip')
      log.call('write', () => response.write('dropped'))
      log.call('end', () => response.end())
    },
    status: 304,
    contentEncoding: 'gzip',
    kept: '',
  },
  {
    name: 'a write that goes past the content-length, under strictContentLength',
    handler: (response, log) => {
      response.strictContentLength = true
      response.setHeader('content-length', 9)
      log.call('write', () => response.write('whole'))
      log.call('too long', () => response.write('too long'))
      log.call('write', () => response.write('body'))
      log.call('end', () => response.end())
    },
    skipHttp2: true,
  },
  {
    name: 'content-length and no chunking',
    handler: (response, log) => {
      response.writeHead(200, { 'content-length': 4, 'content-type': 'application/json' })
      log.call('write', () => response.write('{"a'))
      log.call('end', () => response.end('}'))
    },
  },
  {
    name: 'sendDate off and no chunked encoding',
    handler: (response, log) => {
      response.sendDate = false
      response.useChunkedEncodingByDefault = false
      log.call('write', () => response.write('one'))
      log.call('end', () => response.end('two'))
    },
  },
]

/** As the client saw it, in either protocol. */
function readContentType(wire: string): string | null {
  const line = /^content-type: (.*)\r$/im.exec(wire) ?? /"content-type":"(.*?)"/.exec(wire)
  return line?.[1] ?? null
}

for (const [kind, start] of Object.entries(allServerKinds)) {
  describe(`the head of a response behind ${kind}`, () => {
    it.each(cases.filter(({ skipHttp2 }) => !skipHttp2 || kind !== 'HTTP/2'))(
      'is sent as it was and read: $name',
      async ({ handler, status, ...expected }) => {
        const { answer, exchange } = await compareServers(start, handler)
        const { response } = exchange
        expect([response.status, response.contentEncoding]).toEqual([status ?? 200, expected.contentEncoding ?? null])
        expect(response.contentType).toBe(readContentType(answer.wire))
        expect(toText(response.body)).toBe(expected.kept ?? answer.body.toString('latin1'))
        expect(exchange.outcome).toBe('complete')
      },
    )

    it('is read for the counts that Bedrock puts there, and for nothing else', async () => {
      const counts = { 'x-amzn-bedrock-input-token-count': '26', 'x-amzn-bedrock-output-token-count': '42' }
      const { exchange } = await compareServers(start, (response) => {
        response.setHeader('x-amzn-bedrock-output-token-count', '42')
        response.writeHead(200, { 'X-Amzn-Bedrock-Input-Token-Count': '26', 'set-cookie': 'secret=1' })
        response.end('{}')
      })
      expect(exchange.response.headers).toEqual(counts)
    })

    it('is unknown when the client left before there was one', async () => {
      const { exchange } = await compareServers(start, (response, log) => {
        log.watch(response, 'close')
        const { stream } = response as unknown as { stream?: { destroy(): void } }
        if (stream) stream.destroy()
        else response.destroy()
      })
      expect(exchange.response).toMatchObject({ status: null, contentType: null, contentEncoding: null, body: null })
      expect(exchange.outcome).toBe('aborted')
    })
  })
}
