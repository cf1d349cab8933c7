/** Told of the chunks of one body on their way to its reader. Must not throw, and must not keep a chunk: it is lent. */
export interface StreamTap {
  onChunk(chunk: unknown): void
  /** `complete` is false when the stream broke off or its reader lost interest. May be called again. */
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
 * can still be read by other means.
 */
export function tapStream(source: ReadableStream<Uint8Array>, tap: StreamTap): TappedStream {
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null

  async function read() {
    try {
      reader ??= source.getReader()
      return await reader.read()
    } catch (error) {
      tap.onEnd(false)
      throw error
    }
  }

  async function pull(controller: AnyController): Promise<void> {
    const result = await read()
    if (result.done) {
      controller.close()
      // A reader that brought its own buffer gets it back.
      if ('byobRequest' in controller) controller.byobRequest?.respond(0)
      tap.onEnd(true)
      return
    }
    tap.onChunk(result.value)
    controller.enqueue(result.value)
  }

  async function cancel(reason: unknown): Promise<void> {
    tap.onEnd(false)
    await (reader ?? source).cancel(reason)
  }

  // A byte stream hands its buffers over when they are enqueued, so only one that was fed with such bytes can be one.
  const stream = isByteStream(source)
    ? (new ReadableStream({ type: 'bytes', pull, cancel }) as ReadableStream<Uint8Array>)
    : new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 })
  return {
    stream,
    lock() {
      reader ??= source.getReader()
    },
  }
}

type AnyController = ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>

function isByteStream(source: ReadableStream<Uint8Array>): boolean {
  try {
    source.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}
