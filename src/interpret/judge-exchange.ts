import type { CapturedExchange } from '../capture/exchange.ts'
import type { EventStatus } from '../core/records/event.ts'
import type { ResponseFacts, WireFormat } from '../wire/format.ts'

/** A response, read. */
export interface ReadResponse {
  readonly facts: ResponseFacts
  readonly format: WireFormat | null
  /** Messages that were not JSON, or broken in transit; 1 for a body that could not be decoded. */
  readonly malformed: number
  /** An answer that is none of ours to read, and says so: sound, a picture, plain text. */
  readonly isOpaque: boolean
  readonly isStream: boolean
  readonly truncated: boolean
  /** Not one byte of a body came. */
  readonly isEmpty: boolean
}

export interface Verdict {
  readonly status: EventStatus
  readonly errorCode: string | null
  readonly errorMessage: string | null
}

/** How an exchange ended. An error in the body is one even behind HTTP 200, where streams have no other way to say it. */
export function judgeExchange(
  exchange: CapturedExchange,
  { facts, malformed, isEmpty, isOpaque, format, isStream }: ReadResponse,
): Verdict {
  const { status } = exchange.response
  const error = facts.error
  if (status !== null && status >= 400) return toVerdict('error', error?.code ?? String(status), error?.message ?? null)
  // A stream that said its last word is whole, whoever closes the connection after it: most clients do. So is an error.
  const isWhole = exchange.outcome === 'complete' || (isStream && (facts.terminated || error !== null))
  if (!isWhole) {
    return toVerdict(
      'aborted',
      error?.code ?? 'connection_closed',
      error?.message ?? 'The connection closed before the response was complete.',
    )
  }
  if (error) return toVerdict('error', error.code, error.message)
  if (status !== null && status >= 300) return toVerdict('success', null, null)
  if (isEmpty) return toVerdict('error', 'empty_response', 'The response had no body.')
  // What cannot be read is no failure of the call.
  if (isOpaque || (!facts.understood && (malformed === 0 || isStream))) return toVerdict('success', null, null)
  if (format === null || (malformed > 0 && !isStream)) {
    return toVerdict('error', 'unreadable_response', 'The response body has no known format.')
  }
  if (isStream && !facts.finished) {
    return toVerdict('error', 'incomplete_stream', 'The stream ended without a finish reason or a terminal event.')
  }
  return toVerdict('success', null, null)
}

function toVerdict(status: EventStatus, errorCode: string | null, errorMessage: string | null): Verdict {
  return { status, errorCode, errorMessage }
}
