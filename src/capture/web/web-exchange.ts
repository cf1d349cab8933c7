import type { BodyCollector } from '../../stream/body-collector.ts'
import type { ResponseDigest } from '../../stream/digest-feed.ts'
import type { CapturedRequest, ExchangeOutcome, ResponseHead } from '../exchange.ts'
import type { ExchangeSource } from '../exchange-options.ts'
import { ExchangeRecorder, type CaptureOptions } from '../exchange-recorder.ts'
import type { ExchangeScope } from '../exchange-scope.ts'
import { readTellingHeaders } from '../telling-headers.ts'
import type { BodyReadings } from './body-tap.ts'
import type { StreamTap } from './stream-flow.ts'

/** An exchange over web-standard objects: one that this server answers, or a call that it makes itself. */
export interface WebExchangeStart {
  /** Host that serves the call; `null` where it is this server. */
  readonly host: string | null
  readonly method: string
  readonly path: string
  /** Read now, for they may be changed behind us. */
  readonly headers: Headers
  /** Where its response is `null`, it is the one that comes. */
  readonly source: Omit<ExchangeSource, 'bodyOwner'>
  /** Called once, when the exchange was handed over. */
  readonly onEnded: (() => void) | null
  /** The exchange that a call is made for: it says whose call it is, where the call itself does not. */
  readonly scope: ExchangeScope | null
}

export interface WebResponseHead {
  readonly status: number
  readonly headers: Headers
  /** Of the bytes that pass here, not always that of the header. */
  readonly contentEncoding: string | null
}

/** Taps of the two bodies report to it. Its methods never throw. */
export class WebExchange<Digest extends ResponseDigest = ResponseDigest> extends ExchangeRecorder<Digest> {
  /** Reports how the request's body is read. */
  readonly requestReadings: BodyReadings = {
    open: () => this.#openRequest(),
    openWhole: () => this.#openRequest(),
    onClone() {},
  }
  /** Reports how the response's body is read; the exchange ends with it. */
  readonly responseReadings: BodyReadings = {
    open: () => this.#openResponse(),
    openWhole: () => {
      this.#isReadWhole = true
      return this.#openResponse()
    },
    onClone: () => void this.#branches++,
  }
  readonly #host: string | null
  readonly #requestType: string | null
  readonly requestHeaders: CapturedRequest['headers']
  #requestBody: BodyCollector<never> | null = null
  #status: number | null = null
  /** Bodies that may still be read to their end: the response's own and its clones. */
  #branches = 1
  #isReadWhole = false
  #isRegistered = false
  readonly #onEnded: (() => void) | null

  constructor(
    options: CaptureOptions<Digest>,
    { host, method, path, headers, source, onEnded, scope }: WebExchangeStart,
  ) {
    super(
      options,
      { options: source.options, request: source.request, response: source.response },
      { method, path },
      { traceparent: headers.get('traceparent') ?? '' },
    )
    this.#host = host
    this.#onEnded = onEnded
    this.#requestType = headers.get('content-type')
    this.scope = scope
    this.requestHeaders = readRequestHeaders(headers, options.identityHeaders, scope?.owner?.headers)
  }

  /** Takes a request body that is known from the start. */
  setRequestBody(body: string | Uint8Array): void {
    const reading = this.requestReadings.open()
    reading.onChunk(body)
    reading.onEnd(true)
  }

  /** `response` is what the metadata hook is called with, unless the source has its own. */
  setHead({ status, headers, contentEncoding }: WebResponseHead, response: unknown): void {
    this.#status = status
    const { options, request } = this.source
    this.source = { options, request, response: this.source.response ?? response }
    this.head = {
      contentType: headers.get('content-type'),
      contentEncoding,
      headers: readTellingHeaders((name) => headers.get(name)),
    }
  }

  /** Ends when nobody holds `body` any more, and so will never read it to its end. Must not be held by the exchange. */
  endWhenForgotten(body: object): void {
    if (untouched.push({ body, exchange: this }) === 1) setImmediate(registerUntouched)
  }

  override end(outcome: ExchangeOutcome): void {
    if (this.hasEnded) return
    super.end(outcome)
    this.#onEnded?.()
    if (this.#isRegistered) forgotten.unregister(this)
    this.#isRegistered = false
  }

  /** Registering keeps alive what it concerns until a full collection: a body that is read at once needs none. */
  registerUnlessSafe(body: object): void {
    if (this.hasEnded || (this.#isReadWhole && this.#branches === 1)) return
    this.#isRegistered = true
    forgotten.register(body, this, this)
  }

  protected readHost(): string | null {
    return this.#host
  }

  protected readRemoteAddress(): null {
    return null
  }

  protected readStatus(): number | null {
    return this.#status
  }

  protected takeRequest(): CapturedRequest {
    return { headers: this.requestHeaders, parsedBody: null, body: this.#requestBody?.take() ?? null }
  }

  #openRequest(): StreamTap {
    const collector = this.createRequestCollector(this.#requestType)
    return {
      onChunk: (chunk) => {
        try {
          if (isBytesOrText(chunk)) collector.add(chunk)
        } catch (error) {
          this.onFault(error)
        }
      },
      onEnd: (complete) => {
        if (complete) this.#requestBody ??= collector
      },
    }
  }

  #openResponse(): StreamTap {
    let own: OwnResponse<Digest> | null = null
    const see = (chunk: string | Uint8Array) => {
      if (this.hasEnded || chunk.length === 0) return
      this.onFirstByte()
      own ??= this.#startResponse(chunk)
      if (!this.responseBody) this.#keep(own)
      own.collector.add(chunk)
    }
    return {
      onChunk: (chunk) => {
        try {
          if (isBytesOrText(chunk)) see(chunk)
        } catch (error) {
          this.onFault(error)
        }
      },
      onEnd: (complete) => {
        if (complete && own) this.#keep(own)
        if (complete) this.end('complete')
        else if (--this.#branches <= 0) this.end('aborted')
      },
    }
  }

  #startResponse(first: string | Uint8Array): OwnResponse<Digest> {
    const { contentType, contentEncoding, headers } = this.head
    const isPlain = contentEncoding === null || startsAsText(first)
    const head = { contentType, contentEncoding: isPlain ? null : contentEncoding, headers }
    return { head, collector: this.createResponseCollector(head) }
  }

  #keep({ head, collector }: OwnResponse<Digest>): void {
    this.head = head
    this.responseBody = collector
  }
}

/** What one reading of the response has seen. */
interface OwnResponse<Digest extends ResponseDigest> {
  readonly head: ResponseHead
  readonly collector: BodyCollector<Digest>
}

/** Bodies that came in this turn of the event loop: nearly all are being read when it is over. */
let untouched: { readonly body: object; readonly exchange: WebExchange }[] = []

function registerUntouched(): void {
  const bodies = untouched
  untouched = []
  for (const { body, exchange } of bodies) exchange.registerUnlessSafe(body)
}

const forgotten = new FinalizationRegistry<WebExchange>((exchange) => exchange.end('aborted'))

/** `fetch` undoes the encoding and leaves the header, so what a handler passes on is often plain in spite of it. */
function startsAsText(first: string | Uint8Array): boolean {
  if (typeof first === 'string') return true
  const start = Buffer.from(first.buffer, first.byteOffset, Math.min(first.length, 64)).toString('latin1')
  return /^\s*(?:[[{]|(?:data|event|id|retry)?:)[\s\x20-\xff]*$/.test(start)
}

function isBytesOrText(chunk: unknown): chunk is string | Uint8Array {
  return typeof chunk === 'string' || chunk instanceof Uint8Array
}

/**
 * What is read of a request's headers later: looking up a few costs a tenth of copying them all. Those that name the user
 * may be `outer`, of the request that a call is made for.
 */
function readRequestHeaders(
  headers: Headers,
  identityHeaders: readonly string[] = [],
  outer?: CapturedRequest['headers'],
): CapturedRequest['headers'] {
  const kept: Record<string, string | string[]> = {}
  const keep = (name: string, value = headers.get(name) ?? outer?.[name]) => {
    if (value !== undefined) kept[name] = value
  }
  for (const name of KEPT_HEADERS) keep(name, headers.get(name) ?? undefined)
  for (const name of identityHeaders) keep(name)
  return kept
}

const KEPT_HEADERS = ['x-request-id', 'content-encoding'] as const
