import { createScanner } from '../../stream/scanners/create-scanner.ts'
import type { Scanner } from '../../stream/scanners/scanner.ts'
import type { StreamKind } from '../../stream/body-kind.ts'
import { readJsonFields } from '../../stream/json-fields.ts'
import { MessageParser } from '../../stream/message-parser.ts'
import { DetectingReader, formatOfPath } from '../../wire/detect.ts'
import type { ResponseFacts, WireFormat } from '../../wire/format.ts'
import { COUNT_KEYS } from '../../wire/reading/message-usage.ts'
import { MessageSlices, type MessageHandlers } from './message-slices.ts'

/** Text kept of one answer, in UTF-16 units. What goes past it is measured and extrapolated. */
export const MAX_COMPLETION_LENGTH = 1024 * 1024
/** Between two ends of a stream whose middle is lost: ends the message that broke off. */
export const LINE_BREAKS: Buffer = Buffer.from('\n\n')

export interface DigestResult {
  readonly facts: ResponseFacts
  readonly format: WireFormat | null
  /** Messages that were not JSON, or broken in transit. */
  readonly malformed: number
}

/**
 * Reads the bytes of one stream into what they say. A class, as all that is made for many exchanges: it takes half the time of
 * closures and a literal with a getter.
 */
export class MessageReading implements MessageHandlers {
  readonly #kind: StreamKind
  readonly #fallback: WireFormat | null
  readonly #reader: DetectingReader
  readonly #parser = new MessageParser()
  readonly #slices = new MessageSlices(this)
  readonly #scanner: Scanner
  #malformed = 0
  #isDone = false

  constructor(kind: StreamKind, path: string) {
    this.#kind = kind
    this.#fallback = formatOfPath(path)
    this.#reader = new DetectingReader(this.#fallback, { maxTextLength: MAX_COMPLETION_LENGTH })
    const slices = this.#slices
    this.#scanner = createScanner(kind, {
      onMessage: (text, name) => slices.push(text, name),
      onOversize: (tail, name) => slices.pushTail(tail, name),
      onMalformed: () => this.#malformed++,
    })
  }

  push(bytes: Buffer): void {
    this.#scanner.push(bytes)
    if (this.#slices.isBehind) this.#slices.readOn()
  }

  pushTail(bytes: Buffer): void {
    this.#scanner.push(LINE_BREAKS)
    // It begins inside a message; but where lines are, the next one is whole.
    const border = this.#kind === 'sse' || this.#kind === 'ndjson' ? bytes.indexOf('\n') : -1
    this.#slices.pushTail(bytes.toString('utf8', 0, border === -1 ? bytes.length : border), '')
    if (border !== -1) this.#scanner.push(bytes.subarray(border))
  }

  readOn(): void {
    this.#slices.readOn()
  }

  get isBehind(): boolean {
    return this.#slices.isBehind
  }

  end(): void {
    this.#scanner.end()
  }

  readMessage(text: string, name: string): boolean {
    if (this.#reader.readPiece(text)) return true
    // Before it is tried as JSON: the error that is thrown takes longer than parsing several chunks.
    if (!text.startsWith('{') && text.trim() === '[DONE]') {
      this.#isDone = true
      return true
    }
    const message = this.#parser.parse(text)
    if (message) this.#reader.read(message, name)
    return message !== null
  }

  readOther(text: string, name: string): void {
    if (name === 'error') this.#reader.read({ message: text }, name)
    // Bedrock Agents wrap plain text where InvokeModel wraps a message.
    else if (name === 'chunk') this.#reader.read({ chunkText: text }, name)
    else if (text !== '') this.#malformed++
  }

  readTail(tail: string, name: string): void {
    // Of a message that broke off the name goes unheard: what it tells of has not come to pass.
    const isWhole = tail.trimEnd().endsWith('}')
    this.#reader.read(readJsonFields(tail, COUNT_KEYS, 'last'), isWhole ? name : '')
  }

  finish(): DigestResult {
    this.#scanner.end()
    while (this.#slices.isBehind) this.#slices.readOn()
    const reader = this.#reader
    const malformed = this.#malformed
    const facts = reader.facts()
    const [finished, terminated] = [facts.finished || this.#isDone, facts.terminated || this.#isDone]
    const understood = facts.understood && (malformed === 0 || reader.hasRead)
    const hasUnread = facts.hasUnread || !(reader.hasRead || this.#isDone)
    const told = { ...facts, finished, terminated, understood, hasUnread }
    return { facts: told, format: reader.format ?? this.#fallback, malformed }
  }
}
