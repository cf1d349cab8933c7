import { toFormText } from './form-fields.ts'
import { tapStream, type StreamTap, type TappedStream } from './stream-tap.ts'

/** Told of the readings of one body: the whole of it at once, or a stream. A clone has a reading of its own. */
export interface BodyReadings {
  open(): StreamTap
  onClone(): void
}

type Body = Request | Response

/** `json` is not among them: it reads the text. Node 20 has no `bytes`. */
const WHOLE_READERS = ['text', 'arrayBuffer', 'bytes', 'blob', 'formData'] as const

/**
 * Watches how the body of a request or response is read, without reading it: the object stays the same one, and what its
 * own readers answer is looked at in passing. A copy made by `new Request(request)` goes unseen.
 */
export function tapBody(target: Body, readings: BodyReadings): void {
  let tapped: TappedStream | null = null
  const isAnswer = 'status' in target
  // Looked up now: a proxy binds the methods it hands out to the object behind it.
  const { clone } = target
  const readers = new Map(WHOLE_READERS.map((name) => [name, (target as Partial<BodyReaders>)[name]]))

  function read(name: (typeof WHOLE_READERS)[number]): Promise<unknown> {
    const reader = readers.get(name) as () => Promise<unknown>
    const isTaken = target.bodyUsed || tapped?.stream.locked === true
    if (tapped?.stream.locked) tapped.lock()
    return isTaken ? Reflect.apply(reader, target, []) : watchWhole(readings.open(), Reflect.apply(reader, target, []))
  }

  function getBody(this: Body): ReadableStream<Uint8Array> | null {
    if (tapped) return tapped.stream
    const source: ReadableStream<Uint8Array> | null = Reflect.get(Object.getPrototypeOf(this) as Body, 'body', this)
    // Some packages called `fetch` give a stream of Node's own.
    if (source === null || typeof source.getReader !== 'function' || source.locked || this.bodyUsed) return source
    tapped = tapStream(source, readings.open(), isAnswer)
    owners.set(tapped.stream, target)
    return tapped.stream
  }

  function cloneTapped(): Body {
    if (tapped?.stream.locked) tapped.lock()
    const copy = Reflect.apply(clone, target, []) as Body
    // From here on the target's own body is one branch of the split source.
    tapped = null
    readings.onClone()
    tapBody(copy, readings)
    return copy
  }

  const define = (name: string, value: unknown) =>
    Object.defineProperty(target, name, { value, configurable: true, writable: true })
  Object.defineProperty(target, 'body', { get: getBody, configurable: true })
  for (const [name, reader] of readers) if (reader) define(name, () => read(name))
  define('json', async () => JSON.parse((await read('text')) as string) as unknown)
  define('clone', cloneTapped)
}

interface BodyReaders {
  text(): Promise<string>
  arrayBuffer(): Promise<ArrayBuffer>
  bytes(): Promise<Uint8Array>
  blob(): Promise<Blob>
  formData(): Promise<FormData>
}

/** While a stream is read the object it belongs to must not count as forgotten. */
const owners = new WeakMap<ReadableStream<Uint8Array>, Body>()

async function watchWhole(reading: StreamTap, answer: Promise<unknown>): Promise<unknown> {
  try {
    const whole = await answer
    if (typeof whole === 'string' || whole instanceof Uint8Array) reading.onChunk(whole)
    else if (whole instanceof ArrayBuffer) reading.onChunk(new Uint8Array(whole))
    else if (whole instanceof Blob) reading.onChunk(new Uint8Array(await whole.arrayBuffer()))
    else if (whole instanceof FormData) reading.onChunk(toFormText(whole))
    reading.onEnd(true)
    return whole
  } catch (error) {
    reading.onEnd(false)
    throw error
  }
}
