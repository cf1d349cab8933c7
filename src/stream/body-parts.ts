/**
 * Chunks of one body in their order, kept the cheap way: text as it came, bytes as a Latin-1 string, one character a byte.
 * Such a copy costs a third of a `Buffer` (2 KB: 120 against 390 ns) and leaves no memory outside the heap behind. Joining
 * them takes time, and is left to whoever reads the body.
 */
export class BodyParts {
  /** Of the open parts: they become bytes together, since one by one it takes three times as long. */
  #encoding: 'utf8' | 'latin1' = 'utf8'
  #parts: string[] = []
  #length = 0
  /** What stands before the open parts. */
  readonly #blocks: Buffer[]

  /** `blocks` are taken over. */
  constructor(blocks: Buffer[] = []) {
    this.#blocks = blocks
    for (const block of blocks) this.#length += block.length
  }

  /** Bytes are copied: the writer may use its buffer again, and a small view would keep a large buffer alive. */
  add(chunk: string | Uint8Array, encoding: unknown): void {
    if (typeof chunk !== 'string') this.#push(toLatin1(chunk), 'latin1')
    else if (isOtherEncoding(encoding)) this.#push(Buffer.from(chunk, encoding).toString('latin1'), 'latin1')
    else this.#push(chunk, 'utf8')
  }

  /** Bytes; a part that came as text counts its UTF-16 units. */
  get length(): number {
    return this.#length
  }

  /** Parts not joined yet. */
  get open(): number {
    return this.#parts.length
  }

  join(): Buffer {
    this.#close()
    const [first] = this.#blocks
    return this.#blocks.length === 1 && first ? first : Buffer.concat(this.#blocks)
  }

  #push(part: string, encoding: 'utf8' | 'latin1'): void {
    if (encoding !== this.#encoding) {
      this.#close()
      this.#encoding = encoding
    }
    this.#parts.push(part)
    this.#length += part.length
  }

  #close(): void {
    const { length } = this.#parts
    if (length === 0) return
    const text = length === 1 ? (this.#parts[0] ?? '') : this.#parts.join('')
    this.#blocks.push(Buffer.from(text, this.#encoding))
    this.#parts = []
  }
}

function toLatin1(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('latin1')
}

/** As Node reads the second argument of `write`: what is no encoding is none. */
function isOtherEncoding(encoding: unknown): encoding is BufferEncoding {
  return typeof encoding === 'string' && encoding !== 'utf8' && encoding !== 'utf-8' && Buffer.isEncoding(encoding)
}
