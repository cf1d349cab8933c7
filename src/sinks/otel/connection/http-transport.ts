import { toSignalHeaders } from './otlp-connection.ts'
import type { Signal } from './otlp-connection.ts'
import type { OtlpTransport, TransportOptions } from './otlp-transport.ts'

const PATHS = { METRICS: '/v1/metrics', TRACES: '/v1/traces' } as const

/** The exporters of both forms are named alike. A failed export is tried again within its time. */
export function createHttpTransport({ connection, environment, timeoutMillis }: TransportOptions): OtlpTransport {
  const isJson = connection.protocol === 'http/json'

  const toConfig = (signal: Signal) => ({
    url: connection.url + PATHS[signal],
    headers: Object.fromEntries(toSignalHeaders(connection, environment, signal)),
    timeoutMillis,
    userAgent: 'token-usage-tracker',
  })

  return {
    async loadMetricExporter() {
      const { OTLPMetricExporter } = await (isJson
        ? import('@opentelemetry/exporter-metrics-otlp-http')
        : import('@opentelemetry/exporter-metrics-otlp-proto'))
      return () => new OTLPMetricExporter(toConfig('METRICS'))
    },
    async loadSpanExporter() {
      const { OTLPTraceExporter } = await (isJson
        ? import('@opentelemetry/exporter-trace-otlp-http')
        : import('@opentelemetry/exporter-trace-otlp-proto'))
      return () => new OTLPTraceExporter(toConfig('TRACES'))
    },
  }
}
