import type { StreamTap } from './stream-tap.ts'
import type { BodyReadings } from './body-tap.ts'
import { BodyCollector } from '../body-collector.ts'
import type { CapturedExchange, TraceContext } from '../exchange.ts'
import { askIdentity, askMetadata, type ExchangeOptions } from '../exchange-options.ts'
import { readTraceContext } from '../trace-context.ts'
import type { CaptureOptions } from '../node/track-exchange.ts'

/** An exchange over web-standard objects: one that this server answers, or a call that it makes itself. */
export interface WebExchangeStart {
  /** Host that serves the call; `null` where it is this server. */
  readonly host: string | null
  readonly path: string
  readonly headers: Headers
  readonly options: ExchangeOptions<never, never>
  /** What the hooks are called with. */
  readonly request: unknown
}

export interface WebResponseHead {
  readonly status: number
  readonly headers: Headers
}

/** State of one exchange from its start to its end; taps report to it. Its methods never throw. */
export interface WebExchange {
  /** Reports how the request's body is read. */
  readonly requestReadings: BodyReadings
  /** Reports how the response's body is read; the exchange ends with it. */
  readonly responseReadings: BodyReadings
  /** Takes a request body that is known from the start. */
  setRequestBody(body: string | Uint8Array): void
  /** `response` is what the metadata hook is called with. */
  setHead(head: WebResponseHead, response: unknown): void
  /** Ends the exchange; only the first call counts. */
  settle(outcome: CapturedExchange['outcome']): void
}

export function createWebExchange(options: CaptureOptions, start: WebExchangeStart): WebExchange {
  const { clock, guard } = options
  const startedAt = clock.now()
  const startElapsed = clock.elapsed()
  const traceContext: TraceContext | null = readTraceContext({ traceparent: start.headers.get('traceparent') ?? '' })
  let head: WebResponseHead | null = null
  let response: unknown = null
  let requestBody: BodyCollector | null = null
  let responseBody: ResponseCollector | null = null
  let firstByte: number | null = null
  /** Bodies that may still be read to their end: the response's own and its clones. */
  let branches = 1
  let settled = false

  function settle(outcome: CapturedExchange['outcome']): void {
    if (settled) return
    settled = true
    guard.run('capture', () => options.onComplete(toRecord(outcome)), undefined)
  }

  function toRecord(outcome: CapturedExchange['outcome']): CapturedExchange {
    const source = { options: start.options, request: start.request, response }
    return {
      startedAt,
      durationMs: clock.elapsed() - startElapsed,
      firstByteMs: firstByte === null ? null : firstByte - startElapsed,
      host: start.host,
      provider: start.options.provider ?? null,
      remoteAddress: null,
      path: start.path,
      traceContext,
      request: { headers: toObject(start.headers), parsedBody: null, body: requestBody?.take() ?? null },
      response: {
        status: head?.status ?? null,
        contentType: head?.headers.get('content-type') ?? null,
        contentEncoding: responseBody?.contentEncoding ?? null,
        headers: head ? toObject(head.headers) : {},
        body: responseBody?.collector.take() ?? null,
      },
      outcome,
      identity: askIdentity(source, guard),
      metadata: askMetadata(source, guard),
      tags: start.options.tags ?? [],
    }
  }

  function openRequest(): StreamTap {
    const collector = createRequestCollector(options, start)
    return {
      onChunk: (chunk) => guard.run('capture', () => addChunk(collector, chunk), undefined),
      onEnd(complete) {
        if (complete) requestBody ??= collector
      },
    }
  }

  function openResponse(): StreamTap {
    let own: ResponseCollector | null = null
    function see(chunk: unknown): void {
      if (settled || !isBytesOrText(chunk) || chunk.length === 0) return
      firstByte ??= clock.elapsed()
      own ??= createResponseCollector(options, start.path, head, chunk)
      responseBody ??= own
      own.collector.add(chunk)
    }
    return {
      onChunk: (chunk) => guard.run('capture', () => see(chunk), undefined),
      onEnd(complete) {
        if (complete && own) responseBody = own
        if (complete) settle('complete')
        else if (--branches <= 0) settle('aborted')
      },
    }
  }

  return {
    requestReadings: { open: openRequest, onClone() {} },
    responseReadings: { open: openResponse, onClone: () => void branches++ },
    setRequestBody(body) {
      const reading = openRequest()
      reading.onChunk(body)
      reading.onEnd(true)
    },
    setHead(given, hookResponse) {
      head = given
      response = hookResponse
    },
    settle,
  }
}

interface ResponseCollector {
  readonly collector: BodyCollector
  readonly contentEncoding: string | null
}

function createRequestCollector({ maxBodySize }: CaptureOptions, { path, headers }: WebExchangeStart): BodyCollector {
  const contentType = headers.get('content-type')
  return new BodyCollector({ maxBytes: maxBodySize, createDigest: null, path, contentType, keepTail: false })
}

function createResponseCollector(
  { maxBodySize, createDigest }: CaptureOptions,
  path: string,
  head: WebResponseHead | null,
  first: string | Uint8Array,
): ResponseCollector {
  const encoding = head?.headers.get('content-encoding') ?? null
  const isPlain = encoding === null || encoding.toLowerCase() === 'identity' || startsAsText(first)
  const collector = new BodyCollector({
    maxBytes: maxBodySize,
    createDigest: isPlain ? createDigest : null,
    path,
    contentType: head?.headers.get('content-type') ?? null,
    keepTail: isPlain,
  })
  return { collector, contentEncoding: isPlain ? null : encoding }
}

/** `fetch` undoes the encoding and leaves the header, so what a handler passes on is often plain in spite of it. */
function startsAsText(first: string | Uint8Array): boolean {
  if (typeof first === 'string') return true
  const start = Buffer.from(first.buffer, first.byteOffset, Math.min(first.length, 64)).toString('latin1')
  return /^\s*(?:[[{]|(?:data|event|id|retry)?:)[\s\x20-\xff]*$/.test(start)
}

function addChunk(collector: BodyCollector, chunk: unknown): void {
  if (isBytesOrText(chunk)) collector.add(chunk)
}

function isBytesOrText(chunk: unknown): chunk is string | Uint8Array {
  return typeof chunk === 'string' || chunk instanceof Uint8Array
}

function toObject(headers: Headers): Record<string, string> {
  return Object.fromEntries(headers.entries())
}
