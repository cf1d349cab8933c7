import { createLineSplitter } from './lines.ts'
import { MessageBuffer } from './message-buffer.ts'
import { MAX_MESSAGE_BYTES, type Scanner, type ScannerOptions } from './scanner.ts'

const COLON = 58
const SPACE = 32
const OPEN_BRACE = 123
const DATA = Buffer.from('data')
const EVENT = Buffer.from('event')
const LINE_BREAK = Buffer.from('\n')
/** Event names are short; a longer one is cut. */
const MAX_NAME_BYTES = 256

/**
 * Server-sent events (WHATWG HTML §9.2.6), and what senders make of them: a last event without its blank line counts,
 * because proxies and dying upstreams send it, and the usage stands in it; blanks before a field and a second `data:` are
 * passed over; an object on a line of its own is a message (Gemini's Interactions refuse so).
 */
export function createSseScanner(options: ScannerOptions): Scanner {
  const { onMessage, onOversize, maxMessageBytes = MAX_MESSAGE_BYTES } = options
  // Nearly every event has one data line, which becomes text at once; the lines of the others are gathered as bytes.
  let data: string | null = null
  const moreData = new MessageBuffer(maxMessageBytes)
  let name = ''

  function dispatch(): void {
    if (moreData.length > 0) {
      const { bytes, oversize } = moreData.take()
      if (oversize) onOversize(bytes.toString('utf8'), name)
      else onMessage(bytes.toString('utf8'), name)
    } else if (data !== null) onMessage(data, name)
    data = null
    name = ''
  }

  function addData(bytes: Buffer, start: number, end: number): void {
    if (data === null && moreData.length === 0) {
      data = bytes.toString('utf8', start, end)
      return
    }
    if (data !== null) moreData.add(Buffer.from(data))
    data = null
    moreData.add(LINE_BREAK)
    moreData.add(bytes.subarray(start, end))
  }

  const lines = createLineSplitter({
    maxLineBytes: maxMessageBytes,
    onOversizeLine(tail) {
      data = null
      moreData.addTail(tail)
    },
    onLine(bytes, lineStart, end) {
      const start = bytes[lineStart] === SPACE ? skipBlanks(bytes, lineStart, end) : lineStart
      if (lineStart === end) dispatch()
      else if (startsField(bytes, start, end, DATA)) addData(bytes, valueStart(bytes, start + DATA.length, end), end)
      else if (startsField(bytes, start, end, EVENT)) {
        const from = valueStart(bytes, start + EVENT.length, end)
        name = bytes.toString('utf8', from, Math.min(end, from + MAX_NAME_BYTES))
      } else if (bytes[start] === OPEN_BRACE) {
        dispatch()
        onMessage(bytes.toString('utf8', start, end), '')
      }
    },
  })
  return {
    push: lines.push,
    end() {
      lines.end()
      dispatch()
    },
  }
}

function startsField(bytes: Buffer, start: number, end: number, field: Buffer): boolean {
  const border = start + field.length
  if (border > end || (border < end && bytes[border] !== COLON)) return false
  for (let index = 0; index < field.length; index++) if (bytes[start + index] !== field[index]) return false
  return true
}

function valueStart(bytes: Buffer, border: number, end: number): number {
  let start = border
  do {
    start = Math.min(start + 1, end)
    if (start < end && bytes[start] === SPACE) start++
    // Else wrapped by a relay that did not see that it is wrapped already.
    if (bytes[start] !== DATA[0] || bytes[start + DATA.length] !== COLON || !startsField(bytes, start, end, DATA))
      return start
    start += DATA.length
  } while (start < end)
  return end
}

function skipBlanks(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] === SPACE) at++
  return at
}
