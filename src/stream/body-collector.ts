import { detectBodyKind } from './body-kind.ts'
import { BodyParts, toBytes } from './body-parts.ts'
import { DigestFeed, type CreateDigest, type ResponseDigest } from './digest-feed.ts'

/** What is held of a body. */
export interface CollectedBody<Digest = ResponseDigest> {
  /** All bytes; the first ones where the body outgrew the limit. */
  readonly head: BodyParts
  /** The last bytes of a body that outgrew the limit, else empty. Between `head` and `tail` bytes are missing. */
  readonly tail: Buffer
  /** Set when the body was a long stream: then `head` holds only what the digest has not had yet. */
  readonly digest: Digest | null
  /** Bytes that passed, kept or not. Strings count as their length in UTF-16 units. */
  readonly size: number
  readonly truncated: boolean
}

/** A stream hands its bytes to its digest whenever this much has gathered, and no more of them in one go. */
export const BATCH_BYTES = 64 * 1024
/** Kept of the start of a plain body that outgrew the limit: the model stands there. */
export const HEAD_BYTES = 64 * 1024
/** Kept of the end of a body that outgrew the limit: counts stand near the end in every known format. */
export const TAIL_BYTES = 64 * 1024
/** Gathered chunks are joined at this number: a chunk costs a hundred bytes of bookkeeping, however small it is. */
export const MAX_PARTS = 1_024

export interface BodyCollectorOptions<Digest = ResponseDigest> {
  /** Bytes kept at most; strings count as their length. */
  readonly maxBytes: number
  /** Where a long stream goes; `null` keeps everything up to `maxBytes`, as an encoded body needs it. */
  readonly createDigest: CreateDigest<Digest> | null
  readonly path: string
  readonly contentType: string | null
  /** Whether the end of an oversize body is of use: not when it is encoded. */
  readonly keepTail: boolean
}

/**
 * Gathers the chunks of one body. Of a stream it holds two batches, and where one write brings more, that much of it up to
 * `maxBytes` until later turns of the event loop have read it; of any other body `maxBytes` and one batch, of one that
 * outgrew `maxBytes` a head, a tail and one batch.
 */
export class BodyCollector<Digest extends ResponseDigest = ResponseDigest> {
  // What each chunk looks at stands first, in one line of the processor's cache.
  #size = 0
  #truncated = false
  /** Chunks not joined yet, fewer than `MAX_PARTS` and shorter than one batch together. */
  #parts = new BodyParts()
  readonly #batchBytes: number
  readonly #options: BodyCollectorOptions<Digest>
  #blocks: Buffer[] = []
  #kept = 0
  /** The last bytes of a body over the limit, in pieces: fewer than two batches more than are wanted. */
  #tail: Buffer[] = []
  #tailLength = 0
  /** Where a long stream goes, once it is known for one. */
  #feed: DigestFeed<Digest> | null = null
  #createDigest: CreateDigest<Digest> | null

  constructor(options: BodyCollectorOptions<Digest>) {
    this.#options = options
    this.#createDigest = options.createDigest
    this.#batchBytes = Math.min(BATCH_BYTES, options.maxBytes)
  }

  add(chunk: string | Uint8Array, encoding?: unknown): void {
    const { length } = chunk
    this.#size += length
    if (this.#truncated && !this.#options.keepTail) return
    if (length > BATCH_BYTES) {
      this.#addLarge(chunk, encoding)
      return
    }
    this.#parts.add(chunk, encoding)
    if (this.#parts.length >= this.#batchBytes || this.#parts.count >= MAX_PARTS) this.#keep(this.#join(), false)
  }

  /** Hands over what is held; call once. Reading what a digest has not had yet takes time, and is left to its owner. */
  take(): CollectedBody<Digest> {
    const isOver = !this.#feed && this.#kept + this.#parts.length > this.#options.maxBytes
    if (this.#truncated || isOver) this.#keep(this.#join(), false)
    const blocks = this.#feed?.stop() ?? this.#blocks
    const head = blocks.length === 0 ? this.#parts : new BodyParts([...blocks, this.#join()])
    return {
      head,
      tail: this.#joinTail(),
      digest: this.#feed?.digest ?? null,
      size: this.#size,
      truncated: this.#truncated,
    }
  }

  get size(): number {
    return this.#size
  }

  /** Something waits for the digest, which reads on in the next turn of the event loop. */
  get isBehind(): boolean {
    return this.#feed?.isBehind === true
  }

  /** One write may be of any size, so it is copied batch by batch: never twice in memory. */
  #addLarge(chunk: string | Uint8Array, encoding: unknown): void {
    this.#keep(this.#join(), false)
    const bytes = toBytes(chunk, encoding)
    for (let at = 0; at < bytes.length; at += BATCH_BYTES) {
      if (this.#truncated) at = Math.max(at, bytes.length - this.#tailBytes)
      this.#keep(Buffer.from(bytes.subarray(at, at + BATCH_BYTES)), true)
    }
  }

  /** `isPart`: of one large write. What finds no room behind that which waits already is lost but for the end. */
  #keep(bytes: Buffer, isPart: boolean): void {
    this.#feed?.throwFault()
    if (this.#truncated) this.#keepTailOf(bytes)
    else if (this.#feed) this.#hand(this.#feed, bytes, isPart)
    else {
      this.#blocks.push(bytes)
      this.#kept += bytes.length
      if (this.#createDigest && this.#kept >= this.#batchBytes) this.#chooseDigest(this.#createDigest, isPart)
      if (!this.#feed && this.#kept > this.#options.maxBytes) this.#cutMiddle()
    }
  }

  #hand(feed: DigestFeed<Digest>, bytes: Buffer, isPart: boolean): void {
    if (feed.push(bytes, isPart)) return
    this.#truncated = true
    this.#keepTailOf(bytes)
  }

  /** Asked once, at the first batch: a stream goes to its digest, anything else is kept up to the limit. */
  #chooseDigest(createDigest: CreateDigest<Digest>, isPart: boolean): void {
    const { contentType, maxBytes, path } = this.#options
    const gathered = Buffer.concat(this.#blocks)
    const kind = detectBodyKind(gathered, contentType)
    this.#createDigest = null
    this.#blocks = [gathered]
    if (kind === 'json' || kind === 'unknown') return
    this.#blocks = []
    this.#feed = new DigestFeed(createDigest(kind, path), Math.max(maxBytes, BATCH_BYTES))
    this.#hand(this.#feed, gathered, isPart)
  }

  /** A cut JSON text cannot be parsed, so of a plain body only both ends are of use; an encoded one decodes from its head. */
  #cutMiddle(): void {
    const { keepTail, maxBytes } = this.#options
    const gathered = Buffer.concat(this.#blocks)
    const headBytes = keepTail ? Math.min(HEAD_BYTES, maxBytes) : maxBytes
    this.#truncated = true
    this.#blocks = [Buffer.from(gathered.subarray(0, headBytes))]
    this.#kept = headBytes
    // A copy, so that the rest is not held.
    this.#keepTailOf(Buffer.from(gathered.subarray(headBytes).subarray(-this.#tailBytes)))
  }

  /** Pieces are let go whole, so that bytes are copied once however long the body is. */
  #keepTailOf(bytes: Buffer): void {
    if (!this.#options.keepTail) return
    this.#tail.push(bytes)
    this.#tailLength += bytes.length
    for (;;) {
      const rest = this.#tailLength - (this.#tail[0]?.length ?? 0)
      if (this.#tail.length === 1 || rest < this.#tailBytes) return
      this.#tail.shift()
      this.#tailLength = rest
    }
  }

  #joinTail(): Buffer {
    return this.#tail.length === 0 ? EMPTY : Buffer.concat(this.#tail).subarray(-this.#tailBytes)
  }

  get #tailBytes(): number {
    return Math.min(TAIL_BYTES, this.#options.maxBytes)
  }

  #join(): Buffer {
    const parts = this.#parts
    this.#parts = new BodyParts()
    return parts.join()
  }
}

const EMPTY = Buffer.alloc(0)
