import { OVERSIZE_TAIL_BYTES } from './scanner.ts'

const FIRST_CAPACITY = 1024
/** A buffer that grew past this is given back after its message, so that an idle stream holds little. */
const KEPT_CAPACITY = 64 * 1024

/** Gathers one message from pieces. Holds at most `maxBytes`, and of a larger message only its end. */
export interface MessageBuffer {
  /** Copies the bytes. */
  add(piece: Uint8Array): void
  /** As `add`, for the end of a message whose beginning is already lost. */
  addTail(piece: Uint8Array): void
  readonly length: number
  /** The bytes are valid until the next `add`; the buffer is empty again. */
  take(): { readonly bytes: Buffer; readonly oversize: boolean }
}

export function createMessageBuffer(maxBytes: number): MessageBuffer {
  let bytes = Buffer.alloc(0)
  let length = 0
  let oversize = false

  function append(piece: Uint8Array): void {
    const needed = length + piece.length
    if (needed > bytes.length) {
      // Doubling copies each byte a bounded number of times, however small the pieces are.
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * bytes.length, FIRST_CAPACITY))
      bytes.copy(grown, 0, 0, length)
      bytes = grown
    }
    bytes.set(piece, length)
    length = needed
  }

  function addTail(piece: Uint8Array): void {
    oversize = true
    const end = piece.subarray(-OVERSIZE_TAIL_BYTES)
    // Trimmed at twice the tail only, again so that bytes are not copied for every piece.
    if (length + end.length > 2 * OVERSIZE_TAIL_BYTES) {
      const kept = Math.min(length, OVERSIZE_TAIL_BYTES)
      bytes.copyWithin(0, length - kept, length)
      length = kept
    }
    append(end)
  }

  return {
    add(piece) {
      if (oversize || length + piece.length > maxBytes) addTail(piece)
      else append(piece)
    },
    addTail,
    get length() {
      return length
    },
    take() {
      const start = oversize ? Math.max(0, length - OVERSIZE_TAIL_BYTES) : 0
      const taken = { bytes: bytes.subarray(start, length), oversize }
      if (bytes.length > KEPT_CAPACITY) bytes = Buffer.alloc(0)
      length = 0
      oversize = false
      return taken
    },
  }
}
