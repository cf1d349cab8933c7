import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import http, { type RequestListener, type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import type { Readable } from 'node:stream'
import zlib from 'node:zlib'
import { expect, onTestFinished, vi } from 'vitest'
import type { SanitisedEvent } from '../../src/core/records/event.ts'
import type { StartServer, TestServer } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'

/** What one run shows beside its answer. Writer and client share it, so that no clock decides what came when. */
export interface Witness {
  written: number
  /** For each event that reached the client, how many had been written by then. */
  readonly arrivals: number[]
  /** What the server behind a gateway got. */
  readonly received: string[]
}

export interface PacedRequest {
  readonly body?: string
  readonly acceptEncoding?: string
  /** Middleware that is mounted before the tracker's. */
  readonly before?: RequestListener
}

interface PacedAnswer {
  readonly head: readonly string[]
  readonly encoding: string | undefined
  /** Of the body as it came: a digest, for a difference of megabytes takes minutes to print. */
  readonly sha256: string
  readonly text: string
}

export interface PacedComparison extends PacedAnswer, Witness {
  readonly event: SanitisedEvent
}

export const PROMPT = JSON.stringify({ model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: 'Hello' }] })
export const USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 }

const CHUNK = { id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-4o-2024-08-06' }
/** As OpenAI sends it: the usage in the last chunk of all. */
export const EVENTS: readonly string[] = [
  { ...CHUNK, choices: [{ index: 0, delta: { role: 'assistant', content: 'Héllo' } }] },
  { ...CHUNK, choices: [{ index: 0, delta: { content: ' you 中' }, finish_reason: 'stop' }] },
  { ...CHUNK, choices: [], usage: USAGE },
].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
export const LAST_EVENT = 'data: [DONE]\n\n'

const DEADLINE_MS = 2_000
const PATH = '/v1/chat/completions'

/** Writes each event only when the client has seen the one before. */
export async function writePaced(response: ServerResponse, witness: Witness, flush = () => {}): Promise<void> {
  for (const event of EVENTS) {
    witness.written++
    response.write(event)
    flush()
    await vi.waitUntil(() => witness.arrivals.length >= witness.written, { timeout: DEADLINE_MS, interval: 1 })
  }
  witness.written++
  response.end(LAST_EVENT)
}

/**
 * Runs one exchange against a bare and a watched server. Expects the same head, bytes and moments, and gives the one
 * event of it.
 */
export async function comparePaced(
  start: StartServer,
  createHandler: (witness: Witness) => RequestListener | Promise<RequestListener>,
  request: PacedRequest = {},
): Promise<PacedComparison> {
  const { tracker, events } = createTestTracker({ PRICING_DATASET: 'off' })
  const run = async (watched: typeof tracker | null) => {
    const witness: Witness = { written: 0, arrivals: [], received: [] }
    const handler = await createHandler(witness)
    const closes = new EventEmitter()
    const closed = once(closes, 'close')
    const listener: RequestListener = (incoming, response) => {
      response.once('close', () => closes.emit('close'))
      handler(incoming, response)
    }
    const server = await start(listener, watched, request.before)
    onTestFinished(() => server.close())
    const answer = await ask(server, request, witness)
    await closed
    return { ...answer, ...witness }
  }
  const [bare, tapped] = await Promise.all([run(null), run(tracker)])
  expect(tapped).toEqual(bare)
  await tracker.shutdown()
  expect(events).toHaveLength(1)
  return { ...tapped, event: events[0]! }
}

const decoders: Readonly<Record<string, () => zlib.Gunzip | zlib.Inflate | zlib.BrotliDecompress>> = {
  gzip: zlib.createGunzip,
  deflate: zlib.createInflate,
  br: zlib.createBrotliDecompress,
}

/** Sends one POST and decodes the answer as it comes. */
async function ask(
  server: TestServer,
  { body = PROMPT, acceptEncoding = 'identity' }: PacedRequest,
  witness: Witness,
): Promise<PacedAnswer> {
  const open = server.httpVersion === 2 ? openHttp2 : openHttp1
  const headers = { 'content-type': 'application/json', 'accept-encoding': acceptEncoding }
  const { head, encoding, answer } = await open(server.url, headers, body)
  const hash = createHash('sha256')
  answer.on('data', (chunk: Buffer) => void hash.update(chunk))
  const decode = decoders[encoding ?? '']
  const utf8 = new TextDecoder()
  let text = ''
  let rest = ''
  for await (const bytes of decode ? answer.pipe(decode()) : answer) {
    const piece = utf8.decode(bytes as Buffer, { stream: true })
    const events = (rest + piece).split('\n\n')
    text += piece
    rest = events.pop() ?? ''
    witness.arrivals.push(...events.map(() => witness.written))
  }
  return { head, encoding, sha256: hash.digest('hex'), text }
}

interface OpenAnswer {
  readonly head: readonly string[]
  readonly encoding: string | undefined
  readonly answer: Readable
}

type Open = (url: string, headers: Readonly<Record<string, string>>, body: string) => Promise<OpenAnswer>

const openHttp1: Open = async (url, headers, body) => {
  const request = http.request(new URL(PATH, url), { method: 'POST', agent: false, headers })
  request.end(body)
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage]
  const { statusCode, statusMessage, rawHeaders } = answer
  const fields = rawHeaders.filter((_, index) => rawHeaders[index - (index % 2)]?.toLowerCase() !== 'date')
  return { head: [`${statusCode} ${statusMessage}`, ...fields], encoding: answer.headers['content-encoding'], answer }
}

const openHttp2: Open = async (url, headers, body) => {
  const session = http2.connect(url)
  const answer = session.request({ ':method': 'POST', ':path': PATH, ...headers })
  answer.on('close', () => session.close())
  answer.end(body)
  const [fields] = (await once(answer, 'response')) as [http2.IncomingHttpHeaders]
  const { date: _date, ...rest } = fields
  return { head: Object.entries(rest).map(String), encoding: fields['content-encoding'], answer }
}
