import { describe, expect, it } from 'vitest'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { trackRequestHandler } from '../../src/adapters/web.ts'
import { createTestTracker } from '../setup/tracker.ts'

const PIECES = ['Hel', 'lo', ' the', 're'].map(
  (content) =>
    `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index: 0, delta: { content } }] })}\n\n`,
)
const SSE = { headers: { 'content-type': 'text/event-stream' } }
const CALL = { method: 'POST', body: JSON.stringify({ model: 'gpt-4o', stream: true, messages: [] }) }
const URL_OF_CHAT = 'https://api.openai.com/v1/chat/completions'

/** Each piece when it is asked for, in a turn of its own; then the end, or an error. */
function createSource(isByteStream: boolean, fails: boolean): ReadableStream<Uint8Array> {
  let at = 0
  const source = {
    async pull(controller: ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      const piece = PIECES[at++]
      if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece))
      else if (fails) controller.error(new Error('upstream died'))
      else {
        controller.close()
        if ('byobRequest' in controller) controller.byobRequest?.respond(0)
      }
    },
  }
  return isByteStream
    ? new ReadableStream({ ...source, type: 'bytes' })
    : new ReadableStream<Uint8Array>(source, { highWaterMark: 0 })
}

const toText = (chunk: Uint8Array | undefined) => (chunk ? Buffer.from(chunk).toString() : null)
const nameOf = (error: unknown) => (error as Error).constructor.name

type Stream = ReadableStream<Uint8Array>

async function readOn(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<unknown[]> {
  const seen: unknown[] = []
  for (;;) {
    const result = await reader.read().catch((error: unknown) => String(error))
    if (typeof result === 'string') return [...seen, result]
    if (result.done) return [...seen, 'end']
    seen.push(toText(result.value))
  }
}

async function iterate(stream: AsyncIterable<Uint8Array>, limit = Infinity): Promise<unknown[]> {
  const seen: unknown[] = []
  try {
    for await (const chunk of stream) if (seen.push(toText(chunk)) >= limit) break
  } catch (error) {
    seen.push(String(error))
  }
  return seen
}

/** Ways to read a stream, with all that their caller can see of it. */
const ways: Record<string, (stream: Stream, response: Response) => Promise<unknown>> = {
  'one reader': async (stream, response) => {
    const reader = stream.getReader()
    const closed = reader.closed.then(() => 'closed', String)
    const used = [response.bodyUsed, stream.locked]
    const seen = await readOn(reader)
    return [seen, await closed, used, response.bodyUsed, stream.locked]
  },
  'reads that do not wait for each other': async (stream) => {
    const reader = stream.getReader()
    const first = await reader.read()
    const reads = await Promise.allSettled([1, 2, 3, 4, 5].map(() => reader.read()))
    return [
      toText(first.value),
      reads.map((read) => (read.status === 'fulfilled' ? toText(read.value.value) : String(read.reason))),
    ]
  },
  'a reader that lets go while it waits': async (stream) => {
    const reader = stream.getReader()
    const seen = [toText((await reader.read()).value), toText((await reader.read()).value)]
    const pending = reader.read().catch(nameOf)
    reader.releaseLock()
    reader.releaseLock()
    const refused = await reader.read().catch(nameOf)
    return [seen, await pending, refused, stream.locked, await readOn(stream.getReader())]
  },
  'a reader that lets go at once': async (stream) => {
    const reader = stream.getReader()
    const pending = reader.read().catch(nameOf)
    reader.releaseLock()
    return [await pending, await readOn(stream.getReader())]
  },
  'a reader that gives up': async (stream) => {
    const reader = stream.getReader()
    const seen = [toText((await reader.read()).value), toText((await reader.read()).value)]
    const pending = reader.read()
    await reader.cancel('enough')
    return [seen, (await pending).done, await readOn(reader)]
  },
  'a loop': async (stream) => [await iterate(stream), stream.locked],
  'a loop that is left': async (stream) => [await iterate(stream, 2), stream.locked, await readOn(stream.getReader())],
  'a loop that leaves the rest to a reader': async (stream) => [
    await iterate(stream.values({ preventCancel: true }), 2),
    await readOn(stream.getReader()),
  ],
  'steps of a loop that do not wait for each other': async (stream) => {
    const iterator = stream.values()
    const steps = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(() => iterator.next()))
    return [
      steps.map((step) => (step.status === 'fulfilled' ? [step.value.done, toText(step.value.value)] : 'failed')),
      (await iterator.return?.())?.done,
      stream.locked,
    ]
  },
  'a second reader beside the first': async (stream) => {
    stream.getReader()
    const second = await Promise.resolve()
      .then(() => stream.getReader())
      .catch(nameOf)
    return [second, await iterate(stream)]
  },
  'a reader that the class makes': (stream) => readOn(new ReadableStreamDefaultReader(stream)),
  'a pipe': async (stream) => iterate(stream.pipeThrough(new TransformStream())),
  'both ends of a split': async (stream) => Promise.all(stream.tee().map((branch) => iterate(branch))),
  'another response': (stream) => new Response(stream).text().catch(String),
  'a loop, then what is left by a pipe': async (stream) => [
    await iterate(stream.values({ preventCancel: true }), 2),
    await iterate(stream.pipeThrough(new TransformStream())),
  ],
}

describe('a stream that is watched', () => {
  for (const [name, read] of Object.entries(ways)) {
    for (const isByteStream of [false, true]) {
      for (const fails of [false, true]) {
        const kind = `${isByteStream ? 'of bytes' : 'of chunks'}${fails ? ' that breaks' : ''}`
        it(`is read by ${name} as a bare one is, ${kind}`, async () => {
          const { tracker, waitForEvents } = createTestTracker()
          const create = () => new Response(createSource(isByteStream, fails), SSE)
          const use = (response: Response) => read(response.body as Stream, response)
          const bare = await use(create())
          expect(await use(await trackFetch(async () => create(), { tracker })(URL_OF_CHAT, CALL))).toEqual(bare)
          expect(await use(trackRequestHandler(create, { tracker })(new Request(URL_OF_CHAT, CALL)))).toEqual(bare)
          if (!name.includes('second reader')) expect(await waitForEvents(2)).toHaveLength(2)
          await tracker.shutdown()
        })
      }
    }
  }
})
