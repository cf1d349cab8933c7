import { createFifo, type Fifo } from '../../core/fifo.ts'
import { JoinedMessages } from '../../stream/joined-messages.ts'

/** Reads the messages of one stream. */
export interface MessageHandlers {
  /** False where the text is no message. */
  readMessage(text: string, name: string): boolean
  /** Takes what is no message. */
  readOther(text: string, name: string): void
  /** Takes the tail of a message that was too large. */
  readTail(tail: string, name: string): void
}

interface WaitingMessage {
  readonly text: string
  readonly name: string
  readonly isTail: boolean
}

/** Read in one go of messages that were joined, in characters; each costs some, however short it is. */
const READ_AT_ONCE = 64 * 1024
const MESSAGE_COST = 32

/**
 * Hands the messages of a stream on as they come, in their order. An event of a megabyte may hold half a million that were
 * joined: then those, and what comes behind them, are read a slice at a time.
 */
export class MessageSlices {
  isBehind = false
  readonly #handlers: MessageHandlers
  #joined: JoinedMessages | null = null
  #nameOfLast = ''
  /** What came while others were read; most streams need none. */
  #behind: Fifo<WaitingMessage> | null = null

  constructor(handlers: MessageHandlers) {
    this.#handlers = handlers
  }

  push(text: string, name: string): void {
    if (this.isBehind) this.#wait({ text, name, isTail: false })
    else if (!this.#handlers.readMessage(text, name)) this.#part(text, name)
  }

  pushTail(text: string, name: string): void {
    if (this.isBehind) this.#wait({ text, name, isTail: true })
    else this.#handlers.readTail(text, name)
  }

  /** Reads one slice of what is left. */
  readOn(): void {
    for (let left = READ_AT_ONCE; this.isBehind && left > 0;) left -= MESSAGE_COST + this.#readNext()
  }

  /** The characters that were read. */
  #readNext(): number {
    if (this.#joined) return this.#readPart(this.#joined)
    const next = this.#behind?.shift()
    if (!next) {
      this.isBehind = false
      return 0
    }
    const { text, name, isTail } = next
    if (isTail) this.#handlers.readTail(text, name)
    else if (!this.#handlers.readMessage(text, name)) this.#part(text, name)
    return text.length
  }

  #wait(message: WaitingMessage): void {
    this.#behind ??= createFifo()
    this.#behind.push(message)
  }

  #part(text: string, name: string): void {
    const joined = new JoinedMessages(text)
    const first = joined.next()
    if (!joined.hasMore) {
      this.#handlers.readOther(text, name)
      return
    }
    this.#joined = joined
    this.#nameOfLast = name
    this.isBehind = true
    this.#read(first, '')
  }

  #readPart(joined: JoinedMessages): number {
    const text = joined.next()
    if (!joined.hasMore) this.#joined = null
    this.#read(text, joined.hasMore ? '' : this.#nameOfLast)
    return text.length
  }

  #read(part: string, name: string): void {
    if (!this.#handlers.readMessage(part, name)) this.#handlers.readOther(part, name)
  }
}
