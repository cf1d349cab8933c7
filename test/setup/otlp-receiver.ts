import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

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

export const PROTOCOLS = ['grpc', 'http/protobuf', 'http/json'] as const

type Receiver = OtlpReceiver & { behaviour: ReceiverBehaviour }

/** An OTLP receiver of this protocol. Over HTTP it answers what gRPC's status stands for there. */
export function startReceiverOf(
  protocol: (typeof PROTOCOLS)[number],
  options: Partial<ReceiverBehaviour> & { port?: number } = {},
): Promise<Receiver> {
  return protocol === 'grpc' ? startOtlpReceiver(options) : startHttpReceiver(options)
}

/** An OTLP/HTTP receiver in this process, for both forms, below `/otlp`. */
async function startHttpReceiver(options: Partial<ReceiverBehaviour> & { port?: number }): Promise<Receiver> {
  const { port = 0, delayMs = 0, status = OK } = options
  const received: OtlpRequest[] = []
  const current: ReceiverBehaviour = { delayMs, status }
  const server = createServer(async (request, response) => {
    const bytes = Buffer.concat(await request.toArray())
    if (current.delayMs === Infinity) return
    await sleep(current.delayMs)
    const signal = signals.find(({ path }) => `/otlp${path}` === request.url)
    response.statusCode = signal === undefined ? 404 : current.status === OK ? 200 : 503
    response.setHeader('content-type', request.headers['content-type'] ?? '')
    response.end(request.headers['content-type'] === 'application/json' ? '{}' : '')
    if (signal === undefined || response.statusCode !== 200) return
    const { path, decoder } = signal
    const body: unknown =
      request.headers['content-type'] === 'application/json'
        ? JSON.parse(bytes.toString())
        : toHexIds(decoder?.toObject(decoder.decode(bytes), { longs: String }))
    received.push({ path, body, headers: request.headers })
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/otlp`,
    received,
    behaviour: current,
    async stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** An OTLP gRPC receiver in this process, on a free port unless one is given. */
export async function startOtlpReceiver(
  behaviour: Partial<ReceiverBehaviour> & { port?: number } = {},
): Promise<Receiver> {
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
