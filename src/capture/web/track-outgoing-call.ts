import { tapBody } from './body-tap.ts'
import type { ExchangeOptions } from '../exchange-options.ts'
import { findScope, type ExchangeScope } from '../exchange-scope.ts'
import type { ResponseDigest } from '../../stream/digest-feed.ts'
import type { CaptureOptions } from '../exchange-recorder.ts'
import type { Guard } from '../../core/guard.ts'
import { watchOutgoingBody } from './outgoing-body.ts'
import { WebExchange } from './web-exchange.ts'

/** A call that this server makes, as the hooks see it. */
export interface OutgoingRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
}

/** The answer to it, as the hooks see it. */
export interface OutgoingResponse {
  readonly status: number
  readonly headers: Headers
}

export type OutgoingCallOptions = ExchangeOptions<OutgoingRequest, OutgoingResponse>

/** Watches one call that this server makes. Its methods never throw. */
export interface OutgoingCall {
  /** Looks at what `fetch` is called with. Answers the `init` to call it with. */
  watchRequest(input: string | URL | Request, init: RequestInit | undefined): RequestInit | undefined
  /** Watches the answer: the call ends when its body has been read. The object stays the same one. */
  watchResponse(response: Response): void
  /** No answer came. */
  fail(): void
}

/** `null` when the path is not monitored. Never throws. */
export function trackOutgoingCall<Digest extends ResponseDigest>(
  options: CaptureOptions<Digest>,
  request: OutgoingRequest,
  exchangeOptions: OutgoingCallOptions,
): OutgoingCall | null {
  const { method, url, headers } = request
  const { guard, maxBodySize } = options
  const start = () => {
    if (!options.isMonitored(method, url.pathname)) {
      options.onUnwatched(method, url.pathname, headers.get('content-type'))
      return null
    }
    const scope = findScope(options.onEnd)
    const source = { options: inScope(exchangeOptions, scope), request, response: null }
    const { host, pathname: path } = url
    const exchange = new WebExchange(options, { host, method, path, headers, source, onEnded: null, scope })
    scope?.beginCall()
    return exchange
  }
  const exchange = guard.run('capture', start, null)
  if (!exchange) return null
  return new WatchedCall(exchange, maxBodySize, guard)
}

/** A call belongs to whom the request belongs to that it is made for; asked now, while that request is there to be asked. */
function inScope(options: OutgoingCallOptions, scope: ExchangeScope | null): OutgoingCallOptions {
  if (!scope?.owner || options.identify) return options
  const identity = scope.owner.identify()
  if (identity === null) return options
  const { metadata, tags, provider } = options
  return { identify: () => identity, metadata, tags, provider }
}

class WatchedCall implements OutgoingCall {
  readonly #exchange: WebExchange
  readonly #maxBytes: number
  readonly #guard: Guard

  constructor(exchange: WebExchange, maxBytes: number, guard: Guard) {
    this.#exchange = exchange
    this.#maxBytes = maxBytes
    this.#guard = guard
  }

  watchRequest(input: string | URL | Request, init: RequestInit | undefined): RequestInit | undefined {
    const watch = () => watchOutgoingBody(this.#exchange, input, init, this.#maxBytes)
    return this.#guard.run('capture', watch, init)
  }

  watchResponse(response: Response): void {
    this.#guard.run('capture', () => watchResponse(this.#exchange, response), undefined)
  }

  fail(): void {
    this.#exchange.end('aborted')
  }
}

function watchResponse(exchange: WebExchange, response: Response): void {
  const { status, headers } = response
  // Of the hooks' response not the object itself, which the exchange must not hold. `fetch` undoes the encoding of the body.
  exchange.setHead({ status, headers, contentEncoding: null }, { status, headers })
  if (response.body === null) {
    exchange.end('complete')
    return
  }
  tapBody(response, exchange.responseReadings)
  exchange.endWhenForgotten(response)
}
