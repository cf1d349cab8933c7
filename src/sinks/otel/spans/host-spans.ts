import type * as OpenTelemetry from '@opentelemetry/api'
import type { Tracer } from '@opentelemetry/api'

import { createSpanNames, toKind, toParent, toStatus, toTimes, type RecordSpan } from './event-span.ts'
import { createSpanAttributes, type SpanAttributeOptions } from './span-attributes.ts'

/** The API as a value: it is loaded lazily and handed on. */
export type OpenTelemetryApi = typeof OpenTelemetry

/** Records spans through the host's tracer, which decides whether they are sampled. */
export function createHostSpanRecorder(
  api: OpenTelemetryApi,
  tracer: Tracer,
  options: SpanAttributeOptions,
): RecordSpan {
  const toName = createSpanNames()
  const toAttributes = createSpanAttributes(options)

  return (event) => {
    const { start, end } = toTimes(event)
    const parent = toParent(event)
    // Always rooted, never `context.active()`: events arrive from a queue, long after their request.
    const context = parent ? api.trace.setSpanContext(api.ROOT_CONTEXT, parent) : api.ROOT_CONTEXT
    const span = tracer.startSpan(toName(event), { startTime: start, kind: toKind(event) }, context)
    if (span.isRecording()) {
      // Set afterwards: attributes handed to startSpan are copied and checked three times over.
      span.setAttributes(toAttributes(event))
      const status = toStatus(event)
      if (status) span.setStatus(status)
    }
    span.end(end)
  }
}
