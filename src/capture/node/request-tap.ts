import type { IncomingMessage } from 'node:http'
import type { BodyCollector } from '../../stream/body-collector.ts'

const kTap = Symbol('token-tracker.request-tap')

interface RequestTap {
  readonly emit: IncomingMessage['emit']
  collector: BodyCollector<never> | null
}

export type TappedRequest = IncomingMessage & { [kTap]?: RequestTap }

/**
 * Watches the chunks that the request gives its readers, without being one: a 'data' listener would start the flow and
 * rob a late reader of its body. `emit` sees every chunk once, however the body is read, also those that were buffered
 * before us. The wrapper is a module-level function for the reason told in response-tap.ts.
 */
export function tapRequest(request: TappedRequest, collector: BodyCollector<never>): void {
  request[kTap] = { emit: request.emit, collector }
  request.emit = tappedEmit
}

/** Hands over what was kept and keeps no more. */
export function releaseRequest(request: TappedRequest): BodyCollector<never> | null {
  const tap = request[kTap]
  if (!tap) return null
  const { collector } = tap
  tap.collector = null
  return collector
}

function tappedEmit(this: TappedRequest, ...call: unknown[]): boolean {
  const tap = this[kTap] as RequestTap
  if (tap.collector && call[0] === 'data') see(tap, tap.collector, call[1], this.readableEncoding)
  return Reflect.apply(tap.emit, this, call)
}

function see(tap: RequestTap, collector: BodyCollector<never>, chunk: unknown, encoding: string | null): void {
  if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return
  try {
    collector.add(chunk, encoding)
  } catch {
    // Only memory could run out here. The request goes on; its prompt is then unknown.
    tap.collector = null
  }
}
