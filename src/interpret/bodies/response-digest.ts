import type { ResponseDigest } from '../../stream/digest-feed.ts'
import type { StreamKind } from '../../stream/body-kind.ts'
import { sliceStreamEnds } from '../../stream/stream-ends.ts'
import { MessageReading, type DigestResult } from './message-reading.ts'

/** Streams up to this size are kept raw and read at the end, when it is known whether their text is needed at all. */
const LAZY_BYTES = 64 * 1024
export interface StreamReadOptions {
  /** False when the exchange broke off. */
  readonly complete: boolean
  /** The visible text is needed even when the provider reported its usage. */
  readonly wantText: boolean
}

/** What capture hands the bytes of long streams to, and gets back out of its hands unread. */
export interface StreamDigest extends ResponseDigest {
  /** The last bytes of a stream, where those before them are lost. */
  pushTail(bytes: Buffer): void
  /** No more bytes come: may leave something to `readOn`. */
  end(): void
  /** Reads what is left in one go. */
  finish(options: StreamReadOptions): DigestResult
}

/** Reads a stream of any length in bounded memory. */
export function createStreamDigest(kind: StreamKind, path: string): StreamDigest {
  return new LazyDigest(kind, path)
}

class LazyDigest implements StreamDigest {
  readonly kind: StreamKind
  readonly #path: string
  /** Not read yet: all of a short stream, the newest batch of a longer one. */
  #raw: Buffer[] = []
  #rawBytes = 0
  #reading: MessageReading | null = null

  constructor(kind: StreamKind, path: string) {
    this.kind = kind
    this.#path = path
  }

  push(bytes: Buffer): void {
    if (this.#reading && this.#raw.length === 0) {
      this.#reading.push(bytes)
      return
    }
    this.#rawBytes += bytes.length
    if (this.#rawBytes > LAZY_BYTES && !this.#reading) {
      this.#reading = new MessageReading(this.kind, this.#path)
      this.#readAll(this.#reading)
      this.#raw.push(bytes)
      return
    }
    this.#raw.push(bytes)
    this.readOn()
  }

  pushTail(bytes: Buffer): void {
    this.#reading ??= new MessageReading(this.kind, this.#path)
    this.#readAll(this.#reading)
    this.#reading.pushTail(bytes)
  }

  readOn(): void {
    const reading = this.#reading
    if (reading?.isBehind) reading.readOn()
    else if (reading) reading.push(this.#raw.shift() ?? NO_BYTES)
  }

  get isBehind(): boolean {
    return this.#reading !== null && (this.#raw.length > 0 || this.#reading.isBehind)
  }

  end(): void {
    this.#reading?.end()
  }

  finish(options: StreamReadOptions): DigestResult {
    if (this.#reading) {
      this.#readAll(this.#reading)
      return this.#reading.finish()
    }
    const raw = this.#raw
    return readStream(raw.length === 1 && raw[0] ? raw[0] : Buffer.concat(raw), this.kind, this.#path, options)
  }

  #readAll(reading: MessageReading): void {
    for (const kept of this.#raw) reading.push(kept)
    this.#raw = []
  }
}

const NO_BYTES = Buffer.alloc(0)

/** Reads a stream that was kept. */
export function readStream(bytes: Buffer, kind: StreamKind, path: string, options: StreamReadOptions): DigestResult {
  // A whole stream tells its counts at its ends: what lies between is text, which may not be needed.
  const ends = options.complete && !options.wantText ? sliceStreamEnds(bytes, kind) : null
  const result = ends && readMessages(kind, path, ends)
  return result && isCounted(result) ? result : readMessages(kind, path, [bytes])
}

/** Zeros are no proof: some servers end with an empty usage object after the real one. */
function isCounted({ facts: { usage }, format }: DigestResult): boolean {
  return Boolean(usage.input && usage.output) && format?.spreadsUsage !== true
}

function readMessages(kind: StreamKind, path: string, pieces: readonly Buffer[]): DigestResult {
  const reading = new MessageReading(kind, path)
  for (const bytes of pieces) reading.push(bytes)
  return reading.finish()
}
