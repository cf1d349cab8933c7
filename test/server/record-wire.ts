import http2 from 'node:http2'
import net from 'node:net'
import type { TestServer } from '../setup/servers.ts'

export interface WireRequest {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Break the connection off as soon as this many bytes of the answer are there. */
  readonly hangUpAfter?: number
  /** Break the connection off when this says so, whatever has come. Default: after five seconds. */
  readonly hangUp?: AbortSignal
  /** Send the head of the request, and nothing more, before the body: milliseconds in between. */
  readonly bodyDelayMs?: number
}

/** One answer as the client's socket saw it. */
export interface WireAnswer {
  /** Every byte (HTTP/1.1) or every frame (HTTP/2) of the answer, but for the date. */
  readonly wire: string
  /** The body, unframed. */
  readonly body: Buffer
}

const DEADLINE_MS = 5_000

/** Sends one POST and records what comes back, down to the framing. */
export function recordWire(server: TestServer, request: WireRequest = {}): Promise<WireAnswer> {
  return server.httpVersion === 2 ? recordHttp2(server, request) : recordHttp1(server, request)
}

function recordHttp1(
  { url }: TestServer,
  { path, headers, body = '{}', hangUp = AbortSignal.timeout(DEADLINE_MS), ...request }: WireRequest,
): Promise<WireAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let received = 0
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1')
    const fields = {
      host: 'test',
      connection: 'close',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    }
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`POST ${path ?? '/v1/chat/completions'} HTTP/1.1\r\n${lines.join('')}\r\n`)
    if (request.bodyDelayMs === undefined) socket.write(body)
    else setTimeout(() => socket.write(body), request.bodyDelayMs)
    hangUp.addEventListener('abort', () => socket.destroy())
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      received += chunk.length
      if (request.hangUpAfter !== undefined && received >= request.hangUpAfter) socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      const bytes = Buffer.concat(chunks)
      resolve({ wire: bytes.toString('latin1').replaceAll(/^Date: .*\r\n/gm, ''), body: toBody(bytes) })
    })
  })
}

/** What follows the final head, without the framing of chunks. */
function toBody(bytes: Buffer): Buffer {
  let start = 0
  let head = ''
  do {
    const end = bytes.indexOf('\r\n\r\n', start)
    if (end === -1) return Buffer.alloc(0)
    head = bytes.toString('latin1', start, end)
    start = end + 4
  } while (/^HTTP\/1\.1 1\d\d/.test(head))
  const rest = bytes.subarray(start)
  return /^transfer-encoding: chunked/im.test(head) ? dechunk(rest) : rest
}

function dechunk(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const length = Number.parseInt(bytes.toString('latin1', at, lineEnd === -1 ? at : lineEnd), 16)
    if (!(length > 0)) return Buffer.concat(parts)
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length))
    at = lineEnd + 2 + length + 2
  }
}

function recordHttp2(
  { url }: TestServer,
  { path, headers, body = '{}', hangUp = AbortSignal.timeout(DEADLINE_MS), ...request }: WireRequest,
): Promise<WireAnswer> {
  return new Promise((resolve) => {
    const frames: string[] = []
    const chunks: Buffer[] = []
    let received = 0
    const session = http2.connect(url)
    const stream = session.request({
      ':method': 'POST',
      ':path': path ?? '/v1/chat/completions',
      'content-type': 'application/json',
      ...headers,
    })
    hangUp.addEventListener('abort', () => session.destroy())
    if (request.bodyDelayMs === undefined) stream.end(body)
    else setTimeout(() => stream.end(body), request.bodyDelayMs)
    const record = (name: string) => (fields: http2.IncomingHttpHeaders) => {
      const { date: _date, ...rest } = fields
      frames.push(`${name} ${JSON.stringify(rest)}`)
    }
    stream.on('headers', record('informational'))
    stream.on('response', record('response'))
    stream.on('trailers', record('trailers'))
    stream.on('data', (chunk: Buffer) => {
      frames.push(`data ${chunk.toString('latin1')}`)
      chunks.push(chunk)
      received += chunk.length
      if (request.hangUpAfter !== undefined && received >= request.hangUpAfter) session.destroy()
    })
    stream.on('error', () => {})
    session.on('error', () => {})
    stream.on('close', () => {
      frames.push(`closed ${stream.rstCode}`)
      session.destroy()
      resolve({ wire: frames.join('\n'), body: Buffer.concat(chunks) })
    })
  })
}
