import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import { createTestTracker } from '../setup/tracker.ts'

const MB = 1024 * 1024
const TOTAL = 10 * 1024 * MB
const SAMPLE_EVERY = 1_280
/** What may be held at any moment of ten gigabytes: two megabytes of the answer's text, one of a message, and a margin. */
const ALLOWED = 8 * MB

const PROMPT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Go on.' }] }
const USAGE = '"usage":{"prompt_tokens":11,"completion_tokens":1000000007}'
const HEAD = '"object":"chat.completion.chunk","model":"gpt-4o-2024-08-06"'
const toDelta = (content: string) => `data: {${HEAD},"choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`

/** A megabyte of short events, long ones and keep-alive comments: of short ones alone it would take two minutes. */
const MIXED =
  toDelta(' word').repeat(20) + toDelta('x'.repeat(16_000)).repeat(8) + `: ${'.'.repeat(998)}\n\n`.repeat(910)

interface Endless {
  readonly start: string
  readonly piece: Buffer
  readonly end: string
}

const streams: Readonly<Record<string, Endless>> = {
  'many events': {
    start: toDelta('Well'),
    piece: Buffer.from(MIXED),
    end: `data: {${HEAD},"choices":[],${USAGE}}\n\ndata: [DONE]\n\n`,
  },
  'one event that does not end': {
    start: `${toDelta('Well')}data: {${HEAD},"choices":[{"index":0,"delta":{"content":"`,
    piece: Buffer.alloc(MB, 'x'),
    end: `"}}],${USAGE}}\n\ndata: [DONE]\n\n`,
  },
}

setFlagsFromString('--expose_gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Freed array buffers leave the count a collection later. */
function heldBytes(): number {
  collectGarbage()
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** An exchange of Node's own classes whose socket throws everything away: the kernel would need a minute. */
function createExchange(): { request: IncomingMessage; response: ServerResponse } {
  const request = new IncomingMessage(new Socket())
  const body = JSON.stringify(PROMPT)
  Object.assign(request, { method: 'POST', url: '/v1/chat/completions', httpVersionMajor: 1, httpVersionMinor: 1 })
  request.headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
  request.push(body)
  request.push(null)
  const response = new ServerResponse(request)
  const socket = new Writable({ write: (_chunk, _encoding, done) => done() })
  response.assignSocket(socket as Socket)
  // What Node's server does for a response of its own.
  socket.on('drain', () => response.emit('drain'))
  response.on('finish', () => response.emit('close'))
  return { request, response }
}

/** Writes the stream and gives the most that was held on the way, above what was held before. */
async function writeStream(response: ServerResponse, { start, piece, end }: Endless): Promise<number> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(start)
  const before = heldBytes()
  let peak = 0
  for (let round = 1; round <= Math.ceil(TOTAL / piece.length); round++) {
    if (!response.write(piece)) await once(response, 'drain')
    // No socket takes ten gigabytes in one turn of the event loop; what one write brings is read in several.
    for (let turn = 0; turn < 16; turn++) await nextTurn()
    if (round % SAMPLE_EVERY === 0) peak = Math.max(peak, heldBytes() - before)
  }
  response.end(end)
  await nextTurn()
  return peak
}

describe('a stream of ten gigabytes', () => {
  it.each(Object.entries(streams))(
    'is counted from what little is held of it: %s',
    async (_name, stream) => {
      const { tracker, events } = createTestTracker({ PRICING_DATASET: 'off' })
      const { request, response } = createExchange()
      tokenUsageMiddleware({ tracker })(request, response, () => request.resume())
      await once(request, 'end')
      const peak = await writeStream(response, stream)
      await tracker.shutdown()
      expect(events).toMatchObject([
        {
          status: 'success',
          request_model: 'gpt-4o',
          model: 'gpt-4o-2024-08-06',
          prompt_tokens: 11,
          completion_tokens: 1_000_000_007,
          truncated: false,
        },
      ])
      expect(peak).toBeLessThan(ALLOWED)
      // Ten gigabytes take their time where the machine has other things to do.
    },
    180_000,
  )
})
