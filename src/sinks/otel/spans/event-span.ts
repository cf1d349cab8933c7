import type { HrTime, SpanContext, SpanKind, SpanStatus, SpanStatusCode } from '@opentelemetry/api'

import { cutText } from '../../../core/bounded-text.ts'
import { createBoundedMap } from '../../../core/bounded-map.ts'
import { isOutgoing, readTraceFlags } from '../../../core/records/event.ts'
import type { SanitisedEvent } from '../../../core/records/event.ts'
import { MAX_ATTRIBUTE_VALUES, createSeriesLimiter } from '../metrics/series-limiter.ts'
import { MAX_TEXT_LENGTH } from './span-attributes.ts'

/** Records a span for each event, with the request's true start and end, below the span that the request belongs to. */
export type RecordSpan = (event: SanitisedEvent) => void

/** Of the API's enums, which load lazily. */
const SAMPLED = 1
const INTERNAL: SpanKind.INTERNAL = 0
const CLIENT: SpanKind.CLIENT = 2
const STATUS_OK: SpanStatusCode.OK = 1
const STATUS_ERROR: SpanStatusCode.ERROR = 2

/**
 * The conventions ask for CLIENT unless the model runs in the process: so it is for what this server sent itself, and for
 * what a known provider answered, whoever passed it on. SERVER it never is: that is the span of the HTTP server, above ours.
 */
export function toKind(event: SanitisedEvent): SpanKind {
  return event.provider !== null || isOutgoing(event) ? CLIENT : INTERNAL
}

/** Backends index span names, so clients must not invent them without end. The attribute keeps the true model. */
export function createSpanNames(): (event: SanitisedEvent) => string {
  const limit = createSeriesLimiter(['model'], MAX_ATTRIBUTE_VALUES)
  const names = createBoundedMap<string, string>(MAX_ATTRIBUTE_VALUES)
  const toName = (model: string) => `token_usage.${limit({ model })['model']}`
  return (event) => names.getOrMake(event.model ?? 'unknown', toName)
}

/** The span of the request, `null` where it has none. */
export function toParent(event: SanitisedEvent): SpanContext | null {
  if (event.trace_id === null || event.span_id === null) return null
  const traceFlags = readTraceFlags(event) ?? SAMPLED
  return { traceId: event.trace_id, spanId: event.span_id, traceFlags, isRemote: true }
}

/** `null` where the caller went away: neither well nor ill. */
export function toStatus(event: SanitisedEvent): SpanStatus | null {
  if (event.status === 'success') return { code: STATUS_OK }
  if (event.status === 'aborted') return null
  return {
    code: STATUS_ERROR,
    message: cutText(event.error_message ?? event.error_code ?? 'Unknown error', MAX_TEXT_LENGTH),
  }
}

export function toTimes(event: SanitisedEvent): { start: HrTime; end: HrTime; duration: HrTime } {
  const created = Date.parse(event.created_at)
  const logged = Number.isFinite(created) ? created : event.timestamp * 1_000
  const end = Number.isFinite(logged) ? logged : Date.now()
  const duration = event.duration_ms ?? 0
  const start = Number.isFinite(duration) && duration > 0 ? Math.max(0, end - duration) : end
  return { start: toHrTime(start), end: toHrTime(end), duration: toHrTime(end - start) }
}

/** Seconds and nanoseconds. A bare number would be read as time since the start of the process when it is too small. */
function toHrTime(milliseconds: number): HrTime {
  const microseconds = Math.round(milliseconds * 1_000)
  return [Math.floor(microseconds / 1_000_000), (microseconds % 1_000_000) * 1_000]
}
