import { randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import compression from 'compression'
import type { Response } from 'express'
import { describe, expect, it } from 'vitest'
import { allServerKinds } from '../setup/servers.ts'
import { comparePaced, EVENTS, LAST_EVENT, USAGE, writePaced, type Witness } from './compare-paced.ts'

const TYPE = 'text/event-stream'
const COUNTED = {
  status: 'success',
  request_model: 'gpt-4o',
  prompt_tokens: 11,
  completion_tokens: 7,
  completion_token_source: 'api',
  truncated: false,
}

type Handler = (response: ServerResponse, witness: Witness) => unknown

/** Gives the response the `flush` of the package, as its middleware does. */
function compress(request: IncomingMessage, response: ServerResponse, next: () => void = () => {}): void {
  compression()(request as never, response as never, next)
}

const flush = (response: ServerResponse) => (response as Partial<Response>).flush?.()

/** The ways a handler can begin, which decide when the package looks at the head. */
const beginnings: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  writeHead: (response) => response.writeHead(200, { 'content-type': TYPE }),
  'writeHead with a list': (response) => response.writeHead(200, ['content-type', TYPE]),
  setHeader: (response) => response.setHeader('content-type', TYPE),
  flushHeaders: (response) => {
    response.setHeader('content-type', TYPE)
    response.flushHeaders()
  },
  'no head': () => {},
}

function streamEvents(begin: (response: ServerResponse) => unknown): Handler {
  return async (response, witness) => {
    begin(response)
    await writePaced(response, witness, () => flush(response))
  }
}

const streamUnflushed: Handler = async (response, witness) => {
  response.setHeader('content-type', TYPE)
  for (const event of EVENTS) {
    witness.written++
    response.write(event)
    await sleep(5)
  }
  witness.written++
  response.end(LAST_EVENT)
}

/** More than the buffers on the way hold, however it is compressed, so that `drain` must find its way back to the writer. */
const LONG_STREAM = [
  ...Array.from({ length: 20 }, () => `: ${randomBytes(48 * 1024).toString('base64')}\n\n`),
  ...EVENTS,
  LAST_EVENT,
]

const pipeLong: Handler = async (response) => {
  response.setHeader('content-type', TYPE)
  await pipeline(Readable.from(LONG_STREAM), response)
}

function sendJson(words: number): Handler {
  const message = { role: 'assistant', content: 'word '.repeat(words) }
  const answer = { object: 'chat.completion', model: 'gpt-4o', choices: [{ message }], usage: USAGE }
  return (response) => {
    if ('json' in response) return (response as Response).json(answer)
    response.setHeader('content-type', 'application/json')
    return response.end(JSON.stringify(answer))
  }
}

describe.each(Object.entries(allServerKinds))('the package compression on %s', (_kind, start) => {
  const run = (place: string, acceptEncoding: string, handler: Handler) =>
    comparePaced(
      start,
      (witness): RequestListener =>
        (request, response) => {
          const handle = async () => {
            await buffer(request)
            await handler(response, witness)
          }
          const fail = () => response.destroy()
          if (place === 'before us') handle().catch(fail)
          else compress(request, response, () => void handle().catch(fail))
        },
      place === 'before us'
        ? { acceptEncoding, before: (request, response) => compress(request, response) }
        : { acceptEncoding },
    )

  describe.each(['before us', 'behind us'])('%s', (place) => {
    describe.each(['gzip', 'deflate', 'br'])('with %s', (encoding) => {
      it.each(Object.entries(beginnings))('flushes each event to the client: %s', async (name, begin) => {
        const { text, arrivals, event, ...answer } = await run(place, encoding, streamEvents(begin))
        expect(answer.encoding).toBe(name === 'no head' ? undefined : encoding)
        expect(text).toBe(EVENTS.join('') + LAST_EVENT)
        expect(arrivals).toEqual([1, 2, 3, 4])
        expect(event).toMatchObject({ ...COUNTED, streaming: true })
      })

      it('holds events back that are not flushed', async () => {
        const { text, arrivals, event } = await run(place, encoding, streamUnflushed)
        expect(text).toBe(EVENTS.join('') + LAST_EVENT)
        expect(arrivals).toEqual([4, 4, 4, 4])
        expect(event).toMatchObject({ ...COUNTED, streaming: true })
      })

      it('takes a long stream from a pipe, which waits for it', async () => {
        const { text, event } = await run(place, encoding, pipeLong)
        expect(text === LONG_STREAM.join('')).toBe(true)
        expect(event).toMatchObject({ ...COUNTED, streaming: true })
      })

      it.each([1, 1_000])('sends JSON of %i words', async (words) => {
        const { text, event, ...answer } = await run(place, encoding, sendJson(words))
        expect(answer.encoding).toBe(words === 1 ? undefined : encoding)
        expect(JSON.parse(text)).toMatchObject({ usage: USAGE })
        expect(event).toMatchObject({ ...COUNTED, streaming: true })
      })
    })
  })
})
