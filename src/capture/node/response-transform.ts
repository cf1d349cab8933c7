import type { ServerResponse } from 'node:http'
import type { ResponseHead } from '../exchange.ts'
import { readResponseHead } from './response-head.ts'

const kTransform = Symbol('token-tracker.response-transform')

/** Changes bytes on their way. Must not throw. */
export interface ByteTransform {
  /** False when as many bytes come out as go in. */
  readonly changesLength: boolean
  push(chunk: Uint8Array): Uint8Array
  end(): Uint8Array
}

/** Asked once, when the head of the response is known. `null` leaves its bytes alone. */
export type ChooseTransform = (response: ServerResponse, status: number, head: ResponseHead) => ByteTransform | null

interface TransformState {
  readonly writeHead: ServerResponse['writeHead']
  readonly write: ServerResponse['write']
  readonly end: ServerResponse['end']
  readonly choose: ChooseTransform
  chosen: boolean
  transform: ByteTransform | null
  /** Set while a call is passed on: HTTP/2 calls `write` from inside `end`. */
  inner: boolean
}

export type TransformedResponse = ServerResponse & { [kTransform]?: TransformState }

/**
 * Lets the bytes of a response pass a transform. Install it before the tap, which then sees what the handler wrote. Return
 * values, callbacks and throws stay those of the response; the wrappers are module-level functions for the reason told in
 * response-tap.ts.
 */
export function transformResponse(response: TransformedResponse, choose: ChooseTransform): void {
  if (response[kTransform]) return
  const { writeHead, write, end } = response
  response[kTransform] = { writeHead, write, end, choose, chosen: false, transform: null, inner: false }
  response.writeHead = transformedWriteHead
  response.write = transformedWrite
  response.end = transformedEnd
}

function transformedWriteHead(this: TransformedResponse, ...head: unknown[]): ServerResponse {
  const state = stateOf(this)
  const status = Number(head[0])
  const headers = typeof head[1] === 'string' ? head[2] : (head[2] ?? head[1])
  if (status >= 200) chooseOnce(this, state, status, headers, false)
  const changed = state.transform?.changesLength ? withoutLength(headers) : headers
  const call = head.map((argument) => (argument === headers ? changed : argument))
  return Reflect.apply(state.writeHead, this, call)
}

function transformedWrite(this: TransformedResponse, ...call: unknown[]): boolean {
  const state = stateOf(this)
  chooseOnce(this, state, this.statusCode, undefined, false)
  const bytes = state.inner || !state.transform ? null : toBytes(call[0], call[1])
  if (!bytes || !state.transform) return Reflect.apply(state.write, this, call)
  return passOn(state, () => Reflect.apply(state.write, this, [state.transform?.push(bytes), toCallback(call)]))
}

function transformedEnd(this: TransformedResponse, ...call: unknown[]): TransformedResponse {
  const state = stateOf(this)
  chooseOnce(this, state, this.statusCode, undefined, true)
  const { transform } = state
  if (state.inner || !transform || this.writableEnded) return Reflect.apply(state.end, this, call)
  const hasChunk = call[0] !== undefined && call[0] !== null && typeof call[0] !== 'function'
  const bytes = hasChunk ? toBytes(call[0], call[1]) : EMPTY
  if (!bytes) return Reflect.apply(state.end, this, call)
  const last = Buffer.concat([transform.push(bytes), transform.end()])
  // The length that a framework took of the whole body before it came to us.
  if (transform.changesLength && !this.headersSent && this.hasHeader('content-length'))
    this.setHeader('content-length', last.length)
  return passOn(state, () => Reflect.apply(state.end, this, [last, toCallback(call)]))
}

const EMPTY = Buffer.alloc(0)

/** The announced length is no longer true, and the new one is known only of a body that comes in one piece. */
function chooseOnce(
  response: ServerResponse,
  state: TransformState,
  status: number,
  given: unknown,
  isWhole: boolean,
): void {
  if (state.chosen) return
  state.chosen = true
  state.transform = state.choose(response, status, readResponseHead(response, given))
  if (state.transform?.changesLength && !isWhole && !response.headersSent) response.removeHeader('content-length')
}

/** `writeHead` takes an object, a flat array or pairs. */
function withoutLength(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return headers
  const isLength = (name: unknown) => String(name).toLowerCase() === 'content-length'
  if (!Array.isArray(headers)) return Object.fromEntries(Object.entries(headers).filter(([name]) => !isLength(name)))
  if (Array.isArray(headers[0])) return headers.filter((pair: unknown[]) => !isLength(pair[0]))
  return headers.filter((_, index) => !isLength(headers[index - (index % 2)]))
}

function passOn<Answer>(state: TransformState, call: () => Answer): Answer {
  state.inner = true
  try {
    return call()
  } finally {
    state.inner = false
  }
}

/** `null` for what the response will refuse by itself. */
function toBytes(chunk: unknown, encoding: unknown): Uint8Array | null {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk !== 'string') return null
  if (typeof encoding !== 'string') return Buffer.from(chunk)
  return Buffer.isEncoding(encoding) ? Buffer.from(chunk, encoding) : null
}

function toCallback(call: readonly unknown[]): unknown {
  return call.find((argument) => typeof argument === 'function')
}

function stateOf(response: TransformedResponse): TransformState {
  return response[kTransform] as TransformState
}
