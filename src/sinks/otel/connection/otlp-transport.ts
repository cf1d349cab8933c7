import type { PushMetricExporter } from '@opentelemetry/sdk-metrics'
import type { SpanExporter } from '@opentelemetry/sdk-trace'

import type { Environment, OtlpConnection } from './otlp-connection.ts'

export interface TransportOptions {
  readonly connection: OtlpConnection
  readonly environment: Environment
  /** What one export may take, in milliseconds, with everything that is tried again. */
  readonly timeoutMillis: number
}

/** Makes exporters of one protocol. What they are made of loads with the first, for each signal by itself. */
export interface OtlpTransport {
  loadMetricExporter(): Promise<(attempt: number) => PushMetricExporter>
  loadSpanExporter(): Promise<(attempt: number) => SpanExporter>
}
