import { createLineSplitter } from './lines.ts'
import { MAX_MESSAGE_BYTES, type Scanner, type ScannerOptions } from './scanner.ts'

const COLON = 58
const SPACE = 32
const DATA = Buffer.from('data')
const EVENT = Buffer.from('event')

/**
 * Server-sent events (WHATWG HTML §9.2.6), but for one rule: a last event without its blank line counts, because proxies
 * and dying upstreams send it, and the usage stands in it.
 */
export function createSseScanner(options: ScannerOptions): Scanner {
  const { onMessage, onOversize, maxMessageBytes = MAX_MESSAGE_BYTES } = options
  let data: string | null = null
  let more: string[] = []
  let dataBytes = 0
  let name = ''
  let oversizeTail: string | null = null

  function dispatch(): void {
    if (oversizeTail !== null) onOversize(oversizeTail)
    else if (data !== null) onMessage(more.length === 0 ? data : [data, ...more].join('\n'), name)
    data = null
    dataBytes = 0
    name = ''
    oversizeTail = null
    if (more.length > 0) more = []
  }

  function addData(text: string, bytes: number): void {
    dataBytes += bytes
    if (dataBytes > maxMessageBytes) {
      oversizeTail = text
      data = null
      more = []
    } else if (data === null) data = text
    else more.push(text)
  }

  const lines = createLineSplitter({
    maxLineBytes: maxMessageBytes,
    onOversizeLine(tail) {
      dataBytes = Infinity
      oversizeTail = tail.toString('utf8')
    },
    onLine(bytes, start, end) {
      if (start === end) {
        dispatch()
        return
      }
      if (startsField(bytes, start, end, DATA)) {
        const from = valueStart(bytes, start + DATA.length, end)
        addData(bytes.toString('utf8', from, end), end - from)
      } else if (startsField(bytes, start, end, EVENT)) {
        name = bytes.toString('utf8', valueStart(bytes, start + EVENT.length, end), end)
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
  const start = Math.min(border + 1, end)
  return start < end && bytes[start] === SPACE ? start + 1 : start
}
