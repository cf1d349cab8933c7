/** Told of the chunks of one body on their way to its reader. Must not throw, and must not keep a chunk: it is lent. */
export interface StreamTap {
  onChunk(chunk: unknown): void
  /** `complete` is false when the stream broke off or its reader lost interest. Once. */
  onEnd(complete: boolean): void
}

export type ReadResult = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>
type AnyController = ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>

/**
 * What flows from a source through the stream that stands for it. No async functions where every chunk passes: each would
 * cost another promise and turn of the queue.
 */
export class StreamFlow {
  readonly #source: ReadableStream<Uint8Array>
  readonly #tap: StreamTap
  readonly #readsAhead: boolean
  #controller: AnyController | null = null
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null
  #ahead: Promise<ReadResult> | null = null
  #isPulling = false
  /** Reads that go past the stream and have not come back. */
  #directReads = 0
  #hasEnded = false
  #hasFailed = false
  /** The stream itself is closed, cancelled or has failed. */
  #isOver = false

  constructor(source: ReadableStream<Uint8Array>, tap: StreamTap, readsAhead: boolean) {
    this.#source = source
    this.#tap = tap
    this.#readsAhead = readsAhead
  }

  start(controller: AnyController): void {
    this.#controller = controller
  }

  lock(): void {
    this.#open()
  }

  pull(): Promise<void> {
    this.#isPulling = true
    return this.#take().then(this.#deliver, this.#breakOff)
  }

  async cancel(reason: unknown): Promise<void> {
    this.#isOver = true
    this.#end(false)
    await (this.#reader ?? this.#source).cancel(reason)
  }

  /** Nothing is on its way through the stream or waits in it, so that the next chunk of the source is its next one. */
  get isIdle(): boolean {
    return !this.#isPulling && !this.#isOver && this.#controller?.desiredSize === 0
  }

  /** What reading the stream would answer, without its queue. Only while it is idle and locked. */
  readDirectly(): Promise<ReadResult> {
    this.#directReads++
    return this.#take().then(this.#pass, this.#fail)
  }

  /** As for any reader that lets go: its pending reads fail, and no chunk is lost. */
  release(): void {
    if (this.#directReads === 0) return
    const reader = this.#reader
    this.#reader = null
    reader?.releaseLock()
  }

  #open(): ReadableStreamDefaultReader<Uint8Array> {
    return (this.#reader ??= this.#source.getReader())
  }

  #take(): Promise<ReadResult> {
    const ahead = this.#ahead
    this.#ahead = null
    return ahead ?? this.#read()
  }

  #read(): Promise<ReadResult> {
    const reader = this.#open()
    return reader.read().then(this.#see, (error: unknown) => {
      // Not where it was only let go.
      if (reader === this.#reader) {
        this.#hasFailed = true
        this.#end(false)
      }
      throw error
    })
  }

  readonly #see = (result: ReadResult): ReadResult => {
    if (result.done) this.#end(true)
    else this.#tap.onChunk(result.value)
    return result
  }

  #lookAhead(): void {
    this.#ahead = this.#read()
    // Its error is told when the next chunk is asked for.
    this.#ahead.catch(() => {})
  }

  readonly #deliver = (result: ReadResult): void => {
    const controller = this.#controller as AnyController
    this.#isPulling = false
    if (!result.done) {
      if (this.#readsAhead) this.#lookAhead()
      controller.enqueue(result.value)
      return
    }
    this.#close()
    // A reader that brought its own buffer gets it back.
    if ('byobRequest' in controller) controller.byobRequest?.respond(0)
  }

  readonly #breakOff = (error: unknown): never => {
    this.#isPulling = false
    this.#isOver = true
    throw error
  }

  readonly #pass = (result: ReadResult): ReadResult => {
    this.#directReads--
    if (result.done) this.#close()
    else if (this.#readsAhead && this.#directReads === 0 && !this.#ahead) this.#lookAhead()
    return result
  }

  readonly #fail = (error: unknown): never => {
    this.#directReads--
    if (this.#hasFailed && !this.#isOver) {
      this.#isOver = true
      this.#controller?.error(error)
    }
    throw error
  }

  #close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#controller?.close()
  }

  /** A read that was under way when the stream was cancelled comes to its end as well. */
  #end(complete: boolean): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#tap.onEnd(complete)
  }
}
