import type { IncomingMessage } from 'node:http'
import type { BodyCollector } from './body-collector.ts'

const kTap = Symbol('token-tracker.request-tap')

export interface RequestTapHandlers {
  /**
   * The request ended and its socket is dead. On Node 20 a queued (pipelined) response never emits 'close' then
   * (nodejs/node#62534), so this may be the only word that the exchange is over.
   */
  onSocketGone(): void
}

interface RequestTap {
  readonly emit: IncomingMessage['emit']
  readonly handlers: RequestTapHandlers
  collector: BodyCollector | null
}

export type TappedRequest = IncomingMessage & { [kTap]?: RequestTap }

/**
 * Watches the chunks that the request gives its readers, without being one: a 'data' listener would start the flow and
 * rob a late reader of its body. `emit` sees every chunk once, however the body is read, also those that were buffered
 * before us. The wrapper is a module-level function for the reason told in response-tap.ts.
 */
export function tapRequest(
  request: TappedRequest,
  collector: BodyCollector | null,
  handlers: RequestTapHandlers,
): void {
  request[kTap] = { emit: request.emit, handlers, collector }
  request.emit = tappedEmit
}

/** Hands over what was kept and keeps no more. */
export function releaseRequest(request: TappedRequest): BodyCollector | null {
  const tap = request[kTap]
  if (!tap) return null
  const { collector } = tap
  tap.collector = null
  return collector
}

function tappedEmit(this: TappedRequest, ...call: unknown[]): boolean {
  const tap = this[kTap] as RequestTap
  if (call[0] === 'data') see(tap, call[1], this.readableEncoding)
  else if (call[0] === 'close' && this.socket?.destroyed) setImmediate(reportSocketGone, tap)
  return Reflect.apply(tap.emit, this, call)
}

function reportSocketGone(tap: RequestTap): void {
  tap.handlers.onSocketGone()
}

function see(tap: RequestTap, chunk: unknown, encoding: string | null): void {
  if (!tap.collector || (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))) return
  try {
    tap.collector.add(chunk, encoding)
  } catch {
    // Only memory could run out here. The request goes on; its prompt is then unknown.
    tap.collector = null
  }
}
