import { OVERSIZE_TAIL_BYTES } from './scanner.ts'

const FIRST_CAPACITY = 1024
/** A buffer that grew past this is given back after its message, so that an idle stream holds little. */
const KEPT_CAPACITY = 64 * 1024

/** Gathers one message from pieces. Holds at most `maxBytes`, and of a larger message only its end. */
export class MessageBuffer {
  readonly #maxBytes: number
  #bytes = NO_BYTES
  #length = 0
  #oversize = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Copies the bytes. */
  add(piece: Uint8Array): void {
    if (this.#oversize || this.#length + piece.length > this.#maxBytes) this.addTail(piece)
    else this.#append(piece)
  }

  /** As `add`, for the end of a message whose beginning is already lost. */
  addTail(piece: Uint8Array): void {
    this.#oversize = true
    const end = piece.subarray(-OVERSIZE_TAIL_BYTES)
    // Trimmed at twice the tail only, again so that bytes are not copied for every piece.
    if (this.#length + end.length > 2 * OVERSIZE_TAIL_BYTES) {
      const kept = Math.min(this.#length, OVERSIZE_TAIL_BYTES)
      this.#bytes.copyWithin(0, this.#length - kept, this.#length)
      this.#length = kept
    }
    this.#append(end)
  }

  get length(): number {
    return this.#length
  }

  /** The bytes are valid until the next `add`; the buffer is empty again. */
  take(): { readonly bytes: Buffer; readonly oversize: boolean } {
    const start = this.#oversize ? Math.max(0, this.#length - OVERSIZE_TAIL_BYTES) : 0
    const taken = { bytes: this.#bytes.subarray(start, this.#length), oversize: this.#oversize }
    if (this.#bytes.length > KEPT_CAPACITY) this.#bytes = NO_BYTES
    this.#length = 0
    this.#oversize = false
    return taken
  }

  #append(piece: Uint8Array): void {
    const needed = this.#length + piece.length
    if (needed > this.#bytes.length) {
      // Doubling copies each byte a bounded number of times, however small the pieces are.
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length, FIRST_CAPACITY))
      this.#bytes.copy(grown, 0, 0, this.#length)
      this.#bytes = grown
    }
    this.#bytes.set(piece, this.#length)
    this.#length = needed
  }
}

const NO_BYTES: Buffer = Buffer.alloc(0)
