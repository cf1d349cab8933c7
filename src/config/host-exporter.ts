import type { Environment } from './tracker-config.ts'

/**
 * Whether OTEL_EXPORTER_OTLP_ENDPOINT takes OTLP over gRPC, for metrics and traces alike. Without a protocol it is the
 * port that tells: 4317 is gRPC's, and the default of Node SDKs (http/protobuf) goes to 4318 or to a path.
 */
export function hostSpeaksGrpc(env: Environment): boolean {
  return ['TRACES_PROTOCOL', 'METRICS_PROTOCOL'].every((name) => {
    const protocol = readWord(env[`OTEL_EXPORTER_OTLP_${name}`]) || readWord(env['OTEL_EXPORTER_OTLP_PROTOCOL'])
    return protocol === '' ? looksLikeGrpc(readWord(env['OTEL_EXPORTER_OTLP_ENDPOINT'])) : protocol === 'grpc'
  })
}

function readWord(value: string | undefined): string {
  return value?.trim().toLowerCase() ?? ''
}

function looksLikeGrpc(endpoint: string): boolean {
  const [authority = '', ...path] = endpoint.replace(/^[a-z]+:\/\//, '').split('/')
  const port = /:(\d+)$/.exec(authority)?.[1] ?? '4317'
  return port === '4317' && path.join('') === ''
}
