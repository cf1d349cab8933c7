import type { Environment } from './tracker-config.ts'

const PROTOCOLS = ['grpc', 'http/protobuf', 'http/json']

/**
 * What OTEL_EXPORTER_OTLP_ENDPOINT speaks, for metrics and traces alike; `null` where that is not known, two things, or not
 * what `ours` would send. Without a protocol it is what ours says, else the port that tells: 4317 is gRPC's, and the default
 * of Node SDKs (http/protobuf) goes to 4318 or to a path.
 */
export function readHostProtocol(env: Environment, ours: string | null): string | null {
  const told = ['METRICS_PROTOCOL', 'TRACES_PROTOCOL'].map(
    (name) => readWord(env[`OTEL_EXPORTER_OTLP_${name}`]) || readWord(env['OTEL_EXPORTER_OTLP_PROTOCOL']),
  )
  if (ours !== null && told.every((protocol) => protocol === '')) return ours
  const fallback = looksLikeGrpc(readWord(env['OTEL_EXPORTER_OTLP_ENDPOINT'])) ? 'grpc' : ''
  const [metrics = '', traces] = told.map((protocol) => protocol || fallback)
  if (metrics !== traces || !PROTOCOLS.includes(metrics)) return null
  return ours === null || (ours === 'grpc') === (metrics === 'grpc') ? metrics : null
}

export function readWord(value: unknown): string {
  return typeof value === 'string' ? value.trim().toLowerCase() : ''
}

function looksLikeGrpc(endpoint: string): boolean {
  const [authority = '', ...path] = endpoint.replace(/^[a-z]+:\/\//, '').split('/')
  const port = /:(\d+)$/.exec(authority)?.[1] ?? '4317'
  return port === '4317' && path.join('') === ''
}
