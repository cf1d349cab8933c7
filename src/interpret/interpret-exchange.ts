import type { CapturedExchange } from '../capture/exchange.ts'
import { isThenable } from '../core/thenable.ts'
import type { MaybePromise } from './maybe-promise.ts'
import { formatOfPath } from '../wire/detect.ts'
import { readEncodings } from '../stream/decompress.ts'
import type { Turns } from '../stream/turns.ts'
import { isStreamPath } from '../providers/path-facts.ts'
import { findRepeat, type CountedOnce, type RepeatReason } from './counted-once.ts'
import { decodeResponse, UNREAD, type DecodedResponse } from './bodies/decode-response.ts'
import type { InterpretedExchange } from './interpreted-exchange.ts'
import { describeExchange, type DescribeOptions } from './describe-exchange.ts'
import type { ReadResponse } from './judge-exchange.ts'
import { readRequestBody, readRequestEncodings, type RequestBody } from './bodies/request-body.ts'
import { readRequestFacts } from './bodies/request-facts.ts'
import { readResponseBody } from './bodies/read-response.ts'
import type { StreamDigest } from './bodies/response-digest.ts'

/** Why an exchange yields no event. */
export type IgnoredReason = 'nothing_consumed' | RepeatReason

export interface InterpretOptions extends DescribeOptions {
  /** Where exchanges with compressed bodies wait for each other. */
  readonly inflations: Turns
  readonly maxBodySize: number
  /** Samples are wanted, so the answer's text is needed even where the provider reports its usage. */
  readonly wantText: boolean
  onParseFailures(count: number): void
  /** Told of each exchange that yields no event. */
  onIgnored(reason: IgnoredReason, method: string, path: string): void
  /** True for the few exchanges whose text is read to measure how good estimates are. */
  isCalibrationDue(): boolean
  readonly countedOnce: CountedOnce
}

/**
 * What one exchange consumed, as its two bodies tell. `null` when it consumed nothing (a model that was only loaded).
 * A promise only where a body must be decompressed or is large. An `identify` hook that is still at work is not waited for.
 */
export function interpretExchange(
  exchange: CapturedExchange<StreamDigest>,
  options: InterpretOptions,
): MaybePromise<InterpretedExchange | null> {
  // Compressed bodies take many times their size, so one exchange with such bodies is read at a time, to its end.
  if (isCompressed(exchange)) return options.inflations(() => interpretInflated(exchange, options))
  const request = readRequestBody(exchange, options.maxBodySize)
  const response = decodeResponse(exchange, options.maxBodySize)
  if (isThenable(request) || isThenable(response)) {
    return Promise.all([request, response]).then((parts) => toInterpreted(exchange, ...parts, options))
  }
  return toInterpreted(exchange, request, response, options)
}

async function interpretInflated(
  exchange: CapturedExchange<StreamDigest>,
  options: InterpretOptions,
): Promise<InterpretedExchange | null> {
  const request = await readRequestBody(exchange, options.maxBodySize)
  return toInterpreted(exchange, request, await decodeResponse(exchange, options.maxBodySize), options)
}

/** What is known of an exchange before its bodies are read: no counts. `null` where it is known that nothing is consumed. */
export function outlineExchange(
  exchange: CapturedExchange<StreamDigest>,
  options: InterpretOptions,
): InterpretedExchange | null {
  const response = readResponse(exchange, UNREAD, false)
  // Whether what is fetched was counted already shows only in the answer.
  if (!response.facts.consumption || exchange.method === 'GET') return null
  const reading = { request: null, response, isCalibration: false, truncated: response.truncated }
  return describeExchange(exchange, reading, options)
}

function isCompressed({ request, response }: CapturedExchange<StreamDigest>): boolean {
  return readRequestEncodings(request).length > 0 || readEncodings(response.contentEncoding).length > 0
}

function toInterpreted(
  exchange: CapturedExchange,
  body: RequestBody,
  decoded: DecodedResponse,
  options: InterpretOptions,
): InterpretedExchange | null {
  const isCalibration = options.isCalibrationDue()
  const response = readResponse(exchange, decoded, options.wantText || isCalibration)
  if (response.malformed > 0) options.onParseFailures(response.malformed)
  const format = response.format ?? formatOfPath(exchange.path)
  const request = readRequestFacts(body.json, format)
  const { facts } = response
  if (!facts.consumption && facts.error === null) return ignore('nothing_consumed', exchange, options)
  const repeat = findRepeat(exchange, facts, request, options.countedOnce)
  if (repeat !== null) return ignore(repeat, exchange, options)
  const truncated = response.truncated || body.isPartial
  return describeExchange(exchange, { request, response, isCalibration, truncated }, options)
}

function ignore(reason: IgnoredReason, { method, path }: CapturedExchange, { onIgnored }: InterpretOptions): null {
  onIgnored(reason, method, path)
  return null
}

function readResponse(exchange: CapturedExchange, decoded: DecodedResponse, wantText: boolean): ReadResponse {
  const { body, contentType, headers, status } = exchange.response
  const result = readResponseBody({
    body: decoded,
    method: exchange.method,
    path: exchange.path,
    status: status ?? 0,
    headers,
    complete: exchange.outcome === 'complete',
    wantText,
  })
  return {
    facts: decoded.failed ? { ...result.facts, understood: true } : result.facts,
    format: result.format,
    malformed: decoded.failed ? 1 : isOpaque(contentType) ? 0 : result.malformed,
    isOpaque: decoded.isUnread || (result.malformed > 0 && isOpaque(contentType)),
    isStream: isStream(exchange, decoded),
    truncated: decoded.truncated,
    isEmpty: (body?.size ?? 0) === 0,
  }
}

/** What a body is decides, since handlers name wrong types or none; an array of JSON may be one answer. */
function isStream({ path, response }: CapturedExchange, { digest, kind }: DecodedResponse): boolean {
  if (digest !== null || STREAM_TYPE.test(response.contentType ?? '')) return true
  if (kind === 'json' || kind === 'unknown') return false
  return kind !== 'json-array' || isStreamPath(path)
}

const STREAM_TYPE = /event-?stream|ndjson|jsonl/i

/** Types of content that say that what follows is text of a form we know. */
const READABLE_TYPE = /json|event-?stream|html|xml/i

function isOpaque(contentType: string | null): boolean {
  return contentType !== null && !READABLE_TYPE.test(contentType)
}
