import type { CollectedBody } from '../stream/body-collector.ts'
import type { ResponseDigest } from '../stream/digest-feed.ts'

/** A body as the taps saw it: undecoded, and bounded. */
export type CapturedBody<Digest = ResponseDigest> = CollectedBody<Digest>

export interface CapturedRequest {
  /** At least those that tell of the body, its id and its user. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The body as a parser before or behind us left it, else `null`. */
  readonly parsedBody: unknown
  readonly body: CapturedBody<never> | null
}

/** What a response says in its head. */
export interface ResponseHead {
  readonly contentType: string | null
  /** Encoding of the bytes at our layer, which is not always what the client gets. */
  readonly contentEncoding: string | null
  /** Headers that tell counts or the tier, lower case; others may be missing. */
  readonly headers: Readonly<Record<string, string>>
}

export interface CapturedResponse<Digest = ResponseDigest> extends ResponseHead {
  /** `null` when the exchange ended before a status was sent. */
  readonly status: number | null
  readonly body: CapturedBody<Digest> | null
}

export interface TraceContext {
  readonly traceId: string
  readonly spanId: string
  readonly flags: number
}

/** Who an exchange belongs to, as the host's `identify` hook says. */
export interface Identity {
  readonly userId?: string | number | bigint | null | undefined
  readonly sessionId?: string | number | bigint | null | undefined
  readonly conversationId?: string | number | bigint | null | undefined
  /** Never on an event: redaction looks for them in its texts. */
  readonly email?: string | null | undefined
  readonly name?: string | null | undefined
}

/** What an exchange and the calls that are made for it have answered so far. */
export interface SharedAnswers {
  /**
   * Notes the provider's id of an answer that a call brought, or that went to the client. False when the same answer came
   * by as the other of the two: a call's answer that is passed on is one call.
   */
  isNews(answerId: string, isCall: boolean): boolean
}

/**
 * One exchange: what capture hands over, once, when it has ended. Plain data, but for the digest of a long stream, which
 * was made by whoever reads it in the end.
 */
export interface CapturedExchange<Digest = ResponseDigest> {
  /** Drawn when the exchange began: the id of its event, and of all that is booked for it. */
  readonly id: string
  /** Start of the request, epoch milliseconds. */
  readonly startedAt: number
  readonly durationMs: number
  /** From the start of the request to the first byte of the response body; `null` when there was none. */
  readonly firstByteMs: number | null
  /** Host that serves the call, for calls the server makes itself; `null` where it is this server. */
  readonly host: string | null
  /** Address of the caller. Never on an event: redaction looks for it in its texts. */
  readonly remoteAddress: string | null
  /** Provider as the options of the adapter name it. */
  readonly provider: string | null
  /** `POST`, or `GET` where the answer to an earlier call is fetched. */
  readonly method: string
  /** Path without the query string. */
  readonly path: string
  readonly traceContext: TraceContext | null
  readonly request: CapturedRequest
  readonly response: CapturedResponse<Digest>
  readonly outcome: ExchangeOutcome
  readonly identity: Identity | Promise<Identity | null> | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly tags: readonly string[]
  /** Shared by an exchange and the calls that were made for it; `null` where there are none. */
  readonly scope: SharedAnswers | null
}

export type ExchangeOutcome = 'complete' | 'aborted'
