import { createGrpcTransport } from './grpc-transport.ts'
import { createHttpTransport } from './http-transport.ts'
import type { OtlpTransport, TransportOptions } from './otlp-transport.ts'

export function createTransport(options: TransportOptions): OtlpTransport {
  return options.connection.protocol === 'grpc' ? createGrpcTransport(options) : createHttpTransport(options)
}
