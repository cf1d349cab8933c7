import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../core/clock.ts'
import type { Guard } from '../core/guard.ts'
import { isObject } from '../core/json.ts'
import { BodyCollector } from './body-collector.ts'
import type { CompletedExchange, CreateDigest, Identity, TraceContext } from './exchange.ts'
import { releaseRequest, tapRequest, type RequestTapHandlers } from './request-tap.ts'
import { closeResponse, tapResponse, type ResponseHead, type ResponseTapHandlers } from './response-tap.ts'
import { readTraceContext } from './trace-context.ts'

/** What is the same for all exchanges of one tracker. */
export interface CaptureOptions {
  readonly maxBodySize: number
  readonly clock: Clock
  readonly guard: Guard
  readonly createDigest: CreateDigest
  isMonitored(method: string | undefined, path: string): boolean
  onComplete(exchange: CompletedExchange): void
}

/** The host's hooks. Called when the exchange ends, so that authentication behind us has run. A throw loses the answer only. */
export interface ExchangeHooks<Request = IncomingMessage, Response = ServerResponse> {
  identify?: ((request: Request) => Identity | Promise<Identity>) | undefined
  metadata?: ((request: Request, response: Response) => Record<string, unknown>) | undefined
  readonly tags?: readonly string[] | undefined
}

/** Frameworks keep the parsed body and their own request object in different places. */
export interface ExchangeSource {
  readonly hooks: ExchangeHooks<never, never>
  /** What hooks are called with: the framework's request and response. */
  readonly request: unknown
  readonly response: unknown
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
    if (tapResponse(response, exchange)) tapRequest(request, exchange.createRequestCollector(), exchange)
  } catch (error) {
    options.guard.report('capture', error)
  }
}

/** State of one exchange from its start to its end; the taps call back into it. */
class Exchange implements ResponseTapHandlers, RequestTapHandlers {
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
    if (this.#hasParsedBody() || !mayHaveBody(this.#request)) return null
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
    if (this.#hasParsedBody()) releaseRequest(this.#request)
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

  onFirstByte(): void {
    this.#firstByte = this.#options.clock.elapsed()
  }

  onSocketGone(): void {
    closeResponse(this.#response)
  }

  onFault(error: unknown): void {
    this.#options.guard.report('capture', error)
  }

  onClose(): void {
    const { clock } = this.#options
    const { headers } = this.#request
    const response = this.#response
    const { hooks } = this.#source
    const requestBody = releaseRequest(this.#request)
    this.#options.onComplete({
      startedAt: this.#startedAt,
      durationMs: clock.elapsed() - this.#start,
      firstByteMs: this.#firstByte === null ? null : this.#firstByte - this.#start,
      path: this.#path,
      traceContext: this.#traceContext,
      request: {
        headers,
        parsedBody: this.#hasParsedBody() ? this.#parsedBody() : null,
        body: requestBody?.take() ?? null,
      },
      response: {
        status: response.headersSent ? response.statusCode : null,
        ...this.#head,
        body: this.#responseBody?.take() ?? null,
      },
      // Not 'finish': HTTP/2 emits it on aborts too.
      outcome: response.writableEnded ? 'complete' : 'aborted',
      identity: this.#identify(),
      metadata: this.#ask('metadata', hooks.metadata),
      tags: hooks.tags ?? [],
    })
  }

  #identify(): Identity | Promise<Identity | null> | null {
    const answer = this.#ask('identify', this.#source.hooks.identify)
    if (!(answer instanceof Promise)) return answer
    return answer.catch((error: unknown) => {
      this.#options.guard.report('identify hook', error)
      return null
    })
  }

  #ask<Answer>(name: string, hook: ((request: never, response: never) => Answer) | undefined): Answer | null {
    if (!hook) return null
    const { request, response } = this.#source
    return this.#options.guard.run(`${name} hook`, () => hook(request as never, response as never), null)
  }

  /** Express 4 leaves `{}` behind when parsing failed, so an empty object says nothing. */
  #hasParsedBody(): boolean {
    const body = this.#parsedBody()
    if (isObject(body) && !(body instanceof Uint8Array)) return Object.keys(body).length > 0
    return (typeof body === 'string' || body instanceof Uint8Array) && body.length > 0
  }

  #parsedBody(): unknown {
    return (this.#source.request as { body?: unknown }).body
  }
}

const NO_HEAD: ResponseHead = { contentType: null, contentEncoding: null }

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
