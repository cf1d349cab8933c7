import { detectBodyKind } from '../stream/body-kind.ts'
import type { CapturedBody, CreateDigest, ResponseDigest } from './exchange.ts'

/** A stream hands its bytes to its digest whenever this much has gathered. */
export const BATCH_BYTES = 64 * 1024
/** Kept of the start of a plain body that outgrew the limit: the model stands there. */
export const HEAD_BYTES = 64 * 1024
/** Kept of the end of a body that outgrew the limit: counts stand near the end in every known format. */
export const TAIL_BYTES = 64 * 1024

export interface BodyCollectorOptions {
  /** Bytes kept at most; strings count as their length. */
  readonly maxBytes: number
  /** Where a long stream goes; `null` keeps everything up to `maxBytes`, as an encoded body needs it. */
  readonly createDigest: CreateDigest | null
  readonly path: string
  readonly contentType: string | null
  /** Whether the end of an oversize body is of use: not when it is encoded. */
  readonly keepTail: boolean
}

/**
 * Gathers the chunks of one body. Strings are kept as they are; bytes are copied, since the writer may use its buffer
 * again, and a small view would keep a large buffer alive. Holds at most `maxBytes` and two tails.
 */
export class BodyCollector {
  #parts: (string | Buffer)[] = []
  #kept = 0
  #size = 0
  #head: Buffer | null = null
  #truncated = false
  #digest: ResponseDigest | null = null
  #createDigest: CreateDigest | null
  readonly #options: BodyCollectorOptions

  constructor(options: BodyCollectorOptions) {
    this.#options = options
    this.#createDigest = options.createDigest
  }

  add(chunk: string | Uint8Array, encoding?: unknown): void {
    const length = chunk.length
    this.#size += length
    if (this.#truncated && !this.#options.keepTail) return
    this.#parts.push(toPart(chunk, encoding))
    this.#kept += length
    if (this.#kept >= BATCH_BYTES) this.#compact()
  }

  take(): CapturedBody {
    const rest = this.#join()
    return {
      head: this.#head ?? rest,
      tail: this.#head ? rest.subarray(-TAIL_BYTES) : Buffer.alloc(0),
      digest: this.#digest,
      size: this.#size,
      truncated: this.#truncated,
    }
  }

  get size(): number {
    return this.#size
  }

  #compact(): void {
    if (this.#digest) {
      this.#digest.push(this.#join())
    } else if (this.#createDigest) {
      this.#chooseDigest(this.#createDigest)
    } else if (this.#head) {
      if (this.#kept >= 2 * TAIL_BYTES) this.#keepTailOf(this.#join())
    } else if (this.#kept > this.#options.maxBytes) {
      this.#cutMiddle(this.#join())
    }
  }

  /** A cut JSON text cannot be parsed, so of a plain body only both ends are of use; an encoded one decodes from its head. */
  #cutMiddle(gathered: Buffer): void {
    const { keepTail, maxBytes } = this.#options
    this.#truncated = true
    this.#head = keepTail ? Buffer.from(gathered.subarray(0, HEAD_BYTES)) : gathered.subarray(0, maxBytes)
    if (keepTail) this.#keepTailOf(gathered.subarray(HEAD_BYTES))
  }

  /** Asked once, at the first batch: a stream goes to its digest, anything else is kept up to the limit. */
  #chooseDigest(createDigest: CreateDigest): void {
    const { contentType, path } = this.#options
    const gathered = this.#join()
    const kind = detectBodyKind(gathered, contentType)
    this.#createDigest = null
    if (kind === 'json' || kind === 'unknown') {
      this.#restore(gathered)
      this.#compact()
      return
    }
    this.#digest = createDigest(kind, path)
    this.#digest.push(gathered)
  }

  #keepTailOf(bytes: Buffer): void {
    this.#restore(Buffer.from(bytes.subarray(-TAIL_BYTES)))
  }

  #restore(bytes: Buffer): void {
    this.#parts = [bytes]
    this.#kept = bytes.length
  }

  #join(): Buffer {
    const parts = this.#parts
    this.#parts = []
    this.#kept = 0
    if (parts.length === 1) return toBuffer(parts[0] ?? '')
    if (parts.every((part) => typeof part === 'string')) return Buffer.from(parts.join(''))
    return Buffer.concat(parts.map(toBuffer))
  }
}

function toPart(chunk: string | Uint8Array, encoding: unknown): string | Buffer {
  if (typeof chunk !== 'string') return Buffer.from(chunk)
  if (typeof encoding !== 'string' || encoding === 'utf8' || encoding === 'utf-8') return chunk
  return Buffer.isEncoding(encoding) ? Buffer.from(chunk, encoding) : chunk
}

function toBuffer(part: string | Buffer): Buffer {
  return typeof part === 'string' ? Buffer.from(part) : part
}
