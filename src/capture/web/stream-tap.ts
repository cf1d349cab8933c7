/** Told of the chunks of one body on their way to its reader. Must not throw, and must not keep a chunk: it is lent. */
export interface StreamTap {
  onChunk(chunk: unknown): void
  /** `complete` is false when the stream broke off or its reader lost interest. Once. */
  onEnd(complete: boolean): void
}

export interface TappedStream {
  readonly stream: ReadableStream<Uint8Array>
  /** Takes the source, as its reader would have done. */
  lock(): void
}

/**
 * A stream that gives what `source` gives: the same chunks when they are asked for and not before, the same end and the
 * same error; cancelling it cancels `source` for the same reason. `source` is not locked until the first read, so that it
 * can still be read by other means. With `readsAhead` one chunk is read before it is asked for: readers that stop at the
 * last event of a stream would leave its end unseen.
 */
export function tapStream(source: ReadableStream<Uint8Array>, tap: StreamTap, readsAhead = false): TappedStream {
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null
  let ahead: Promise<ReadResult> | null = null
  let ended = false

  const open = () => (reader ??= source.getReader())

  /** A read that was under way when the stream was cancelled comes to its end as well. */
  function end(complete: boolean): void {
    if (ended) return
    ended = true
    tap.onEnd(complete)
  }

  // No async functions where every chunk passes: each would cost another promise and turn of the queue.
  function read(): Promise<ReadResult> {
    return open().read().then(see, fail)
  }

  function see(result: ReadResult): ReadResult {
    if (result.done) end(true)
    else tap.onChunk(result.value)
    return result
  }

  function fail(error: unknown): never {
    end(false)
    throw error
  }

  function pull(controller: AnyController): Promise<void> {
    return (ahead ?? read()).then((result) => deliver(controller, result))
  }

  function deliver(controller: AnyController, result: ReadResult): void {
    if (result.done) {
      controller.close()
      // A reader that brought its own buffer gets it back.
      if ('byobRequest' in controller) controller.byobRequest?.respond(0)
      return
    }
    ahead = readsAhead ? read() : null
    // Its error is told when the next chunk is asked for.
    ahead?.catch(() => {})
    controller.enqueue(result.value)
  }

  async function cancel(reason: unknown): Promise<void> {
    end(false)
    await (reader ?? source).cancel(reason)
  }

  // A byte stream hands its buffers over when they are enqueued, so only one that was fed with such bytes can be one.
  const stream = isByteStream(source)
    ? createByteStream(pull, cancel)
    : new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 })
  return { stream, lock: () => void open() }
}

type ReadResult = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>
type AnyController = ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>

function isByteStream(source: ReadableStream<Uint8Array>): boolean {
  try {
    source.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}

function createByteStream(
  pull: (controller: AnyController) => Promise<void>,
  cancel: (reason: unknown) => Promise<void>,
): ReadableStream<Uint8Array> {
  const stream: ReadableStream = new ReadableStream({ type: 'bytes', pull, cancel })
  return stream
}
