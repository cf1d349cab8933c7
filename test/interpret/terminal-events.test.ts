import http, { type RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { trackFetch } from '../../src/adapters/fetch.ts'
import type { SanitisedEvent } from '../../src/core/records/event.ts'
import type { TokenTracker } from '../../src/tracker/tracker.ts'
import { listen, serverKinds } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { terminatedStreams, type TerminatedStream } from './terminal-events.ts'

/** Where the client leaves, and what the server does then. */
const CUTS = ['before', 'within', 'behind', 'ends soon'] as const
type Cut = (typeof CUTS)[number]

const PROMPT = JSON.stringify({
  model: 'gpt-4o',
  messages: [{ role: 'user', content: 'Say hello' }],
  prompt: 'Say hello',
  input: 'Say hello',
  stream: true,
})
const toHeaders = (cut: Cut) => ({ 'content-type': 'application/json', 'x-request-id': cut })
const toBytes = (piece: string | Buffer) => Buffer.from(piece as string)

function piecesOf({ before, terminal }: TerminatedStream, cut: Cut): readonly Buffer[] {
  const last = toBytes(terminal)
  if (cut === 'before') return [toBytes(before)]
  // Behind the first bytes of the event: half of a large one may be past its counts.
  return [toBytes(before), cut === 'within' ? last.subarray(0, 5) : last]
}

const answer =
  (stream: TerminatedStream): RequestListener =>
  (request, response) => {
    const cut = request.headers['x-request-id'] as Cut
    request.resume()
    response.writeHead(200, { 'content-type': stream.type })
    for (const piece of piecesOf(stream, cut)) response.write(piece)
    // Behind the last word the client is gone by then.
    if (cut === 'ends soon') response.once('close', () => setTimeout(() => response.end(), 20))
  }

/** Reads all that the server has to say, then hangs up. */
function leave(url: string, cut: Cut, size: number): Promise<void> {
  return new Promise((resolve) => {
    const request = http.request(url, { method: 'POST', agent: false, headers: toHeaders(cut) }, (response) => {
      let seen = 0
      response.on('error', () => {})
      response.on('close', resolve)
      response.on('data', (chunk: Buffer) => {
        seen += chunk.length
        if (seen >= size) request.destroy()
      })
    })
    request.on('error', () => {})
    request.end(PROMPT)
  })
}

/** The same through a tracked fetch, whose stream is cancelled. */
async function cancel(tracked: typeof fetch, url: string, cut: Cut, size: number): Promise<void> {
  const response = await tracked(url, { method: 'POST', headers: toHeaders(cut), body: PROMPT })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  for (let seen = 0; seen < size;) seen += (await reader.read()).value?.length ?? Infinity
  await reader.cancel()
}

async function leaveEverywhere(stream: TerminatedStream, place: 'middleware' | 'trackFetch') {
  const { tracker, events, waitForEvents } = createTestTracker({
    PRICING_DATASET: 'off',
    MONITORED_ENDPOINTS: '["/**"]',
  })
  const server = await serve(stream, place === 'middleware' ? tracker : null)
  const tracked = trackFetch(fetch, { tracker })
  await Promise.all(
    CUTS.map((cut) => {
      const size = Buffer.concat(piecesOf(stream, cut)).length
      const url = server.url + stream.path
      return place === 'middleware' ? leave(url, cut, size) : cancel(tracked, url, cut, size)
    }),
  )
  await waitForEvents(CUTS.length)
  await Promise.all([server.close(), tracker.shutdown()])
  return (cut: Cut) => events.filter(({ request_id }) => request_id === cut)
}

async function serve(stream: TerminatedStream, tracker: TokenTracker | null) {
  return tracker ? await serverKinds['node:http']!(answer(stream), tracker) : listen(http.createServer(answer(stream)))
}

const api = { prompt_tokens: 9, completion_tokens: 2, token_source: 'api' }

function expectCounts(event: SanitisedEvent | undefined, isReported: boolean): void {
  if (isReported) expect(event).toMatchObject(api)
  else expect([event?.completion_tokens, event?.completion_token_source]).not.toContain('api')
}

describe.each(Object.entries(terminatedStreams))('a stream that its client leaves at %s', (_name, stream) => {
  it.each(['middleware', 'trackFetch'] as const)(
    'is aborted before it and a success behind it, seen by %s',
    async (place) => {
      const eventsOf = await leaveEverywhere(stream, place)
      expect(CUTS.map((cut) => eventsOf(cut).length)).toEqual(CUTS.map(() => 1))
      for (const cut of ['before', 'within'] as const) {
        const [event] = eventsOf(cut)
        expect(event).toMatchObject({ status: 'aborted', error_code: 'connection_closed', streaming: true })
        expectCounts(event, stream.isCountedBefore === true)
      }
      for (const cut of ['behind', 'ends soon'] as const) {
        const [event] = eventsOf(cut)
        expect(event).toMatchObject({ status: 'success', error_code: null, error_message: null, streaming: true })
        expectCounts(event, stream.isNeverCounted !== true)
      }
    },
  )
})
