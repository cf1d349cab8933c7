import { createEventStripper } from './event-stripper.ts'

/** An event that outgrows this passes as it is: its `"usage":null` then stays. */
export const MAX_HELD_BYTES = 1024 * 1024

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const FIRST_CAPACITY = 1024
const NO_BYTES = Buffer.alloc(0)

/** Takes out of an SSE stream what `stream_options.include_usage` put in, and passes everything else as it came. */
export interface StreamUsageStripper {
  /** The bytes that may go on by now. Holds back an event that is not whole yet, `MAX_HELD_BYTES` at most. */
  push(chunk: Uint8Array): Uint8Array
  /** What is still held. Call once. */
  end(): Uint8Array
}

/** Cuts the stream at blank lines (WHATWG HTML §9.2.6), however it is cut into chunks. Never throws. */
export function createStreamUsageStripper(): StreamUsageStripper {
  const strip = createEventStripper()
  const held = createHeldBytes()
  let output: Uint8Array[] = []
  /** Inside an event that outgrew the cap. */
  let passing = false
  let atLineStart = true
  let afterReturn = false
  let lastWasDropped = false

  function endEvent(rest: Uint8Array): void {
    const event = held.takeWith(rest)
    const kept = passing || event.length > MAX_HELD_BYTES ? event : strip(toBuffer(event))
    passing = false
    lastWasDropped = kept === null
    if (kept) output.push(kept)
  }

  function hold(rest: Uint8Array): void {
    if (passing || held.length + rest.length > MAX_HELD_BYTES) {
      passing = true
      output.push(held.takeWith(rest))
    } else held.add(rest)
  }

  function takeOutput(): Uint8Array {
    const pieces = output
    output = []
    return pieces.length > 1 ? Buffer.concat(pieces) : (pieces[0] ?? NO_BYTES)
  }

  return {
    push(chunk) {
      let from = 0
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at]
        const endsCrLf = byte === LINE_FEED && afterReturn
        afterReturn = byte === CARRIAGE_RETURN
        if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) atLineStart = false
        else if (!endsCrLf && !atLineStart) atLineStart = true
        else if (!endsCrLf) {
          endEvent(chunk.subarray(from, at + 1))
          from = at + 1
        } else if (at === from && held.length === 0 && !passing) {
          // The second half of the line break that ended an event goes the way of that event.
          if (!lastWasDropped) output.push(chunk.subarray(at, at + 1))
          from = at + 1
        }
      }
      if (from < chunk.length) hold(chunk.subarray(from))
      return takeOutput()
    },
    end() {
      if (held.length > 0) endEvent(NO_BYTES)
      return takeOutput()
    },
  }
}

/** Bytes of an event that is not whole yet. Doubling copies each a bounded number of times, however small the pieces are. */
function createHeldBytes() {
  let bytes = NO_BYTES
  let length = 0

  return {
    add(piece: Uint8Array): void {
      const needed = length + piece.length
      if (needed > bytes.length) {
        const grown = Buffer.allocUnsafe(Math.max(needed, 2 * bytes.length, FIRST_CAPACITY))
        bytes.copy(grown, 0, 0, length)
        bytes = grown
      }
      bytes.set(piece, length)
      length = needed
    },
    /** Everything held and `rest`, in bytes that nobody writes to again. */
    takeWith(rest: Uint8Array): Uint8Array {
      if (length === 0) return rest
      const taken = Buffer.concat([bytes.subarray(0, length), rest])
      bytes = NO_BYTES
      length = 0
      return taken
    },
    get length() {
      return length
    },
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
