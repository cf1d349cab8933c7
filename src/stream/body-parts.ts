import { isAscii } from 'node:buffer'

type PartEncoding = 'ascii' | 'utf8' | 'latin1'

/**
 * Chunks of one body in their order, kept the cheap way: text as it came, bytes as a Latin-1 string, one character a byte.
 * Such a copy of a few kilobytes takes a third of the time of a `Buffer` and leaves no memory outside the heap behind.
 * Joining them takes time, and is left to whoever reads the body.
 */
export class BodyParts {
  /** Of the open parts: they become bytes together, since one by one it takes three times as long. ASCII is in both. */
  #encoding: PartEncoding = 'ascii'
  #parts: string[] = []
  #length = 0
  #heldBytes = 0
  /** What stands before the open parts. */
  #blocks: Buffer[]

  /** `blocks` are taken over. */
  constructor(blocks: Buffer[] = []) {
    this.#blocks = blocks
    for (const block of blocks) this.#length += block.length
    this.#heldBytes = this.#length
  }

  /** Bytes are copied: the writer may use its buffer again, and a small view would keep a large buffer alive. */
  add(chunk: string | Uint8Array, encoding: unknown): void {
    if (typeof chunk === 'string' && !isOtherEncoding(encoding)) {
      this.#push(chunk, 'utf8', 2 * chunk.length)
    } else {
      const bytes = toBytes(chunk, encoding)
      this.#push(bytes.toString('latin1'), isAscii(bytes) ? 'ascii' : 'latin1', bytes.length)
    }
  }

  /** Bytes; a part that came as text counts its UTF-16 units. */
  get length(): number {
    return this.#length
  }

  /** Pieces that are held: open parts, and what was joined of earlier ones. */
  get count(): number {
    return this.#blocks.length + this.#parts.length
  }

  /** Memory that they take at most: text may take two bytes a character. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** All of it as text, where that is what it came as, or ASCII: nothing is to be decoded. `null` where something is. */
  get text(): string | null {
    if (this.#blocks.length > 0 || this.#encoding === 'latin1') return null
    if (this.#parts.length > 1) this.#parts = [this.#parts.join('')]
    return this.#parts[0] ?? ''
  }

  /** All of it, as far as it is joined by now: megabytes are better read one by one. */
  get blocks(): readonly Buffer[] {
    this.#close()
    return this.#blocks
  }

  join(): Buffer {
    this.#close()
    if (this.#blocks.length !== 1) this.#blocks = [Buffer.concat(this.#blocks)]
    return this.#blocks[0] ?? EMPTY
  }

  #push(part: string, encoding: PartEncoding, bytes: number): void {
    if (encoding !== 'ascii' && encoding !== this.#encoding) {
      if (this.#encoding !== 'ascii') this.#close()
      this.#encoding = encoding
    }
    this.#parts.push(part)
    this.#length += part.length
    this.#heldBytes += bytes
  }

  #close(): void {
    const { length } = this.#parts
    if (length === 0) return
    const text = length === 1 ? (this.#parts[0] ?? '') : this.#parts.join('')
    this.#blocks.push(Buffer.from(text, this.#encoding === 'utf8' ? 'utf8' : 'latin1'))
    this.#parts = []
    this.#encoding = 'ascii'
  }
}

/** The bytes of a chunk as Node writes it; those of a `Uint8Array` are not copied. */
export function toBytes(chunk: string | Uint8Array, encoding: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, isOtherEncoding(encoding) ? encoding : 'utf8')
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

/** As Node reads the second argument of `write`: what is no encoding is none. */
function isOtherEncoding(encoding: unknown): encoding is BufferEncoding {
  return typeof encoding === 'string' && encoding !== 'utf8' && encoding !== 'utf-8' && Buffer.isEncoding(encoding)
}

const EMPTY = Buffer.alloc(0)
