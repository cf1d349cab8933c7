import { createLineSplitter } from './lines.ts'
import { MAX_MESSAGE_BYTES, type Scanner, type ScannerOptions } from './scanner.ts'

/** Newline-delimited JSON: one message a line, blank lines skipped. */
export function createNdjsonScanner(options: ScannerOptions): Scanner {
  const { onMessage, onOversize, maxMessageBytes = MAX_MESSAGE_BYTES } = options
  return createLineSplitter({
    maxLineBytes: maxMessageBytes,
    onLine(bytes, start, end) {
      if (start < end) onMessage(bytes.toString('utf8', start, end), '')
    },
    onOversizeLine(tail) {
      onOversize(tail.toString('utf8'), '')
    },
  })
}
