import { tapBody } from './body-tap.ts'
import type { ExchangeSource } from '../exchange-options.ts'
import type { ResponseDigest } from '../../stream/digest-feed.ts'
import type { CaptureOptions } from '../exchange-recorder.ts'
import { toPath } from '../request-path.ts'
import { isThenable } from '../../core/thenable.ts'
import { tapStream } from './stream-tap.ts'
import { WebExchange } from './web-exchange.ts'

/** What an adapter says of an exchange over web-standard objects. */
export interface WebSource extends Omit<ExchangeSource, 'bodyOwner'> {
  /** What the metadata hook is called with; `null` for the response itself, which is not there yet. */
  readonly response: unknown
  /** Called when the exchange is known to be watched. What it answers is called once, when the exchange has ended. */
  onWatched?(): (() => void) | null
  /** Answers the body again where it was read before us. */
  readText?(): Promise<string>
}

/**
 * Watches one exchange that a web-standard handler answers, and hands over its record when the body of the response has
 * been read. Answers what `respond` answers: a promise or not, an error, or a response with the same status, headers and
 * bytes. Does nothing when the path is not monitored or the exchange is watched already.
 */
export function trackWebExchange<Digest extends ResponseDigest, Answer extends Response | Promise<Response>>(
  options: CaptureOptions<Digest>,
  request: Request,
  source: WebSource,
  respond: () => Answer,
): Answer {
  const exchange = options.guard.run('capture', () => startExchange(options, request, source), null)
  if (!exchange) return respond()
  const fail = (error: unknown): never => {
    // What every server makes of a handler that throws.
    exchange.setHead({ status: 500, headers: new Headers(), contentEncoding: null }, null)
    exchange.end('complete')
    throw error
  }
  const scope = exchange.openScope(exchange.requestHeaders)
  let answer: Answer
  try {
    answer = scope ? scope.run(respond) : respond()
  } catch (error) {
    return fail(error)
  }
  const watch = (response: Response) => {
    const watched = options.guard.run('capture', () => watchResponse(exchange, response), null)
    if (!watched) exchange.end('aborted')
    return watched ?? response
  }
  return (isThenable(answer) ? answer.then(watch, fail) : watch(answer)) as Answer
}

/** Mounting twice counts once. */
const watchedRequests = new WeakSet<Request>()

function startExchange<Digest extends ResponseDigest>(
  options: CaptureOptions<Digest>,
  request: Request,
  source: WebSource,
): WebExchange<Digest> | null {
  if (watchedRequests.has(request)) return null
  const path = toPath(request.url)
  if (!options.isMonitored(request.method, path)) {
    options.onUnwatched(request.method, path, request.headers.get('content-type'))
    return null
  }
  watchedRequests.add(request)
  const { headers } = request
  const exchange = new WebExchange(options, {
    host: null,
    method: request.method,
    path,
    headers,
    source,
    scope: null,
    onEnded: options.guard.run('waitUntil', () => source.onWatched?.() ?? null, null),
  })
  // Without it the prompt stays unknown; the exchange counts all the same.
  options.guard.run('capture', () => watchRequest(exchange, request, source), undefined)
  return exchange
}

function watchRequest(exchange: WebExchange, request: Request, source: WebSource): void {
  if (!source.readText || !request.bodyUsed) return tapBody(request, exchange.requestReadings)
  const take = (text: string) => exchange.setRequestBody(text)
  source.readText().then(take, () => {})
}

function watchResponse(exchange: WebExchange, response: Response): Response {
  const { status, statusText, headers } = response
  exchange.setHead({ status, headers, contentEncoding: headers.get('content-encoding') }, response)
  const source = response.body
  // A response of type 'error' has status 0; one that upgrades the connection has 101. Neither can be made anew.
  if (source === null || source === undefined || status < 200 || source.locked || response.bodyUsed) {
    exchange.end(status === 0 ? 'aborted' : 'complete')
    return response
  }
  const { stream } = tapStream(source, exchange.responseReadings.open())
  exchange.endWhenForgotten(stream)
  const answer = new Response(stream, { status, statusText, headers })
  // Hono on Node sends a response whose body was never looked at in chunks, and finds the length of a short one otherwise.
  void answer.body
  return answer
}
