import { toSignalHeaders } from './otlp-connection.ts'
import type { Signal } from './otlp-connection.ts'
import type { OtlpTransport, TransportOptions } from './otlp-transport.ts'

export function createGrpcTransport({ connection, environment, timeoutMillis }: TransportOptions): OtlpTransport {
  async function loadConfig(signal: Signal) {
    // Named although the exporters bring it: they load it in the middle of their first export.
    const { Metadata } = await import('@grpc/grpc-js')
    return (attempt: number) => {
      const metadata = new Metadata()
      for (const [name, value] of toSignalHeaders(connection, environment, signal)) metadata.set(name, value)
      return { url: connection.url, metadata, timeoutMillis, userAgent: `token-usage-tracker connection/${attempt}` }
    }
  }

  return {
    async loadMetricExporter() {
      const [{ OTLPMetricExporter }, toConfig] = await Promise.all([
        import('@opentelemetry/exporter-metrics-otlp-grpc'),
        loadConfig('METRICS'),
      ])
      return (attempt) => new OTLPMetricExporter(toConfig(attempt))
    },
    async loadSpanExporter() {
      const [{ OTLPTraceExporter }, toConfig] = await Promise.all([
        import('@opentelemetry/exporter-trace-otlp-grpc'),
        loadConfig('TRACES'),
      ])
      return (attempt) => new OTLPTraceExporter(toConfig(attempt))
    },
  }
}
