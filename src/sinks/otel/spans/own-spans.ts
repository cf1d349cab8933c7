import type { SpanContext, SpanStatus, SpanStatusCode } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { IdGenerator, SpanProcessor } from '@opentelemetry/sdk-trace'

import { createSpanNames, toKind, toParent, toStatus, toTimes, type RecordSpan } from './event-span.ts'
import type { InstrumentationScope } from '../scope.ts'
import type { OpenTelemetryApi } from './host-spans.ts'
import { createSpanAttributes, type SpanAttributeOptions } from './span-attributes.ts'

/** Where spans go that are made here. */
export interface SpanTarget {
  readonly resource: Resource
  readonly processor: Pick<SpanProcessor, 'onEnd'>
  readonly ids: IdGenerator
}

/** Of the API's enums, which load lazily. */
const SAMPLED = 1
const UNSET: SpanStatus = { code: 0 satisfies SpanStatusCode.UNSET }
/** What no span of ours has. */
const NONE: [] = []

/**
 * Makes finished spans for a processor of ours. A tracer would make them in steps, and check and copy each attribute on the
 * way. Sampled is what the host sampled, and what belongs to no trace of its.
 */
export function createOwnSpanRecorder(
  api: OpenTelemetryApi,
  { resource, processor, ids }: SpanTarget,
  scope: InstrumentationScope,
  options: SpanAttributeOptions,
): RecordSpan {
  const toName = createSpanNames()
  const toAttributes = createSpanAttributes(options)

  return (event) => {
    const given = toParent(event)
    const parent = given && api.isSpanContextValid(given) ? given : null
    if (parent && (parent.traceFlags & SAMPLED) === 0) return
    const traceId = parent?.traceId ?? ids.generateTraceId()
    const context: SpanContext = { traceId, spanId: ids.generateSpanId(), traceFlags: SAMPLED }
    const { start, end, duration } = toTimes(event)
    const span: Parameters<SpanTarget['processor']['onEnd']>[0] & { parentSpanContext?: SpanContext } = {
      name: toName(event),
      kind: toKind(event),
      spanContext: () => context,
      startTime: start,
      endTime: end,
      duration,
      ended: true,
      status: toStatus(event) ?? UNSET,
      attributes: toAttributes(event),
      links: NONE,
      events: NONE,
      resource,
      instrumentationScope: scope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    }
    if (parent) span.parentSpanContext = parent
    processor.onEnd(span)
  }
}
