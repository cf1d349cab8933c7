import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import type { Guard } from '../../core/guard.ts'
import { BodyParts } from '../body-parts.ts'
import { BodyCollector } from '../body-collector.ts'
import type { CapturedBody, CapturedExchange, CreateDigest, TraceContext } from '../exchange.ts'
import { askIdentity, askMetadata, type ExchangeSource } from '../exchange-options.ts'
import { readParsedBody } from './parsed-body.ts'
import { isQueued, watchQueuedResponse } from './queued-response.ts'
import { releaseRequest, tapRequest } from './request-tap.ts'
import type { ResponseHead } from './response-head.ts'
import { closeResponse, isGone, tapResponse, type ResponseTapHandlers } from './response-tap.ts'
import { readTraceContext } from '../trace-context.ts'

export type { ExchangeOptions, ExchangeSource } from '../exchange-options.ts'

/** What is the same for all exchanges of one tracker. */
export interface CaptureOptions {
  readonly maxBodySize: number
  readonly clock: Clock
  readonly guard: Guard
  readonly createDigest: CreateDigest
  isMonitored(method: string | undefined, path: string): boolean
  onComplete(exchange: CapturedExchange): void
}

type HttpRequest = IncomingMessage & { originalUrl?: unknown }

/**
 * Watches one exchange on node:http or node:http2 and hands over its record when it ends. Does nothing when the path is
 * not monitored or the exchange is watched already. Never throws.
 */
export function trackExchange(
  options: CaptureOptions,
  request: HttpRequest,
  response: ServerResponse,
  source: ExchangeSource,
): void {
  try {
    const path = readPath(request)
    if (!options.isMonitored(request.method, path)) return
    const exchange = new Exchange(options, request, response, source, path)
    if (!tapResponse(response, exchange)) return
    const collector = exchange.createRequestCollector()
    if (collector) tapRequest(request, collector)
    if (isGone(response, request.socket)) exchange.abandon()
    else if (isQueued(response)) watchQueuedResponse(response, request.socket, closeResponse)
  } catch (error) {
    options.guard.report('capture', error)
  }
}

/** State of one exchange from its start to its end; the taps call back into it. */
class Exchange implements ResponseTapHandlers {
  readonly #options: CaptureOptions
  readonly #request: HttpRequest
  readonly #response: ServerResponse
  readonly #source: ExchangeSource
  readonly #path: string
  readonly #startedAt: number
  readonly #start: number
  readonly #traceContext: TraceContext | null
  #head: ResponseHead = NO_HEAD
  #responseBody: BodyCollector | null = null
  #firstByte: number | null = null
  #isAbandoned = false

  constructor(
    options: CaptureOptions,
    request: HttpRequest,
    response: ServerResponse,
    source: ExchangeSource,
    path: string,
  ) {
    this.#options = options
    this.#request = request
    this.#response = response
    this.#source = source
    this.#path = path
    this.#startedAt = options.clock.now()
    this.#start = options.clock.elapsed()
    this.#traceContext = readTraceContext(request.headers)
  }

  /** `null` where the body is parsed already, is none, or is of a type that no known API takes. */
  createRequestCollector(): BodyCollector | null {
    const { headers } = this.#request
    if (!mayHaveBody(this.#request) || readParsedBody(this.#source.request) !== null) return null
    const contentType = headers['content-type'] ?? null
    if (contentType !== null && !READABLE_REQUEST.test(contentType)) return null
    return new BodyCollector({
      maxBytes: this.#options.maxBodySize,
      createDigest: null,
      path: this.#path,
      contentType,
      keepTail: false,
    })
  }

  onHead(head: ResponseHead): BodyCollector {
    this.#head = head
    // A parser has run: its object is held by the request anyway, the bytes would be a second copy.
    if (readParsedBody(this.#source.request) !== null) releaseRequest(this.#request)
    const isPlain = head.contentEncoding === null || head.contentEncoding.toLowerCase() === 'identity'
    this.#responseBody = new BodyCollector({
      maxBytes: this.#options.maxBodySize,
      createDigest: isPlain ? this.#options.createDigest : null,
      path: this.#path,
      contentType: head.contentType,
      keepTail: isPlain,
    })
    return this.#responseBody
  }

  /** For a client that left before its request came to us: nothing will tell of it any more. */
  abandon(): void {
    this.#isAbandoned = true
    setImmediate(closeResponse, this.#response)
  }

  onFirstByte(): void {
    this.#firstByte = this.#options.clock.elapsed()
  }

  onFault(error: unknown): void {
    this.#options.guard.report('capture', error)
  }

  onClose(): void {
    const { clock, guard } = this.#options
    const response = this.#response
    const source = this.#source
    const head = this.#head
    this.#options.onComplete({
      startedAt: this.#startedAt,
      durationMs: clock.elapsed() - this.#start,
      firstByteMs: this.#firstByte === null ? null : this.#firstByte - this.#start,
      host: null,
      provider: source.options.provider ?? null,
      remoteAddress: this.#request.socket?.remoteAddress ?? null,
      path: this.#path,
      traceContext: this.#traceContext,
      request: this.#takeRequest(),
      response: {
        status: response.headersSent ? response.statusCode : null,
        contentType: head.contentType,
        contentEncoding: head.contentEncoding,
        headers: head.headers,
        body: this.#responseBody?.take() ?? null,
      },
      // Not 'finish': HTTP/2 emits it on aborts too.
      outcome: response.writableEnded && !this.#isAbandoned ? 'complete' : 'aborted',
      identity: askIdentity(source, guard),
      metadata: askMetadata(source, guard),
      tags: source.options.tags ?? [],
    })
  }

  #takeRequest(): CapturedExchange['request'] {
    const { headers } = this.#request
    const body = releaseRequest(this.#request)?.take() ?? null
    const parsedBody = readParsedBody(this.#source.request)
    if (typeof parsedBody !== 'string' && !(parsedBody instanceof Uint8Array)) return { headers, parsedBody, body }
    // A raw parser's limit may be far above ours.
    const isTooLarge = parsedBody.length > this.#options.maxBodySize
    return isTooLarge
      ? { headers, parsedBody: null, body: toOversize(parsedBody.length) }
      : { headers, parsedBody, body }
  }
}

function toOversize(size: number): CapturedBody {
  return { head: new BodyParts(), tail: EMPTY, digest: null, size, truncated: true }
}

const EMPTY = Buffer.alloc(0)
const NO_HEAD: ResponseHead = { contentType: null, contentEncoding: null, headers: {} }

/** JSON under its many names, and what clients without a JSON library send it as. */
const READABLE_REQUEST = /json|^text\/|^application\/(?:octet-stream|x-www-form-urlencoded)/i

function mayHaveBody(request: HttpRequest): boolean {
  const length = request.headers['content-length']
  if (length !== undefined) return length !== '0'
  return request.headers['transfer-encoding'] !== undefined || request.httpVersionMajor > 1
}

/** The path as the client sent it: Express cuts the mount path off `url` and keeps the whole in `originalUrl`. */
function readPath(request: HttpRequest): string {
  const target = typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '/')
  // Clients of a forward proxy send the whole URL (RFC 9112 §3.2.2).
  const url = target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/?]*/i, '')
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}
