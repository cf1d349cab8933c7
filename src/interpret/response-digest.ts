import type { ResponseDigest } from '../stream/body-collector.ts'
import type { StreamKind } from '../stream/body-kind.ts'
import { createScanner } from '../stream/scanners/create-scanner.ts'
import { readJsonFields } from '../stream/json-fields.ts'
import { MessageParser } from '../stream/message-parser.ts'
import { sliceStreamEnds } from '../stream/stream-ends.ts'
import { DetectingReader, formatOfPath } from '../wire/detect.ts'
import type { ResponseFacts, WireFormat } from '../wire/format.ts'
import { COUNT_KEYS } from '../wire/reading/message-usage.ts'
import { MessageSlices } from './message-slices.ts'

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
  let raw: Buffer[] = []
  let rawBytes = 0
  let reading: MessageReading | null = null

  function startReading(): MessageReading {
    const started = createMessageReading(kind, path)
    for (const kept of raw) started.push(kept)
    raw = []
    return started
  }

  return {
    kind,
    push(bytes) {
      if (reading) {
        reading.push(bytes)
        return
      }
      raw.push(bytes)
      rawBytes += bytes.length
      if (rawBytes > LAZY_BYTES) reading = startReading()
    },
    pushTail(bytes) {
      reading ??= startReading()
      reading.pushTail(bytes)
    },
    readOn: () => reading?.readOn(),
    get isBehind() {
      return reading?.isBehind ?? false
    },
    end: () => reading?.end(),
    finish(options) {
      if (reading) return reading.finish()
      return readStream(raw.length === 1 && raw[0] ? raw[0] : Buffer.concat(raw), kind, path, options)
    },
  }
}

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
  const reading = createMessageReading(kind, path)
  for (const bytes of pieces) reading.push(bytes)
  return reading.finish()
}

interface MessageReading extends Pick<StreamDigest, 'push' | 'pushTail' | 'readOn' | 'isBehind' | 'end'> {
  finish(): DigestResult
}

function createMessageReading(kind: StreamKind, path: string): MessageReading {
  const fallback = formatOfPath(path)
  const reader = new DetectingReader(fallback, { maxTextLength: MAX_COMPLETION_LENGTH })
  const parser = new MessageParser()
  let malformed = 0
  let ended = false

  function readMessage(text: string, name: string): boolean {
    if (reader.readPiece(text)) return true
    // Before it is tried as JSON: the error that is thrown takes longer than parsing several chunks.
    if (!text.startsWith('{') && text.trim() === '[DONE]') {
      ended = true
      return true
    }
    const message = parser.parse(text)
    if (message) reader.read(message, name)
    return message !== null
  }

  function readOther(text: string, name: string): void {
    if (name === 'error') reader.read({ message: text }, name)
    // Bedrock Agents wrap plain text where InvokeModel wraps a message.
    else if (name === 'chunk') reader.read({ chunkText: text }, name)
    else if (text !== '') malformed++
  }

  const readTail = (tail: string, name: string) => reader.read(readJsonFields(tail, COUNT_KEYS, 'last'), name)
  const slices = new MessageSlices({ readMessage, readOther, readTail })
  const scanner = createScanner(kind, {
    onMessage: (text, name) => slices.push(text, name),
    onOversize: (tail, name) => slices.pushTail(tail, name),
    onMalformed: () => malformed++,
  })

  return {
    push(bytes) {
      scanner.push(bytes)
      slices.readOn()
    },
    pushTail(bytes) {
      scanner.push(LINE_BREAKS)
      // It begins inside a message; but where lines are, the next one is whole.
      const border = kind === 'sse' || kind === 'ndjson' ? bytes.indexOf('\n') : -1
      slices.pushTail(bytes.toString('utf8', 0, border === -1 ? bytes.length : border), '')
      if (border !== -1) scanner.push(bytes.subarray(border))
    },
    readOn: () => slices.readOn(),
    get isBehind() {
      return slices.isBehind
    },
    end: scanner.end,
    finish() {
      scanner.end()
      while (slices.isBehind) slices.readOn()
      const facts = reader.facts()
      const finished = facts.finished || ended
      const understood = facts.understood && (malformed === 0 || reader.hasRead)
      return { facts: { ...facts, finished, understood }, format: reader.format ?? fallback, malformed }
    },
  }
}
