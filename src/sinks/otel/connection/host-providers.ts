import type { ProxyTracerProvider, TracerProvider } from '@opentelemetry/api'
import { withDeadline } from '../../../core/deadline.ts'
import type { Providers } from '../event-recorder.ts'
import type { OpenTelemetryApi } from '../spans/host-spans.ts'

/** The providers that the host has registered by now. A meter taken before it registers one stays silent for ever. */
export function getHostProviders(api: OpenTelemetryApi, traces: boolean): Providers {
  return { meterProvider: api.metrics.getMeterProvider(), spans: traces ? api.trace.getTracerProvider() : null }
}

/** Asks the host's SDK to send what it holds. Shutting it down is the host's own affair. */
export async function flushHostProviders(api: OpenTelemetryApi, timeoutMs: number): Promise<void> {
  const providers = [api.metrics.getMeterProvider(), toDelegate(api.trace.getTracerProvider())]
  const flushes = providers.map(async (provider) => {
    if (canFlush(provider)) await provider.forceFlush()
  })
  await withDeadline(Promise.allSettled(flushes), timeoutMs)
}

function toDelegate(provider: TracerProvider | ProxyTracerProvider): TracerProvider {
  return 'getDelegate' in provider ? provider.getDelegate() : provider
}

function canFlush(provider: object): provider is { forceFlush(): Promise<void> } {
  return 'forceFlush' in provider && typeof provider.forceFlush === 'function'
}
