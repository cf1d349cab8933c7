import type { MeterProvider, TracerProvider } from '@opentelemetry/api'

import type { SanitisedEvent } from '../../core/records/event.ts'
import { createHealthInstruments, type HealthPoint } from './metrics/health-instruments.ts'
import { createGenAiLatestInstruments, createGenAiV141Instruments } from './metrics/gen-ai-instruments.ts'
import { createTokenInstruments } from './metrics/instruments.ts'
import type { InstrumentOptions, MetricsRecorder } from './metrics/instruments.ts'
import { createScope, type InstrumentationScope } from './scope.ts'
import type { SpanAttributeOptions } from './spans/span-attributes.ts'
import { createHostSpanRecorder } from './spans/host-spans.ts'
import type { OpenTelemetryApi } from './spans/host-spans.ts'
import type { RecordSpan } from './spans/event-span.ts'
import { createOwnSpanRecorder } from './spans/own-spans.ts'
import type { SpanTarget } from './spans/own-spans.ts'

export interface Providers {
  readonly meterProvider: MeterProvider
  /** The host's tracing, what sends spans of our own, or `null` for no spans. */
  readonly spans: TracerProvider | SpanTarget | null
}

export interface HealthOptions {
  /** Figures of the tracker itself, exported beside those of the events. */
  readHealth?(): readonly HealthPoint[]
}

export interface EventRecorder {
  record(event: SanitisedEvent): void
  /** Ends a turn that recorded something. */
  commit(): void
  /** Ends the export of the tracker's own figures: a host's SDK outlives the tracker. */
  dispose(): void
}

/** Turns events into measurements and spans of one pair of providers. */
export function createEventRecorder(
  api: OpenTelemetryApi,
  providers: Providers,
  options: InstrumentOptions & SpanAttributeOptions & HealthOptions & { readonly tracker: string },
): EventRecorder {
  const scope = createScope()
  const meter = providers.meterProvider.getMeter(scope.name, scope.version)
  const metrics: MetricsRecorder[] = [createTokenInstruments(meter, options)]
  if (options.genAiMetrics === 'v1.41') metrics.push(createGenAiV141Instruments(meter, options.maxSeries))
  if (options.genAiMetrics === 'latest') metrics.push(createGenAiLatestInstruments(meter, options.maxSeries))
  const recordSpan = createSpanRecorder(api, providers.spans, scope, options)

  const dispose = options.readHealth && createHealthInstruments(meter, options.tracker, options.readHealth)
  return {
    record(event) {
      for (const recorder of metrics) recorder.record(event)
      recordSpan?.(event)
    },
    commit() {
      for (const recorder of metrics) recorder.commit()
    },
    dispose: () => dispose?.(),
  }
}

function createSpanRecorder(
  api: OpenTelemetryApi,
  spans: Providers['spans'],
  scope: InstrumentationScope,
  options: SpanAttributeOptions,
): RecordSpan | null {
  if (spans === null) return null
  if ('getTracer' in spans) return createHostSpanRecorder(api, spans.getTracer(scope.name, scope.version), options)
  return createOwnSpanRecorder(api, spans, scope, options)
}
