import zlib from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { CapturedExchange } from '../../src/capture/exchange.ts'
import { decodeResponse } from '../../src/interpret/bodies/decode-response.ts'
import { readResponseBody } from '../../src/interpret/bodies/read-response.ts'
import type { StreamDigest } from '../../src/interpret/bodies/response-digest.ts'
import { BodyParts } from '../../src/stream/body-parts.ts'
import { exchange } from '../setup/raw-exchange.ts'
import { serverKinds } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'

const MB = 1024 * 1024
/** A response may inflate to four times as much. */
const MAX_BODY_SIZE = 3 * MB
const usage = { prompt_tokens: 9, completion_tokens: 4 }
const PATH = '/v1/chat/completions'

afterEach(() => void vi.restoreAllMocks())

const toAnswer = (content: string) =>
  JSON.stringify({
    object: 'chat.completion',
    model: 'm-1',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage,
  })

const toStream = (events: number) =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'm-1', choices: [{ index: 0, delta: { content: 'word ' } }] })}\n\n`.repeat(
    events,
  ) +
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'm-1', choices: [], usage })}\n\ndata: [DONE]\n\n`

/** Decodes a response as the pipeline does. */
function decode(bytes: Buffer, contentEncoding: string, contentType: string) {
  const body = {
    head: new BodyParts([bytes]),
    tail: Buffer.alloc(0),
    digest: null,
    size: bytes.length,
    truncated: false,
  }
  const response = { status: 200, contentType, contentEncoding, headers: {}, body }
  return decodeResponse({ path: PATH, response } as unknown as CapturedExchange<StreamDigest>, MAX_BODY_SIZE)
}

describe('a response that inflates', () => {
  it.each([1, 5, 11])('to %i MB of JSON is held by its ends where it is too large to be parsed', async (size) => {
    const body = await decode(zlib.brotliCompressSync(toAnswer('a'.repeat(size * MB))), 'br', 'application/json')
    expect(body).toMatchObject({ kind: 'json', truncated: false, failed: false, digest: null })
    expect(body.head.length + body.tail.length).toBeLessThan(size === 1 ? 2 * MB : MB)
    for (const wantText of [false, true]) {
      const { facts } = readResponseBody({ body, path: PATH, status: 200, complete: true, wantText })
      expect(facts).toMatchObject({ model: 'm-1', usage: { input: 9, output: 4 } })
      expect(facts.completion.textLength).toBe(size === 1 && wantText ? MB : 0)
    }
  })

  it('to a long stream is read on its way and not held', async () => {
    const body = await decode(zlib.gzipSync(toStream(60_000)), 'gzip', 'text/event-stream')
    expect(body).toMatchObject({ kind: 'sse', truncated: false, failed: false })
    expect(body.head.length).toBeLessThan(128 * 1024)
    const { facts } = readResponseBody({ body, path: PATH, status: 200, complete: true, wantText: true })
    expect(facts).toMatchObject({ model: 'm-1', finished: true, usage: { input: 9, output: 4 } })
    expect(facts.completion.textLength).toBe(300_000)
  })

  it('past every limit is given up', async () => {
    const body = await decode(zlib.gzipSync(Buffer.alloc(13 * MB, 'a')), 'gzip', 'application/json')
    expect(body).toMatchObject({ truncated: true, failed: true })
    expect(body.head.length + body.tail.length).toBe(0)
  })
})

it('one body inflates at a time, however many requests and responses come compressed', async () => {
  let open = 0
  let most = 0
  let all = 0
  const { createGunzip } = zlib
  vi.spyOn(zlib, 'createGunzip').mockImplementation((options) => {
    const decoder = createGunzip(options)
    all++
    most = Math.max(most, ++open)
    decoder.once('close', () => open--)
    return decoder
  })
  const { tracker, waitForEvents } = createTestTracker({ PRICING_DATASET: 'off' })
  const server = await serverKinds['node:http']!(async (request, response) => {
    await request.resume().toArray()
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    response.end(zlib.gzipSync(toAnswer('a'.repeat(500_000))))
  }, tracker)
  const body = zlib.gzipSync(
    JSON.stringify({ model: 'm-0', messages: [{ role: 'user', content: 'b'.repeat(500_000) }] }),
  )
  await Promise.all(
    Array.from({ length: 20 }, () => exchange(server.url, { body, headers: { 'content-encoding': 'gzip' } })),
  )
  const events = await waitForEvents(20)
  expect(events.every(({ request_model, prompt_tokens }) => request_model === 'm-0' && prompt_tokens === 9)).toBe(true)
  expect([all, most, open]).toEqual([40, 1, 0])
  await Promise.all([tracker.shutdown(), server.close()])
})

it('what was inflated counts while it waits: the queue says no before there is too much of it', async () => {
  const { tracker, waitForEvents } = createTestTracker({ PRICING_DATASET: 'off', QUEUE_MAX_BYTES: '4MB' })
  let counting = 0
  let most = 0
  const open: (() => void)[] = []
  tracker.counters.register('slow', () => {
    most = Math.max(most, ++counting)
    return new Promise((resolve) => open.push(() => resolve(1)))
  })
  const server = await serverKinds['node:http']!(async (request, response) => {
    await request.resume().toArray()
    response.end(JSON.stringify({ ...JSON.parse(toAnswer('')), model: 'slow', usage: { completion_tokens: 4 } }))
  }, tracker)
  const messages = [{ role: 'user', content: 'b'.repeat(500_000) }]
  const body = zlib.gzipSync(JSON.stringify({ model: 'slow', messages }))
  const send = () => exchange(server.url, { body, headers: { 'content-encoding': 'gzip' } })
  await Promise.all(Array.from({ length: 60 }, send))
  await new Promise((resolve) => setTimeout(resolve, 200))
  await send()
  const { accepted, rejected } = tracker.getStats()
  expect([accepted + rejected, rejected > 0]).toEqual([61, true])
  const done = setInterval(() => {
    for (const count of open.splice(0)) {
      counting--
      count()
    }
  }, 5)
  await waitForEvents(accepted)
  clearInterval(done)
  // Four megabytes of them, and those that were at work by then.
  expect(most).toBeLessThanOrEqual(4 + 16)
  await Promise.all([tracker.shutdown(), server.close()])
})
