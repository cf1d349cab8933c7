import type * as OpenTelemetry from '@opentelemetry/api'
import type { Context, HrTime, Tracer } from '@opentelemetry/api'

import { cutText } from '../../../core/bounded-text.ts'
import { readTraceFlags } from '../../../core/records/event.ts'
import type { SanitisedEvent } from '../../../core/records/event.ts'
import { MAX_ATTRIBUTE_VALUES, createSeriesLimiter } from '../metrics/series-limiter.ts'
import { MAX_TEXT_LENGTH, toSpanAttributes } from './span-attributes.ts'
import type { SpanAttributeOptions } from './span-attributes.ts'

/** The API as a value: it is loaded lazily and handed on. */
export type OpenTelemetryApi = typeof OpenTelemetry

/** Records a span for each event, with the request's true start and end, below the span the request belongs to. */
export function createSpanRecorder(
  api: OpenTelemetryApi,
  tracer: Tracer,
  options: SpanAttributeOptions,
): (event: SanitisedEvent) => void {
  // Backends index span names, so clients must not invent them without end. The attribute keeps the true model.
  const limitName = createSeriesLimiter(['model'], MAX_ATTRIBUTE_VALUES)

  return (event) => {
    const { start, end } = toTimes(event)
    const name = `token_usage.${limitName({ model: event.model ?? 'unknown' })['model']}`
    const span = tracer.startSpan(name, { startTime: start }, toParentContext(api, event))
    // Set afterwards: attributes handed to startSpan are copied and checked three times over.
    if (span.isRecording()) span.setAttributes(toSpanAttributes(event, options))
    if (event.status === 'success') span.setStatus({ code: api.SpanStatusCode.OK })
    if (event.status === 'error') {
      const message = cutText(event.error_message ?? event.error_code ?? 'Unknown error', MAX_TEXT_LENGTH)
      span.setStatus({ code: api.SpanStatusCode.ERROR, message })
    }
    span.end(end)
  }
}

/** Always rooted, never `context.active()`: events arrive from a queue, long after their request. */
function toParentContext(api: OpenTelemetryApi, event: SanitisedEvent): Context {
  if (event.trace_id === null || event.span_id === null) return api.ROOT_CONTEXT
  return api.trace.setSpanContext(api.ROOT_CONTEXT, {
    traceId: event.trace_id,
    spanId: event.span_id,
    traceFlags: readTraceFlags(event) ?? api.TraceFlags.SAMPLED,
    isRemote: true,
  })
}

function toTimes(event: SanitisedEvent): { start: HrTime; end: HrTime } {
  const end = [Date.parse(event.created_at), event.timestamp * 1_000].find(Number.isFinite) ?? Date.now()
  const duration = event.duration_ms ?? 0
  const start = Number.isFinite(duration) && duration > 0 ? Math.max(0, end - duration) : end
  return { start: toHrTime(start), end: toHrTime(end) }
}

/** Seconds and nanoseconds. A bare number would be read as time since the start of the process when it is too small. */
function toHrTime(milliseconds: number): HrTime {
  const microseconds = Math.round(milliseconds * 1_000)
  return [Math.floor(microseconds / 1_000_000), (microseconds % 1_000_000) * 1_000]
}
