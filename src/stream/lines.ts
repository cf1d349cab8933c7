import { MAX_MESSAGE_BYTES, OVERSIZE_TAIL_BYTES, type Scanner } from './scanner.ts'

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const

export interface LineSplitterOptions {
  /** A line without its terminator, as a range of bytes that is valid during the call only. */
  onLine(bytes: Buffer, start: number, end: number): void
  /** The last bytes of a line that outgrew `maxLineBytes`. */
  onOversizeLine(tail: Buffer): void
  /** @default MAX_MESSAGE_BYTES */
  readonly maxLineBytes?: number
}

/**
 * Splits bytes at LF, CRLF and CR, as the SSE specification wants (WHATWG HTML §9.2.5); JSON text holds none of them raw,
 * so the same rule serves NDJSON. Works on bytes: a character cut in two by a chunk border is whole again in its line.
 */
export function createLineSplitter(options: LineSplitterOptions): Scanner {
  const { onLine, onOversizeLine, maxLineBytes = MAX_MESSAGE_BYTES } = options
  // The open line in pieces, joined once when it ends: growing one buffer would copy it for every chunk.
  let open: Buffer[] = []
  let openBytes = 0
  let oversize = false
  let skipLineFeed = false
  let firstLine = true

  function keep(piece: Buffer): void {
    if (piece.length === 0) return
    oversize ||= openBytes + piece.length > maxLineBytes
    const kept = oversize ? piece.subarray(-OVERSIZE_TAIL_BYTES) : piece
    open.push(Buffer.from(kept))
    openBytes += kept.length
    // Trimmed at twice the tail only, so that each byte is copied a bounded number of times.
    if (!oversize || openBytes < 2 * OVERSIZE_TAIL_BYTES) return
    open = [Buffer.from(Buffer.concat(open).subarray(-OVERSIZE_TAIL_BYTES))]
    openBytes = OVERSIZE_TAIL_BYTES
  }

  function endLine(bytes: Buffer, start: number, end: number): void {
    if (openBytes === 0 && end - start <= maxLineBytes) {
      emit(bytes, start, end)
      return
    }
    keep(bytes.subarray(start, end))
    const line = open.length === 1 && open[0] ? open[0] : Buffer.concat(open)
    const wasOversize = oversize
    open = []
    openBytes = 0
    oversize = false
    if (wasOversize) {
      firstLine = false
      onOversizeLine(line.subarray(-OVERSIZE_TAIL_BYTES))
    } else emit(line, 0, line.length)
  }

  function emit(bytes: Buffer, start: number, end: number): void {
    if (firstLine) {
      firstLine = false
      if (end - start >= 3 && BYTE_ORDER_MARK.every((byte, index) => bytes[start + index] === byte)) start += 3
    }
    onLine(bytes, start, end)
  }

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      let position = 0
      if (skipLineFeed && bytes.length > 0) {
        skipLineFeed = false
        if (bytes[0] === LINE_FEED) position = 1
      }
      // Searched once for the whole chunk: most bodies hold no CR at all.
      let nextReturn = bytes.indexOf(CARRIAGE_RETURN, position)
      let nextFeed = bytes.indexOf(LINE_FEED, position)
      while (nextFeed !== -1 || nextReturn !== -1) {
        const atReturn = nextReturn !== -1 && (nextFeed === -1 || nextReturn < nextFeed)
        const end = atReturn ? nextReturn : nextFeed
        endLine(bytes, position, end)
        position = end + 1
        if (atReturn) {
          if (position === bytes.length) skipLineFeed = true
          else if (bytes[position] === LINE_FEED) position++
          nextReturn = bytes.indexOf(CARRIAGE_RETURN, position)
        }
        if (nextFeed !== -1 && nextFeed < position) nextFeed = bytes.indexOf(LINE_FEED, position)
      }
      keep(bytes.subarray(position))
    },
    end() {
      if (openBytes > 0) endLine(Buffer.alloc(0), 0, 0)
    },
  }
}
