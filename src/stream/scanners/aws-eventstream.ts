import zlib from 'node:zlib'
import { readString, readText } from '../../core/json.ts'
import { MessageBuffer } from './message-buffer.ts'
import { MessageParser } from '../message-parser.ts'
import { MAX_MESSAGE_BYTES, type Scanner, type ScannerOptions } from './scanner.ts'

/** Total length, length of the headers, and the checksum of these two: four bytes each, big-endian. */
const PRELUDE_BYTES = 12
const CHECKSUM_BYTES = 4
/** AWS limits a message to 16 MiB of payload and 128 KiB of headers. */
const MAX_EVENT_BYTES = 17 * 1024 * 1024
/** The type of a header's value that is text. */
const STRING = 7
/** Bytes of a value by its type, 0 to 9; the two that are `null` state their own length first. */
const VALUE_BYTES = [0, 0, 1, 2, 4, 8, null, null, 8, 16] as const

/** True when the bytes open with the prelude of an event: its checksum leaves no doubt. */
export function startsEventStream(bytes: Uint8Array): boolean {
  // The first byte of a length that is allowed: no text begins with it, and texts need no checksum then.
  if (bytes.length < PRELUDE_BYTES || (bytes[0] ?? 0) > 1) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return view.getUint32(8) === zlib.crc32(bytes.subarray(0, 8))
}

/**
 * Amazon's binary event stream (`application/vnd.amazon.eventstream`). Both checksums of every event are verified: a broken
 * event is dropped and reported; after a broken prelude the borders are lost, and the rest of the stream is skipped.
 */
export function createAwsEventStreamScanner(options: ScannerOptions): Scanner {
  const { onMessage, onOversize, onMalformed, maxMessageBytes = MAX_MESSAGE_BYTES } = options
  const event = new MessageBuffer(maxMessageBytes)
  const parser = new MessageParser()
  let seen = 0
  let needed = PRELUDE_BYTES
  let checksum = 0
  let lost = false

  /** Called when `needed` bytes are there: after the prelude it asks for the rest, then it hands the event on. */
  function advance(): void {
    if (seen === PRELUDE_BYTES) {
      const prelude = event.take().bytes
      const total = prelude.readUInt32BE(0)
      const valid = startsEventStream(prelude) && total >= PRELUDE_BYTES + CHECKSUM_BYTES && total <= MAX_EVENT_BYTES
      needed = total
      event.add(prelude)
      if (!valid) lose()
      return
    }
    const { bytes, oversize } = event.take()
    if (bytes.readUInt32BE(bytes.length - CHECKSUM_BYTES) !== checksum) onMalformed()
    else if (oversize) onOversize(bytes.toString('utf8', 0, bytes.length - CHECKSUM_BYTES), '')
    else emit(bytes)
    seen = 0
    needed = PRELUDE_BYTES
    checksum = 0
  }

  function emit(bytes: Buffer): void {
    const payloadStart = PRELUDE_BYTES + bytes.readUInt32BE(4)
    const payloadEnd = bytes.length - CHECKSUM_BYTES
    if (payloadStart > payloadEnd) {
      onMalformed()
      return
    }
    const headers = readEventHeaders(bytes.subarray(PRELUDE_BYTES, payloadStart))
    const payload = bytes.toString('utf8', payloadStart, payloadEnd)
    const name = headers[':event-type'] ?? headers[':exception-type'] ?? ''
    if (headers[':message-type'] === 'error') onMessage(toErrorText(headers), 'error')
    else onMessage(name === 'chunk' ? unwrapChunk(payload, parser) : payload, name)
  }

  function lose(): void {
    lost = true
    event.take()
    onMalformed()
  }

  return {
    push(chunk) {
      let position = 0
      while (position < chunk.length) {
        if (lost) return
        const piece = chunk.subarray(position, position + needed - seen)
        event.add(piece)
        // The checksum covers everything before itself.
        const covered = needed === PRELUDE_BYTES ? piece.length : Math.min(piece.length, needed - CHECKSUM_BYTES - seen)
        if (covered > 0) checksum = zlib.crc32(piece.subarray(0, covered), checksum)
        seen += piece.length
        position += piece.length
        if (seen === needed) advance()
      }
    },
    end() {
      event.take()
    },
  }
}

/** InvokeModel wraps the model's own message once more: `{bytes: "<base64>", p: "<padding>"}`. */
function unwrapChunk(payload: string, parser: MessageParser): string {
  const bytes = readText(parser.parse(payload)?.['bytes'])
  return bytes === null ? payload : Buffer.from(bytes, 'base64').toString('utf8')
}

function toErrorText(headers: Readonly<Record<string, string>>): string {
  return JSON.stringify({ code: readString(headers[':error-code']), message: readString(headers[':error-message']) })
}

/** The headers of one event that hold text. Stops at the first that makes no sense. */
function readEventHeaders(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  let position = 0
  while (position < bytes.length) {
    const typeAt = position + 1 + (bytes[position] ?? 0)
    const type = bytes[typeAt]
    const fixed = type === undefined ? undefined : VALUE_BYTES[type]
    if (fixed === undefined || (fixed === null && typeAt + 3 > bytes.length)) break
    const valueAt = fixed === null ? typeAt + 3 : typeAt + 1
    const valueEnd = valueAt + (fixed ?? bytes.readUInt16BE(typeAt + 1))
    if (valueEnd > bytes.length) break
    if (type === STRING)
      headers[bytes.toString('utf8', position + 1, typeAt)] = bytes.toString('utf8', valueAt, valueEnd)
    position = valueEnd
  }
  return headers
}
