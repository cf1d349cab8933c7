import type { ResponseDigest } from '../capture/exchange.ts'
import { isObject, parseJson } from '../core/json.ts'
import type { StreamKind } from '../stream/body-kind.ts'
import { createScanner } from '../stream/create-scanner.ts'
import { readJsonFields } from '../stream/json-fields.ts'
import { createDetectingReader, formatOfPath } from '../wire/detect.ts'
import type { ResponseFacts, WireFormat } from '../wire/format.ts'
import { isUsageCandidate, USAGE_KEYS } from '../wire/usage-candidate.ts'

/** Streams up to this size are kept raw and read at the end, when it is known whether their text is needed at all. */
const LAZY_BYTES = 64 * 1024
/** Text kept of one answer, in UTF-16 units. What goes past it is measured and extrapolated. */
export const MAX_COMPLETION_LENGTH = 1024 * 1024

export interface DigestResult {
  readonly facts: ResponseFacts
  readonly format: WireFormat | null
  /** Messages that were not JSON. */
  readonly malformed: number
}

export interface StreamDigest extends ResponseDigest {
  /** `wantText`: the visible text is needed even when the provider reported its usage. */
  finish(options: { complete: boolean; wantText: boolean }): DigestResult
}

/** Reads a stream of any length in bounded memory. */
export function createStreamDigest(kind: StreamKind, path: string): StreamDigest {
  let raw: Buffer[] = []
  let rawBytes = 0
  let reading: MessageReading | null = null

  function readAll(): MessageReading {
    const all = createMessageReading(kind, path, () => true)
    for (const bytes of raw) all.push(bytes)
    raw = []
    return all
  }

  return {
    push(bytes) {
      if (reading) reading.push(bytes)
      else {
        raw.push(bytes)
        rawBytes += bytes.length
        if (rawBytes > LAZY_BYTES) reading = readAll()
      }
    },
    finish({ complete, wantText }) {
      if (reading) return reading.finish()
      if (complete && !wantText) {
        // Most messages only carry a piece of text: parsing the few that may hold counts is five times cheaper.
        const candidates = createMessageReading(kind, path, isUsageCandidate)
        for (const bytes of raw) candidates.push(bytes)
        const result = candidates.finish()
        if (result.facts.usage.output !== null || result.facts.error !== null) return result
      }
      return readAll().finish()
    },
  }
}

interface MessageReading {
  push(bytes: Buffer): void
  finish(): DigestResult
}

function createMessageReading(kind: StreamKind, path: string, select: (text: string, name: string) => boolean): MessageReading {
  const reader = createDetectingReader(formatOfPath(path), { maxTextLength: MAX_COMPLETION_LENGTH })
  let malformed = 0
  let first = true
  const scanner = createScanner(kind, {
    onMessage(text, name) {
      if (!first && !select(text, name)) return
      const message = parseJson(text)
      if (isObject(message)) {
        first = false
        reader.read(message, name)
      } else if (text.trim() !== '[DONE]') malformed++
    },
    onOversize: (tail, name) => reader.read(readJsonFields(tail, USAGE_KEYS, 'last'), name),
    onMalformed: () => malformed++,
  })
  return {
    push: scanner.push,
    finish() {
      scanner.end()
      const facts = reader.facts()
      return { facts, format: reader.format ?? formatOfPath(path), malformed }
    },
  }
}
