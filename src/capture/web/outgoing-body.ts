import { tapBody } from './body-tap.ts'
import { toFormText } from './form-fields.ts'
import type { StreamTap } from './stream-flow.ts'
import { tapStream } from './stream-tap.ts'
import type { WebExchange } from './web-exchange.ts'

type FetchInput = string | URL | Request

/**
 * Looks at the body of a call that is about to be made. Answers the `init` to make it with: the same one, but for a body
 * that is a stream. Of forms the fields are read, not the files; bodies of other kinds (blobs, iterables) stay unknown.
 */
export function watchOutgoingBody(
  exchange: WebExchange,
  input: FetchInput,
  init: RequestInit | undefined,
  maxBytes: number,
): RequestInit | undefined {
  if (init instanceof Request) {
    // `fetch(url, request)` reads its body as any other property.
    tapBody(init, exchange.requestReadings)
    return init
  }
  const body: unknown = init?.body
  if (typeof body === 'string') exchange.setRequestBody(body)
  else if (body instanceof FormData) exchange.setRequestBody(toFormText(body))
  else if (body instanceof ArrayBuffer) exchange.setRequestBody(new Uint8Array(body))
  else if (ArrayBuffer.isView(body))
    exchange.setRequestBody(new Uint8Array(body.buffer, body.byteOffset, body.byteLength))
  else if (body instanceof ReadableStream)
    return { ...init, body: tapStream(body, exchange.requestReadings.open()).stream }
  else if (input instanceof Request && (body === undefined || body === null))
    void readCopy(input.clone(), exchange.requestReadings.open(), maxBytes)
  return init
}

/**
 * `fetch(request)` reads the body by means that nobody sees. A copy is read beside it; it stops at `maxBytes`, so that at
 * most as much is held for the slower of the two.
 */
async function readCopy({ body }: Request, reading: StreamTap, maxBytes: number): Promise<void> {
  try {
    await readStart(body as ReadableStream<Uint8Array> | null, maxBytes, reading.onChunk)
    reading.onEnd(true)
  } catch {
    // The call itself fails for the same reason, and says so.
    reading.onEnd(false)
  }
}

/**
 * Reads the first `maxBytes` of a copy of a body, by whole chunks, and gives the rest up. Giving up is not waited for: it
 * is done only when the other reader of the split stream has ended too.
 */
export async function readStart(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  if (!body) return
  const reader = body.getReader()
  for (let size = 0; size <= maxBytes;) {
    const { done, value } = await reader.read()
    if (done) return
    onChunk(value)
    size += value.length
  }
  reader.cancel().catch(() => {})
}
