import type { Clock } from '../core/clock.ts'
import type { Guard } from '../core/guard.ts'
import { createUniqueId } from '../core/unique-id.ts'
import { readEncodings } from '../stream/decompress.ts'
import { BodyCollector } from '../stream/body-collector.ts'
import type { CreateDigest, ResponseDigest } from '../stream/digest-feed.ts'
import type { CapturedExchange, CapturedRequest, ExchangeOutcome, ResponseHead } from './exchange.ts'
import { askIdentity, askMetadata, type ExchangeSource } from './exchange-options.ts'
import { openScope, type ExchangeScope } from './exchange-scope.ts'
import { readTraceContext } from './trace-context.ts'

/** What is the same for all exchanges of one tracker. */
export interface CaptureOptions<Digest extends ResponseDigest = ResponseDigest> {
  readonly maxBodySize: number
  readonly clock: Clock
  readonly guard: Guard
  readonly createDigest: CreateDigest<Digest>
  /** Request headers that name the user, lower case: kept where a request's headers are not handed over as they are. */
  readonly identityHeaders?: readonly string[]
  isMonitored(method: string | undefined, path: string): boolean
  /** Told of what is not. */
  onUnwatched(method: string | undefined, path: string, contentType: string | null | undefined): void
  onEnd(exchange: CapturedExchange<Digest>): void
}

/**
 * One exchange from its start to its end, whatever carries it: taps tell it what passes, and a subclass for each kind of
 * transport knows how its requests and responses are looked at.
 */
export abstract class ExchangeRecorder<Digest extends ResponseDigest = ResponseDigest> {
  readonly id: string = createUniqueId()
  readonly method: string
  readonly path: string
  protected readonly options: CaptureOptions<Digest>
  protected source: ExchangeSource
  protected scope: ExchangeScope | null = null
  protected head: ResponseHead = NO_HEAD
  protected responseBody: BodyCollector<Digest> | null = null
  readonly #startedAt: number
  readonly #start: number
  readonly #traceContext: CapturedExchange['traceContext']
  #firstByte: number | null = null
  #identity: CapturedExchange['identity'] | undefined
  #ended = false

  constructor(
    options: CaptureOptions<Digest>,
    source: ExchangeSource,
    { method, path }: Pick<CapturedExchange, 'method' | 'path'>,
    headers: Parameters<typeof readTraceContext>[0],
  ) {
    this.options = options
    this.source = source
    this.method = method
    this.path = path
    this.#startedAt = options.clock.now()
    this.#start = options.clock.elapsed()
    this.#traceContext = readTraceContext(headers)
  }

  /** The host that is called; `null` where it is this server. */
  protected abstract readHost(): string | null
  protected abstract readRemoteAddress(): string | null
  protected abstract readStatus(): number | null
  protected abstract takeRequest(): CapturedRequest

  /** Who the exchange belongs to, asked once: now, or before, or else when the exchange ends. */
  identity(): CapturedExchange['identity'] {
    if (this.#identity === undefined) this.#identity = askIdentity(this.source, this.options.guard)
    return this.#identity
  }

  /** Lets the calls that are made for this exchange know of it; `null` where nobody makes any. */
  openScope(headers: CapturedRequest['headers']): ExchangeScope | null {
    const { source, options } = this
    const identify = () => askIdentity(source, options.guard)
    this.scope = openScope(() => ({ tracker: options.onEnd, headers, identify }))
    return this.scope
  }

  get hasEnded(): boolean {
    return this.#ended
  }

  onFirstByte(): void {
    this.#firstByte ??= this.options.clock.elapsed()
  }

  onFault(error: unknown): void {
    this.options.guard.report('capture', error)
  }

  /** Hands the exchange over; only the first call counts. Never throws. */
  end(outcome: ExchangeOutcome): void {
    if (this.#ended) return
    this.#ended = true
    const { scope } = this
    try {
      const exchange = this.#toExchange(outcome)
      if (scope && exchange.host === null) scope.close(() => this.#handOver(exchange))
      else this.#handOver(exchange)
    } catch (error) {
      this.onFault(error)
    }
    if (this.readHost() !== null) scope?.endCall()
  }

  #handOver(exchange: CapturedExchange<Digest>): void {
    try {
      this.options.onEnd(exchange)
    } catch (error) {
      this.onFault(error)
    }
  }

  protected createRequestCollector(contentType: string | null): BodyCollector<never> {
    const { maxBodySize } = this.options
    const isForm = contentType !== null && FORM.test(contentType)
    return new BodyCollector({
      maxBytes: isForm ? Math.min(maxBodySize, MAX_FORM_BYTES) : maxBodySize,
      createDigest: null,
      path: this.path,
      contentType,
      // Behind its files a form may name the model.
      keepTail: isForm,
    })
  }

  protected createResponseCollector({ contentType, contentEncoding }: ResponseHead): BodyCollector<Digest> {
    const isPlain = readEncodings(contentEncoding).length === 0
    return new BodyCollector({
      maxBytes: this.options.maxBodySize,
      createDigest: isPlain ? this.options.createDigest : null,
      path: this.path,
      contentType,
      keepTail: isPlain,
    })
  }

  #toExchange(outcome: ExchangeOutcome): CapturedExchange<Digest> {
    const { clock, guard } = this.options
    const { source, head } = this
    return {
      id: this.id,
      startedAt: this.#startedAt,
      durationMs: clock.elapsed() - this.#start,
      firstByteMs: this.#firstByte === null ? null : this.#firstByte - this.#start,
      host: this.readHost(),
      provider: source.options.provider ?? null,
      remoteAddress: this.readRemoteAddress(),
      method: this.method,
      path: this.path,
      traceContext: this.#traceContext,
      request: this.takeRequest(),
      response: {
        status: this.readStatus(),
        contentType: head.contentType,
        contentEncoding: head.contentEncoding,
        headers: head.headers,
        body: this.responseBody?.take() ?? null,
      },
      outcome,
      // Not before, unless somebody needs it: authentication behind us has run by now.
      identity: this.identity(),
      metadata: askMetadata(source, guard),
      tags: source.options.tags ?? [],
      scope: this.scope,
    }
  }
}

const FORM = /^multipart\//i
/** Kept of each end of a form: its settings, and little of its files. */
const MAX_FORM_BYTES = 64 * 1024

const NO_HEAD: ResponseHead = { contentType: null, contentEncoding: null, headers: {} }
