type Result = IteratorResult<Uint8Array, unknown>

/** Iterates over what a reader gives (WHATWG Streams §4.2.5): takes turns with itself, and lets the stream go at its end. */
export class StreamIterator implements AsyncIterableIterator<Uint8Array> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #preventCancel: boolean
  /** Steps that have not ended, and the last of them. */
  #steps = 0
  #last: Promise<unknown> = Promise.resolve()
  #isFinished = false

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>, preventCancel: boolean) {
    this.#reader = reader
    this.#preventCancel = preventCancel
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Result> {
    return this.#inTurn(this.#step)
  }

  // It is called when a loop is left early.
  return(value?: unknown): Promise<Result> {
    return this.#inTurn(() => this.#leave(value))
  }

  #inTurn(step: () => Promise<Result>): Promise<Result> {
    const answer = this.#steps++ === 0 ? step() : this.#last.then(step, step)
    this.#last = answer
    return answer
  }

  readonly #step = (): Promise<Result> => {
    if (!this.#isFinished) return this.#reader.read().then(this.#pass, this.#fail)
    this.#steps--
    return Promise.resolve({ done: true, value: undefined })
  }

  readonly #pass = (result: Result): Result => {
    this.#steps--
    if (result.done) this.#finish()
    return result
  }

  readonly #fail = (error: unknown): never => {
    this.#steps--
    this.#finish()
    throw error
  }

  #finish(): void {
    this.#isFinished = true
    this.#reader.releaseLock()
  }

  async #leave(value: unknown): Promise<Result> {
    try {
      if (this.#isFinished) return { done: true, value }
      const cancelled = this.#preventCancel ? undefined : this.#reader.cancel(value)
      this.#finish()
      await cancelled
      return { done: true, value }
    } finally {
      this.#steps--
    }
  }
}
