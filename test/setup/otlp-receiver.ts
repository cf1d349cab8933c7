import { createRequire } from 'node:module'

import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { ServiceDefinition, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js'

import { isObject } from '../../src/core/json.ts'

/** One export, in the JSON form of OTLP: the form that a collector hands on. */
export interface OtlpRequest {
  readonly path: string
  readonly body: unknown
  /** gRPC metadata of the call; empty where the receiver does not pass it on. */
  readonly headers?: Readonly<Record<string, unknown>>
}

export interface OtlpReceiver {
  readonly url: string
  readonly received: readonly OtlpRequest[]
  stop(): Promise<void>
}

/** What the receiver does with the next exports. */
export interface ReceiverBehaviour {
  /** Milliseconds before the answer; Infinity never answers. */
  delayMs: number
  /** gRPC status of the answer; any but 0 refuses the export. */
  status: number
}

/** The gRPC status of success. */
const OK = 0

interface Decoder {
  decode(bytes: Uint8Array): unknown
  toObject(message: unknown, options: object): unknown
}

// Loaded for its decoders alone, which its generated types do not name.
const require = createRequire(import.meta.url)
const { opentelemetry } = require('@opentelemetry/otlp-transformer/build/src/generated/root') as {
  opentelemetry: {
    proto: { collector: { metrics: { v1: Record<string, Decoder> }; trace: { v1: Record<string, Decoder> } } }
  }
}
const { metrics, trace } = opentelemetry.proto.collector

const signals = [
  { path: '/v1/metrics', service: 'metrics.v1.MetricsService', decoder: metrics.v1['ExportMetricsServiceRequest'] },
  { path: '/v1/traces', service: 'trace.v1.TraceService', decoder: trace.v1['ExportTraceServiceRequest'] },
]

/** An OTLP gRPC receiver in this process, on a free port unless one is given. */
export async function startOtlpReceiver(
  behaviour: Partial<ReceiverBehaviour> & { port?: number } = {},
): Promise<OtlpReceiver & { behaviour: ReceiverBehaviour }> {
  const { port = 0, delayMs = 0, status = OK } = behaviour
  const received: OtlpRequest[] = []
  const current: ReceiverBehaviour = { delayMs, status }
  const timers = new Set<NodeJS.Timeout>()
  const server = new Server()

  for (const { path, service, decoder } of signals) {
    const answer = (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => {
      const respond = () => {
        if (current.status !== OK) return callback({ code: current.status, details: 'as the test asks' })
        const body = toHexIds(decoder?.toObject(decoder.decode(call.request), { longs: String }))
        received.push({ path, body, headers: call.metadata.getMap() })
        callback(null, Buffer.alloc(0))
      }
      if (current.delayMs === Infinity) return
      timers.add(setTimeout(respond, current.delayMs))
    }
    server.addService(toExportService(service), { export: answer })
  }
  const boundPort = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  return {
    url: `http://127.0.0.1:${boundPort}`,
    received,
    behaviour: current,
    async stop() {
      for (const timer of timers) clearTimeout(timer)
      server.forceShutdown()
    },
  }
}

const pass = (bytes: Buffer) => bytes

function toExportService(service: string): ServiceDefinition {
  return {
    export: {
      path: `/opentelemetry.proto.collector.${service}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: pass,
      requestDeserialize: pass,
      responseSerialize: pass,
      responseDeserialize: pass,
    },
  }
}

/** OTLP/JSON writes ids as hexadecimal text; the only bytes in these messages are ids. */
function toHexIds(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(toHexIds)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toHexIds(member)]))
}
