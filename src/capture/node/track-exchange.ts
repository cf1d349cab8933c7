import type { IncomingMessage, ServerResponse } from 'node:http'
import { BodyParts } from '../../stream/body-parts.ts'
import type { BodyCollector } from '../../stream/body-collector.ts'
import type { ResponseDigest } from '../../stream/digest-feed.ts'
import type { CapturedBody, CapturedRequest, ResponseHead } from '../exchange.ts'
import { getBodyOwner, type ExchangeSource } from '../exchange-options.ts'
import type { HandlerScope } from '../exchange-scope.ts'
import { ExchangeRecorder, type CaptureOptions } from '../exchange-recorder.ts'
import { readRequestPath } from '../request-path.ts'
import { readParsedBody } from './parsed-body.ts'
import { isQueued, watchQueuedResponse } from './queued-response.ts'
import { releaseRequest, tapRequest } from './request-tap.ts'
import { closeResponse, isGone, tapResponse, type ResponseTapHandlers } from './response-tap.ts'

type HttpRequest = IncomingMessage & { originalUrl?: unknown }

/**
 * Watches one exchange on node:http or node:http2 and hands over its record when it ends. Does nothing when the path is
 * not monitored or the exchange is watched already. Answers what the handler is to run in, for the calls that it makes. Never
 * throws.
 */
export function trackExchange<Digest extends ResponseDigest>(
  options: CaptureOptions<Digest>,
  request: HttpRequest,
  response: ServerResponse,
  source: ExchangeSource,
): HandlerScope | null {
  try {
    const path = readRequestPath(request)
    if (!options.isMonitored(request.method, path)) {
      options.onUnwatched(request.method, path, request.headers['content-type'])
      return null
    }
    const exchange = new NodeExchange(options, request, response, source, path)
    if (!tapResponse(response, exchange)) return null
    exchange.watchRequest()
    if (isGone(response, request.socket)) exchange.abandon()
    else if (isQueued(response)) watchQueuedResponse(response, request.socket, closeResponse)
    return exchange.openScope(request.headers)
  } catch (error) {
    options.guard.report('capture', error)
    return null
  }
}

/** The taps of request and response call back into it. */
class NodeExchange<Digest extends ResponseDigest> extends ExchangeRecorder<Digest> implements ResponseTapHandlers {
  readonly #request: HttpRequest
  readonly #response: ServerResponse
  #isAbandoned = false

  constructor(
    options: CaptureOptions<Digest>,
    request: HttpRequest,
    response: ServerResponse,
    source: ExchangeSource,
    path: string,
  ) {
    super(options, source, { method: request.method ?? 'POST', path }, request.headers)
    this.#request = request
    this.#response = response
  }

  /** Not where the body is parsed already, is none, or is of a type that no known API takes. */
  watchRequest(): void {
    const request = this.#request
    if (!mayHaveBody(request) || readParsedBody(getBodyOwner(this.source)) !== null) return
    const contentType = request.headers['content-type'] ?? null
    if (contentType !== null && !READABLE_REQUEST.test(contentType)) return
    tapRequest(request, this.createRequestCollector(contentType))
  }

  onHead(head: ResponseHead): BodyCollector<Digest> {
    this.head = head
    // A parser has run: its object is held by the request anyway, the bytes would be a second copy.
    if (readParsedBody(getBodyOwner(this.source)) !== null) releaseRequest(this.#request)
    this.responseBody = this.createResponseCollector(head)
    return this.responseBody
  }

  /** For a client that left before its request came to us: nothing will tell of it any more. */
  abandon(): void {
    this.#isAbandoned = true
    setImmediate(closeResponse, this.#response)
  }

  onClose(): void {
    // Not 'finish': HTTP/2 emits it on aborts too.
    this.end(this.#response.writableEnded && !this.#isAbandoned ? 'complete' : 'aborted')
  }

  protected readHost(): null {
    return null
  }

  protected readRemoteAddress(): string | null {
    return this.#request.socket?.remoteAddress ?? null
  }

  protected readStatus(): number | null {
    return this.#response.headersSent ? this.#response.statusCode : null
  }

  protected takeRequest(): CapturedRequest {
    const { headers } = this.#request
    const body = releaseRequest(this.#request)?.take() ?? null
    const parsedBody = readParsedBody(getBodyOwner(this.source))
    if (typeof parsedBody !== 'string' && !(parsedBody instanceof Uint8Array)) return { headers, parsedBody, body }
    // A raw parser's limit may be far above ours.
    const isTooLarge = parsedBody.length > this.options.maxBodySize
    return isTooLarge
      ? { headers, parsedBody: null, body: toOversize(parsedBody.length) }
      : { headers, parsedBody, body }
  }
}

function toOversize(size: number): CapturedBody<never> {
  return { head: new BodyParts(), tail: EMPTY, digest: null, size, truncated: true }
}

const EMPTY = Buffer.alloc(0)

/** JSON under its many names, what clients without a JSON library send it as, and forms, whose fields name the model. */
const READABLE_REQUEST = /json|^text\/|^application\/(?:octet-stream|x-www-form-urlencoded)|^multipart\/form-data/i

function mayHaveBody(request: HttpRequest): boolean {
  const length = request.headers['content-length']
  if (length !== undefined) return length !== '0'
  return request.headers['transfer-encoding'] !== undefined || request.httpVersionMajor > 1
}
