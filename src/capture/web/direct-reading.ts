import type { ReadResult, StreamFlow } from './stream-flow.ts'
import { StreamIterator } from './stream-iterator.ts'

type Stream = ReadableStream<Uint8Array>
type Reader = ReadableStreamDefaultReader<Uint8Array>

/**
 * Lets the two common ways of reading a stream, a reader and `for await`, take their chunks from its source: a chunk that
 * passes two streams costs twice as much as one that passes one. All other ways go through the stream itself.
 */
export function addDirectReading(stream: Stream, flow: StreamFlow): void {
  Object.defineProperty(stream, FLOW, { value: flow })
  Object.defineProperties(stream, STREAM_MEMBERS)
}

const FLOW = Symbol('token-usage-tracker.flow')
const READS = Symbol('token-usage-tracker.reads')

const toMember = (value: unknown): PropertyDescriptor => ({ value, configurable: true, writable: true })

function getReader(this: Stream & { readonly [FLOW]: StreamFlow }, ...options: [{ readonly mode?: 'byob' }?]) {
  const reader: Reader | ReadableStreamBYOBReader = Reflect.apply(ReadableStream.prototype.getReader, this, options)
  if (reader instanceof ReadableStreamDefaultReader) {
    Object.defineProperty(reader, READS, { value: new DirectReads(reader, this[FLOW]) })
    Object.defineProperties(reader, READER_MEMBERS)
  }
  return reader
}

function values(this: Stream, { preventCancel = false }: { preventCancel?: boolean } = {}) {
  return new StreamIterator(this.getReader(), preventCancel)
}

const STREAM_MEMBERS: PropertyDescriptorMap = {
  getReader: toMember(getReader),
  values: toMember(values),
  [Symbol.asyncIterator]: toMember(values),
}

/** The reads of one reader. The first one goes through the stream, which is then known to be read (`bodyUsed`). */
class DirectReads {
  readonly #reader: Reader
  readonly #flow: StreamFlow
  #isFirst = true
  #isReleased = false
  /** Reads that go through the stream and have not come back: those behind them must not overtake. */
  #throughReads = 0

  constructor(reader: Reader, flow: StreamFlow) {
    this.#reader = reader
    this.#flow = flow
  }

  read(): Promise<ReadResult> {
    const isDirect = !this.#isFirst && !this.#isReleased && this.#throughReads === 0 && this.#flow.isIdle
    if (isDirect) return this.#flow.readDirectly()
    this.#isFirst = false
    this.#throughReads++
    const answer = ReadableStreamDefaultReader.prototype.read.call(this.#reader) as Promise<ReadResult>
    // Not the promise of a later turn: servers look at once whether a short body is there as a whole.
    answer.then(this.#onBack, this.#onBack)
    return answer
  }

  release(): void {
    ReadableStreamDefaultReader.prototype.releaseLock.call(this.#reader)
    if (!this.#isReleased) this.#flow.release()
    this.#isReleased = true
  }

  readonly #onBack = (): void => {
    this.#throughReads--
  }
}

const READER_MEMBERS: PropertyDescriptorMap = {
  read: toMember(function read(this: { readonly [READS]: DirectReads }) {
    return this[READS].read()
  }),
  releaseLock: toMember(function releaseLock(this: { readonly [READS]: DirectReads }) {
    this[READS].release()
  }),
}
