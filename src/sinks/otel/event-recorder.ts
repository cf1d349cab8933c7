import type { MeterProvider, TracerProvider } from '@opentelemetry/api'

import type { SanitisedEvent } from '../../core/records/event.ts'
import { createHealthInstruments, type HealthPoint } from './metrics/health-instruments.ts'
import { createGenAiLatestInstruments, createGenAiV141Instruments } from './metrics/gen-ai-instruments.ts'
import { createTokenInstruments } from './metrics/instruments.ts'
import type { InstrumentOptions } from './metrics/instruments.ts'
import type { SpanAttributeOptions } from './spans/span-attributes.ts'
import { createSpanRecorder } from './spans/spans.ts'
import type { OpenTelemetryApi } from './spans/spans.ts'

export interface Providers {
  readonly meterProvider: MeterProvider
  readonly tracerProvider: TracerProvider
}

/** Instrumentation scope of everything this library records. */
const SCOPE = 'token-usage-tracker'

export interface HealthOptions {
  /** Figures of the tracker itself, exported beside those of the events. */
  readHealth?(): readonly HealthPoint[]
}

export interface EventRecorder {
  record(event: SanitisedEvent): void
  /** Ends the export of the tracker's own figures: a host's SDK outlives the tracker. */
  dispose(): void
}

/** Turns events into measurements and spans of one pair of providers. */
export function createEventRecorder(
  api: OpenTelemetryApi,
  providers: Providers,
  options: InstrumentOptions & SpanAttributeOptions & HealthOptions & { readonly tracker: string },
): EventRecorder {
  const meter = providers.meterProvider.getMeter(SCOPE)
  const steps = [createTokenInstruments(meter, options)]
  if (options.genAiMetrics === 'v1.41') steps.push(createGenAiV141Instruments(meter, options.maxSeries))
  if (options.genAiMetrics === 'latest') steps.push(createGenAiLatestInstruments(meter, options.maxSeries))
  steps.push(createSpanRecorder(api, providers.tracerProvider.getTracer(SCOPE), options))

  const dispose = options.readHealth && createHealthInstruments(meter, options.tracker, options.readHealth)
  return {
    record(event) {
      for (const step of steps) step(event)
    },
    dispose: () => dispose?.(),
  }
}
