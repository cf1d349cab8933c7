import { createAwsEventStreamScanner } from './aws-eventstream.ts'
import type { StreamKind } from '../body-kind.ts'
import { createJsonArrayScanner } from './json-array.ts'
import { createLineSplitter } from './lines.ts'
import { MAX_MESSAGE_BYTES, type Scanner, type ScannerOptions } from './scanner.ts'
import { createSseScanner } from './sse.ts'

const scanners = {
  sse: createSseScanner,
  ndjson: createNdjsonScanner,
  'json-array': createJsonArrayScanner,
  'aws-eventstream': createAwsEventStreamScanner,
}

/** The scanner for a kind of stream. */
export function createScanner(kind: StreamKind, options: ScannerOptions): Scanner {
  return scanners[kind](options)
}

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
