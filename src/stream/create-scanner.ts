import { createAwsEventStreamScanner } from './aws-eventstream.ts'
import type { StreamKind } from './body-kind.ts'
import { createJsonArrayScanner } from './json-array.ts'
import { createNdjsonScanner } from './ndjson.ts'
import type { Scanner, ScannerOptions } from './scanner.ts'
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
