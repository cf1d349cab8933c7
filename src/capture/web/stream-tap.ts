import { addDirectReading } from './direct-reading.ts'
import { StreamFlow, type StreamTap } from './stream-flow.ts'

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
  const flow = new StreamFlow(source, tap, readsAhead)
  // A byte stream hands its buffers over when they are enqueued, so only one that was fed with such bytes can be one.
  const stream = isByteStream(source) ? createByteStream(flow) : createStream(flow)
  addDirectReading(stream, flow)
  return { stream, lock: () => flow.lock() }
}

function isByteStream(source: ReadableStream<Uint8Array>): boolean {
  try {
    source.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}

function createStream(flow: StreamFlow): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => flow.start(controller),
      pull: () => flow.pull(),
      cancel: (reason) => flow.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

function createByteStream(flow: StreamFlow): ReadableStream<Uint8Array> {
  const stream: ReadableStream = new ReadableStream({
    type: 'bytes',
    start: (controller) => flow.start(controller),
    pull: () => flow.pull(),
    cancel: (reason) => flow.cancel(reason),
  })
  return stream
}
