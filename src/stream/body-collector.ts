import { toErrorMessage } from '../core/errors.ts'
import { detectBodyKind, type StreamKind } from './body-kind.ts'
import { BodyParts, toBytes } from './body-parts.ts'
import { turnBudget } from './turn-budget.ts'

/** Takes over the bytes of a long stream while it flows, so that they need not be kept. What it makes of them is its maker's. */
export interface ResponseDigest {
  readonly kind: StreamKind
  /** Reads a batch. The bytes are handed over: the caller does not touch them again. */
  push(bytes: Buffer): void
  /** One batch brought more than is read in one go: the next one is to wait until `readOn` has read the rest. */
  readonly isBehind: boolean
  /** Reads on for about as long as a batch takes. */
  readOn(): void
}

export type CreateDigest<Digest> = (kind: StreamKind, path: string) => Digest

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
  #digest: Digest | null = null
  /** When the digest reads on; until then whatever comes waits in `#blocks`. */
  #turn: NodeJS.Immediate | null = null
  #fault: Error | null = null
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
    if (this.#parts.length >= this.#batchBytes || this.#parts.count >= MAX_PARTS) this.#keep(this.#join())
  }

  /** Hands over what is held; call once. Reading what a digest has not had yet takes time, and is left to its owner. */
  take(): CollectedBody<Digest> {
    const isOver = this.#truncated || this.#kept + this.#parts.length > this.#options.maxBytes
    if (isOver && (this.#truncated || !this.#digest)) this.#keep(this.#join())
    if (this.#turn) clearImmediate(this.#turn)
    const head = this.#blocks.length === 0 ? this.#parts : new BodyParts([...this.#blocks, this.#join()])
    return {
      head,
      tail: this.#joinTail(),
      digest: this.#digest,
      size: this.#size,
      truncated: this.#truncated,
    }
  }

  get size(): number {
    return this.#size
  }

  /** Something waits for the digest, which reads on in the next turn of the event loop. */
  get isBehind(): boolean {
    return this.#turn !== null
  }

  /** One write may be of any size, so it is copied batch by batch: never twice in memory. */
  #addLarge(chunk: string | Uint8Array, encoding: unknown): void {
    this.#keep(this.#join())
    const bytes = toBytes(chunk, encoding)
    for (let at = 0; at < bytes.length; at += BATCH_BYTES) {
      if (this.#truncated) at = Math.max(at, bytes.length - this.#tailBytes)
      this.#keep(Buffer.from(bytes.subarray(at, at + BATCH_BYTES)), true)
      if (this.#digest) this.#readLater()
    }
  }

  /** `isPart`: of one write, of which no more is read before it returns than there is time for. */
  #keep(bytes: Buffer, isPart = false): void {
    if (this.#fault) throw this.#fault
    if (this.#truncated) this.#keepTailOf(bytes)
    else if (this.#digest) this.#feed(this.#digest, bytes, isPart)
    else {
      this.#blocks.push(bytes)
      this.#kept += bytes.length
      if (this.#createDigest && this.#kept >= this.#batchBytes) this.#chooseDigest(this.#createDigest)
      if (!this.#digest && this.#kept > this.#options.maxBytes) this.#cutMiddle()
    }
  }

  /** What finds no room behind that which waits already is lost but for the end. */
  #feed(digest: Digest, bytes: Buffer, isPart: boolean): void {
    if (!this.isBehind && turnBudget.isLeft) {
      turnBudget.spend(() => digest.push(bytes))
      if (digest.isBehind) this.#readLater()
      return
    }
    // Of writes that come one by one the oldest are read at once where there is no room; one that is larger than it is cut.
    while (!isPart && !this.#hasRoomFor(bytes) && this.isBehind) this.#readNext(digest)
    if (this.#hasRoomFor(bytes)) {
      this.#blocks.push(bytes)
      this.#kept += bytes.length
      this.#readLater()
    } else {
      this.#truncated = true
      this.#keepTailOf(bytes)
    }
  }

  #hasRoomFor(bytes: Buffer): boolean {
    return this.#kept + bytes.length <= Math.max(this.#options.maxBytes, BATCH_BYTES)
  }

  /** One batch, or one slice of what a digest has not read of the last one. */
  #readNext(digest: Digest): void {
    const block = digest.isBehind ? undefined : this.#blocks.shift()
    this.#kept -= block?.length ?? 0
    turnBudget.spend(() => (block ? digest.push(block) : digest.readOn()))
  }

  #readLater(): void {
    this.#turn ??= setImmediate(() => this.#readOn())
  }

  /** One batch in each turn, so that requests have theirs in between. */
  #readOn(): void {
    this.#turn = null
    const digest = this.#digest
    if (!digest) return
    if (!turnBudget.isLeft) return this.#readLater()
    try {
      this.#readNext(digest)
    } catch (error) {
      // Thrown at whoever adds more: nobody would catch it here.
      this.#fault = new Error(toErrorMessage(error), { cause: error })
      return
    }
    if (digest.isBehind || this.#blocks.length > 0) this.#readLater()
  }

  /** Asked once, at the first batch: a stream goes to its digest, anything else is kept up to the limit. */
  #chooseDigest(createDigest: CreateDigest<Digest>): void {
    const { contentType, path } = this.#options
    const gathered = Buffer.concat(this.#blocks)
    const kind = detectBodyKind(gathered, contentType)
    this.#createDigest = null
    this.#blocks = [gathered]
    if (kind === 'json' || kind === 'unknown') return
    this.#blocks = []
    this.#kept = 0
    this.#digest = createDigest(kind, path)
    this.#feed(this.#digest, gathered, false)
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
