import { MessageBuffer } from './message-buffer.ts'
import type { Scanner } from './scanner.ts'

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const
const NO_BYTES = Buffer.alloc(0)

export interface LineSplitterOptions {
  /** A line without its terminator, as a range of bytes that is valid during the call only. */
  onLine(bytes: Buffer, start: number, end: number): void
  /** The last bytes of a line that outgrew `maxLineBytes`, valid during the call only. */
  onOversizeLine(tail: Buffer): void
  readonly maxLineBytes: number
}

/**
 * Splits bytes at LF, CRLF and CR, as the SSE specification wants (WHATWG HTML §9.2.5); JSON text holds none of them raw,
 * so the same rule serves NDJSON. Works on bytes: a character cut in two by a chunk border is whole again in its line.
 */
export function createLineSplitter(options: LineSplitterOptions): Scanner {
  const { onLine, onOversizeLine, maxLineBytes } = options
  const open = new MessageBuffer(maxLineBytes)
  let skipLineFeed = false
  let firstLine = true

  function endLine(bytes: Buffer, start: number, end: number): void {
    if (open.length === 0 && end - start <= maxLineBytes) {
      emit(bytes, start, end)
      return
    }
    open.add(bytes.subarray(start, end))
    const line = open.take()
    if (line.oversize) {
      firstLine = false
      onOversizeLine(line.bytes)
    } else emit(line.bytes, 0, line.bytes.length)
  }

  function emit(bytes: Buffer, start: number, end: number): void {
    const from = firstLine ? afterByteOrderMark(bytes, start, end) : start
    firstLine = false
    onLine(bytes, from, end)
  }

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      let position = skipLineFeed && bytes[0] === LINE_FEED ? 1 : 0
      if (bytes.length > 0) skipLineFeed = false
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
        if (nextFeed !== -1 && nextFeed < position) {
          // A blank line ends every event: looking one byte ahead saves half of the searches.
          nextFeed = bytes[position] === LINE_FEED ? position : bytes.indexOf(LINE_FEED, position)
        }
      }
      if (position < bytes.length) open.add(bytes.subarray(position))
    },
    end() {
      if (open.length > 0) endLine(NO_BYTES, 0, 0)
    },
  }
}

function afterByteOrderMark(bytes: Buffer, start: number, end: number): number {
  const marked = end - start >= 3 && BYTE_ORDER_MARK.every((byte, index) => bytes[start + index] === byte)
  return marked ? start + BYTE_ORDER_MARK.length : start
}
