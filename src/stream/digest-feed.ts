import { toErrorMessage } from '../core/errors.ts'
import type { StreamKind } from './body-kind.ts'
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

/** Hands the batches of one stream to its digest, in their order: at once while the turn has time, else in later turns. */
export class DigestFeed<Digest extends ResponseDigest> {
  readonly digest: Digest
  readonly #room: number
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #turn: NodeJS.Immediate | null = null
  #fault: Error | null = null

  /** `room` is the most bytes that wait: at least a batch. */
  constructor(digest: Digest, room: number) {
    this.digest = digest
    this.#room = room
  }

  /** Something waits, which is read in the next turn of the event loop. */
  get isBehind(): boolean {
    return this.#turn !== null
  }

  /**
   * False where there is no room for it. `isPart`: of one large write, of which one batch is read before it returns; of
   * writes that come one by one the oldest are read at once where there is no room.
   * @throws what the digest threw in a turn of its own, where nobody would catch it
   */
  push(bytes: Buffer, isPart: boolean): boolean {
    this.throwFault()
    if (!this.isBehind && turnBudget.isLeft) {
      turnBudget.spend(() => this.digest.push(bytes))
      if (isPart || this.digest.isBehind) this.#readLater()
      return true
    }
    if (!isPart) this.#makeRoomFor(bytes)
    if (!this.#hasRoomFor(bytes)) return false
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.#readLater()
    return true
  }

  throwFault(): void {
    if (this.#fault) throw this.#fault
  }

  /** Reads no more by itself, and gives up what waits. */
  stop(): readonly Buffer[] {
    if (this.#turn) clearImmediate(this.#turn)
    return this.#waiting
  }

  #hasRoomFor(bytes: Buffer): boolean {
    return this.#waitingBytes + bytes.length <= this.#room
  }

  #makeRoomFor(bytes: Buffer): void {
    while (this.isBehind && !this.#hasRoomFor(bytes)) this.#readNext()
  }

  /** One batch, or one slice of what the digest has not read of the last one. */
  #readNext(): void {
    const block = this.digest.isBehind ? undefined : this.#waiting.shift()
    this.#waitingBytes -= block?.length ?? 0
    turnBudget.spend(() => (block ? this.digest.push(block) : this.digest.readOn()))
  }

  #readLater(): void {
    this.#turn ??= setImmediate(() => this.#readOn())
  }

  /** One step in each turn, so that requests have theirs in between. */
  #readOn(): void {
    this.#turn = null
    if (!turnBudget.isLeft) return this.#readLater()
    try {
      if (this.digest.isBehind || this.#waiting.length > 0) this.#readNext()
    } catch (error) {
      this.#fault = new Error(toErrorMessage(error), { cause: error })
      return
    }
    if (this.digest.isBehind || this.#waiting.length > 0) this.#readLater()
  }
}
