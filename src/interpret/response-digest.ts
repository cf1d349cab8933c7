import type { ResponseDigest } from '../stream/body-collector.ts'
import type { StreamKind } from '../stream/body-kind.ts'
import { createScanner } from '../stream/scanners/create-scanner.ts'
import { splitJoinedMessages } from '../stream/joined-messages.ts'
import { readJsonFields } from '../stream/json-fields.ts'
import { MessageParser } from '../stream/message-parser.ts'
import { sliceStreamEnds } from '../stream/stream-ends.ts'
import { DetectingReader, formatOfPath } from '../wire/detect.ts'
import type { ResponseFacts, WireFormat } from '../wire/format.ts'
import { COUNT_KEYS } from '../wire/reading/message-usage.ts'

/** Streams up to this size are kept raw and read at the end, when it is known whether their text is needed at all. */
const LAZY_BYTES = 64 * 1024
/** Text kept of one answer, in UTF-16 units. What goes past it is measured and extrapolated. */
export const MAX_COMPLETION_LENGTH = 1024 * 1024

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
  finish(options: StreamReadOptions): DigestResult
}

/** Reads a stream of any length in bounded memory. */
export function createStreamDigest(kind: StreamKind, path: string): StreamDigest {
  let raw: Buffer[] = []
  let rawBytes = 0
  let reading: MessageReading | null = null

  return {
    kind,
    push(bytes) {
      if (reading) {
        reading.push(bytes)
        return
      }
      raw.push(bytes)
      rawBytes += bytes.length
      if (rawBytes <= LAZY_BYTES) return
      reading = createMessageReading(kind, path)
      for (const kept of raw) reading.push(kept)
      raw = []
    },
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

/** Of a message that broke off the name goes unheard: what it tells of has not come to pass. */
function readOversize(reader: DetectingReader, tail: string, name: string): void {
  const isWhole = tail.trimEnd().endsWith('}')
  reader.read(readJsonFields(tail, COUNT_KEYS, 'last'), isWhole ? name : '')
}

interface MessageReading {
  push(bytes: Buffer): void
  finish(): DigestResult
}

function createMessageReading(kind: StreamKind, path: string): MessageReading {
  const fallback = formatOfPath(path)
  const reader = new DetectingReader(fallback, { maxTextLength: MAX_COMPLETION_LENGTH })
  const parser = new MessageParser()
  let malformed = 0
  let isDone = false

  function readJoined(text: string, name: string): boolean {
    const parts = splitJoinedMessages(text)
    if (parts.length < 2) return false
    // The name is that of the last one.
    for (const [index, part] of parts.entries()) onMessage(part, index === parts.length - 1 ? name : '')
    return true
  }

  function onMessage(text: string, name: string): void {
    if (reader.readPiece(text)) return
    // Before it is tried as JSON: the error that is thrown takes longer than parsing several chunks.
    if (!text.startsWith('{') && text.trim() === '[DONE]') {
      isDone = true
      return
    }
    const message = parser.parse(text)
    if (message) reader.read(message, name)
    else if (text !== '' && readJoined(text, name)) return
    else if (name === 'error') reader.read({ message: text }, name)
    // Bedrock Agents wrap plain text where InvokeModel wraps a message.
    else if (name === 'chunk') reader.read({ chunkText: text }, name)
    else if (text !== '') malformed++
  }

  const scanner = createScanner(kind, {
    onMessage,
    onOversize: (tail, name) => readOversize(reader, tail, name),
    onMalformed: () => malformed++,
  })

  return {
    push: scanner.push,
    finish() {
      scanner.end()
      const facts = reader.facts()
      const [finished, terminated] = [facts.finished || isDone, facts.terminated || isDone]
      const understood = facts.understood && (malformed === 0 || reader.hasRead)
      const hasUnread = facts.hasUnread || !(reader.hasRead || isDone)
      const told = { ...facts, finished, terminated, understood, hasUnread }
      return { facts: told, format: reader.format ?? fallback, malformed }
    },
  }
}
