import { afterEach, describe, expect, it } from 'vitest'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { trackRequestHandler } from '../../src/adapters/web.ts'
import { serverKinds } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'

const answer = { text: 'hello there', usage: { type: 'tokens', total_tokens: 59, input_tokens: 14, output_tokens: 45 } }

/** The model stands behind a file of `bytes`, where the official client puts it. */
function toForm(bytes: number): FormData {
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(bytes).fill(65)]), 'a.wav')
  form.append('model', 'scribe-1')
  return form
}

const closing: (() => Promise<unknown>)[] = []
afterEach(() => Promise.all(closing.splice(0).map((close) => close())))

function createTracker() {
  const tracked = createTestTracker({ PRICING_DATASET: 'off' })
  closing.push(tracked.tracker.shutdown)
  return tracked
}

const expected = {
  model: 'scribe-1',
  request_model: 'scribe-1',
  prompt_tokens: 14,
  completion_tokens: 45,
  truncated: false,
}

describe('the model in a form', () => {
  it.each([10, 200_000, 12_000_000])('is found behind a file of %d bytes that passes a server', async (bytes) => {
    const { tracker, events } = createTracker()
    const server = await serverKinds['node:http']!((request, response) => {
      request.resume()
      request.on('end', () => response.end(JSON.stringify(answer)))
    }, tracker)
    closing.push(server.close)
    await (await fetch(`${server.url}/v1/audio/transcriptions`, { method: 'POST', body: toForm(bytes) })).json()
    await tracker.flush()
    expect(events).toMatchObject([expected])
  })

  it('is found by a web handler that reads the form, or its bytes', async () => {
    const { tracker, events } = createTracker()
    for (const read of [(request: Request) => request.formData(), (request: Request) => request.arrayBuffer()]) {
      const handle = trackRequestHandler(
        async (request: Request) => {
          await read(request)
          return Response.json(answer)
        },
        { tracker },
      )
      const url = 'http://host/v1/audio/transcriptions'
      await (await handle(new Request(url, { method: 'POST', body: toForm(300_000) }))).json()
    }
    await tracker.flush()
    expect(events).toMatchObject([expected, expected])
  })

  it('is found in a call of ours, whose form stays the same object', async () => {
    const { tracker, events } = createTracker()
    const form = toForm(100)
    let sent: unknown
    const send = async (_input: unknown, init?: RequestInit) => {
      sent = init?.body
      return Response.json(answer)
    }
    const call = trackFetch(send, { tracker })
    await (await call('https://api.openai.com/v1/audio/transcriptions', { method: 'POST', body: form })).json()
    await tracker.flush()
    expect(sent).toBe(form)
    expect(events).toMatchObject([expected])
  })
})
