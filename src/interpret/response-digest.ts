import type { ResponseDigest } from '../stream/body-collector.ts'
import type { StreamKind } from '../stream/body-kind.ts'
import { createScanner } from '../stream/scanners/create-scanner.ts'
import type { Scanner } from '../stream/scanners/scanner.ts'
import { readJsonFields } from '../stream/json-fields.ts'
import { MessageParser } from '../stream/message-parser.ts'
import { sliceStreamEnds } from '../stream/stream-ends.ts'
import { DetectingReader, formatOfPath } from '../wire/detect.ts'
import type { ResponseFacts, WireFormat } from '../wire/format.ts'
import { COUNT_KEYS } from '../wire/reading/message-usage.ts'
import { MessageSlices, type MessageHandlers } from './message-slices.ts'

/** Streams up to this size are kept raw and read at the end, when it is known whether their text is needed at all. */
const LAZY_BYTES = 64 * 1024
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

/** A class, as all that is made for many exchanges: it takes half the time of closures and a literal with a getter. */
class MessageReading implements MessageHandlers {
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
