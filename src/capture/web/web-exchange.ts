import type { BodyCollector, ResponseDigest } from '../../stream/body-collector.ts'
import type { CapturedRequest, ResponseHead } from '../exchange.ts'
import type { ExchangeSource } from '../exchange-options.ts'
import { ExchangeRecorder, type CaptureOptions } from '../exchange-recorder.ts'
import type { BodyReadings } from './body-tap.ts'
import type { StreamTap } from './stream-tap.ts'

/** An exchange over web-standard objects: one that this server answers, or a call that it makes itself. */
export interface WebExchangeStart {
  /** Host that serves the call; `null` where it is this server. */
  readonly host: string | null
  readonly method: string
  readonly path: string
  readonly headers: Headers
  /** Without a response, which is not there yet. */
  readonly source: Omit<ExchangeSource, 'response'>
}

export interface WebResponseHead {
  readonly status: number
  readonly headers: Headers
}

/** Taps of the two bodies report to it. Its methods never throw. */
export class WebExchange<Digest extends ResponseDigest = ResponseDigest> extends ExchangeRecorder<Digest> {
  /** Reports how the request's body is read. */
  readonly requestReadings: BodyReadings = { open: () => this.#openRequest(), onClone() {} }
  /** Reports how the response's body is read; the exchange ends with it. */
  readonly responseReadings: BodyReadings = {
    open: () => this.#openResponse(),
    onClone: () => void this.#branches++,
  }
  readonly #host: string | null
  readonly #headers: Headers
  #requestBody: BodyCollector<never> | null = null
  #responseHead: WebResponseHead | null = null
  /** Bodies that may still be read to their end: the response's own and its clones. */
  #branches = 1

  constructor(options: CaptureOptions<Digest>, { host, method, path, headers, source }: WebExchangeStart) {
    super(
      options,
      { options: source.options, request: source.request, response: null },
      { method, path },
      { traceparent: headers.get('traceparent') ?? '' },
    )
    this.#host = host
    this.#headers = headers
  }

  /** Takes a request body that is known from the start. */
  setRequestBody(body: string | Uint8Array): void {
    const reading = this.#openRequest()
    reading.onChunk(body)
    reading.onEnd(true)
  }

  /** `response` is what the metadata hook is called with. */
  setHead(head: WebResponseHead, response: unknown): void {
    this.#responseHead = head
    this.source = { options: this.source.options, request: this.source.request, response }
    this.head = {
      contentType: head.headers.get('content-type'),
      contentEncoding: null,
      headers: toObject(head.headers),
    }
  }

  /** Ends when nobody holds `body` any more, and so will never read it to its end. Must not be held by the exchange. */
  endWhenForgotten(body: object): void {
    forgotten.register(body, this)
  }

  protected readHost(): string | null {
    return this.#host
  }

  protected readRemoteAddress(): null {
    return null
  }

  protected readStatus(): number | null {
    return this.#responseHead?.status ?? null
  }

  protected takeRequest(): CapturedRequest {
    return { headers: toObject(this.#headers), parsedBody: null, body: this.#requestBody?.take() ?? null }
  }

  #openRequest(): StreamTap {
    const collector = this.createRequestCollector(this.#headers.get('content-type'))
    const see = (chunk: unknown) => {
      if (isBytesOrText(chunk)) collector.add(chunk)
    }
    return {
      onChunk: (chunk) => this.options.guard.run('capture', () => see(chunk), undefined),
      onEnd: (complete) => {
        if (complete) this.#requestBody ??= collector
      },
    }
  }

  #openResponse(): StreamTap {
    let own: { readonly head: ResponseHead; readonly collector: BodyCollector<Digest> } | null = null
    const see = (chunk: unknown) => {
      if (this.hasEnded || !isBytesOrText(chunk) || chunk.length === 0) return
      this.onFirstByte()
      own ??= this.#startResponse(chunk)
      if (!this.responseBody) this.#keep(own)
      own.collector.add(chunk)
    }
    return {
      onChunk: (chunk) => this.options.guard.run('capture', () => see(chunk), undefined),
      onEnd: (complete) => {
        if (complete && own) this.#keep(own)
        if (complete) this.end('complete')
        else if (--this.#branches <= 0) this.end('aborted')
      },
    }
  }

  #startResponse(first: string | Uint8Array) {
    const encoding = this.#responseHead?.headers.get('content-encoding') ?? null
    const head = { ...this.head, contentEncoding: startsAsText(first) ? null : encoding }
    return { head, collector: this.createResponseCollector(head) }
  }

  #keep({ head, collector }: { head: ResponseHead; collector: BodyCollector<Digest> }): void {
    this.head = head
    this.responseBody = collector
  }
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

function toObject(headers: Headers): Record<string, string> {
  return Object.fromEntries(headers.entries())
}
