import { randomUUID } from 'node:crypto'
import type { CompletedExchange, Identity } from '../capture/exchange.ts'
import type { EventStatus } from '../core/event.ts'
import { readText } from '../core/json.ts'
import { isPromise, type MaybePromise } from '../core/maybe-promise.ts'
import type { ReportedUsage } from '../core/usage.ts'
import { formatOfPath } from '../wire/detect.ts'
import { isStreamPath, readPathModel } from '../providers/path-facts.ts'
import type { RequestFacts, ResponseFacts, WireFormat } from '../wire/format.ts'
import type { CountedMessages } from './counted-messages.ts'
import { decodeResponse, type DecodedBody } from './decode-response.ts'
import type { ExchangeDraft } from './exchange-draft.ts'
import { readIdentity, readRequestId, type UserHeaders } from './request-identity.ts'
import { readRequestBody, type RequestBody } from './request-body.ts'
import { readRequestFacts } from './request-facts.ts'
import { readResponseBody } from './read-response.ts'

export interface InterpretOptions {
  readonly maxBodySize: number
  /** Samples are wanted, so the answer's text is needed even where the provider reports its usage. */
  readonly wantText: boolean
  onParseFailures(count: number): void
  /** True for the few exchanges whose text is read to measure how good estimates are. */
  isCalibrationDue(): boolean
  readonly countedMessages: CountedMessages
  readonly trustedUserHeaders: UserHeaders
  readonly clientId: string | null
}

const NO_PARAMETERS = { temperature: null, maxTokens: null, topP: null, frequencyPenalty: null, presencePenalty: null }

/**
 * What one exchange consumed, as its two bodies tell. `null` when it consumed nothing (a model that was only loaded).
 * A promise only where a body must be decompressed or is large, or where the `identify` hook is still at work.
 */
export function interpretExchange(
  exchange: CompletedExchange,
  options: InterpretOptions,
): MaybePromise<ExchangeDraft | null> {
  const { identity } = exchange
  const request = readRequestBody(exchange, options.maxBodySize)
  const response = decodeResponse(exchange, options.maxBodySize)
  if (isPromise(request) || isPromise(response) || isPromise(identity)) {
    return Promise.all([request, response, identity]).then((parts) => toDraft(exchange, ...parts, options))
  }
  return toDraft(exchange, request, response, identity, options)
}

function toDraft(
  exchange: CompletedExchange,
  body: RequestBody,
  decoded: DecodedBody,
  identified: Identity | null,
  options: InterpretOptions,
): ExchangeDraft | null {
  const isCalibration = options.isCalibrationDue()
  const response = readResponse(exchange, decoded, options.wantText || isCalibration)
  if (response.malformed > 0) options.onParseFailures(response.malformed)
  const format = response.format ?? formatOfPath(exchange.path)
  const request = readRequestFacts(body.json, format)
  const { facts } = response
  if (!facts.consumption && facts.error === null) return null
  if (!isFirstMention(facts, request, options.countedMessages)) return null
  const verdict = judge(exchange, response)
  const inPath = readPathModel(exchange.path)
  const requestModel = request?.model ?? inPath.model
  return {
    id: randomUUID(),
    startedAt: exchange.startedAt,
    endedAt: exchange.startedAt + Math.round(exchange.durationMs),
    durationMs: exchange.durationMs,
    firstByteMs: exchange.firstByteMs,
    model: facts.model ?? requestModel,
    requestModel,
    modelVersion: null,
    deploymentId: inPath.deployment,
    operation: format?.operation ?? null,
    format: format?.name ?? null,
    provider: exchange.provider,
    host: exchange.host,
    endpoint: exchange.path,
    requestId: readRequestId(exchange) ?? randomUUID(),
    parentRequestId: null,
    traceContext: exchange.traceContext,
    usage: verdict.status === 'success' ? withUnits(facts.usage, request) : facts.usage,
    ...toEstimable(exchange, request, response),
    isCalibration,
    parameters: request?.parameters ?? NO_PARAMETERS,
    streaming: isStreamPath(exchange.path) || (request?.stream ?? response.isStream),
    ...verdict,
    httpStatus: exchange.response.status,
    truncated: response.truncated || body.isPartial,
    identity: readIdentity(exchange, identified, request?.userId ?? null, options.trustedUserHeaders),
    clientId: readText(exchange.metadata?.['client_id']) ?? options.clientId,
    metadata: exchange.metadata ?? {},
    tags: exchange.tags,
  }
}

/**
 * False for an answer that only tells again of a message that was counted. A request that merely names a key always
 * counts: clients choose their keys.
 */
function isFirstMention(facts: ResponseFacts, request: RequestFacts | null, counted: CountedMessages): boolean {
  if (facts.messageKey !== null) return counted.add(facts.messageKey)
  if (request?.messageKey) counted.add(request.messageKey)
  return true
}

interface ReadResponse {
  readonly facts: ResponseFacts
  readonly format: WireFormat | null
  readonly malformed: number
  /** An answer that is none of ours to read, and says so: sound, a picture, plain text. */
  readonly isOpaque: boolean
  readonly isStream: boolean
  readonly truncated: boolean
  readonly isEmpty: boolean
}

function readResponse(exchange: CompletedExchange, decoded: DecodedBody, wantText: boolean): ReadResponse {
  const { body, contentType, headers, status } = exchange.response
  const result = readResponseBody({
    body: decoded,
    contentType,
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
    isOpaque: result.malformed > 0 && isOpaque(contentType),
    isStream: decoded.digest !== null || /event-stream|ndjson|jsonl/i.test(contentType ?? ''),
    truncated: decoded.truncated,
    isEmpty: (body?.size ?? 0) === 0,
  }
}

/** Types of content that say that what follows is text of a form we know. */
const READABLE_TYPE = /json|event-stream|html|xml/i

function isOpaque(contentType: string | null): boolean {
  return contentType !== null && !READABLE_TYPE.test(contentType)
}

/** What was asked for is what was served, where the answer does not say. */
function withUnits(usage: ReportedUsage, request: RequestFacts | null): ReportedUsage {
  return request ? { ...usage, units: { ...request.units, ...usage.units } } : usage
}

const NOTHING_TO_ESTIMATE = { prompt: null, completion: null }

/** Nothing is estimated where no answer was delivered: whether a model was asked at all is not known then. */
function toEstimable(exchange: CompletedExchange, request: RequestFacts | null, response: ReadResponse) {
  const { completion, error, finished, understood } = response.facts
  const { status } = exchange.response
  const hasText = completion.textLength > 0 || completion.reasoningLength > 0 || completion.toolCalls.length > 0
  const isReadable = response.malformed === 0 && !response.isEmpty && !response.truncated
  const isAnswer = hasText || (error === null && isReadable && (finished || response.isStream))
  if (status === null || status >= 300 || !isAnswer) return NOTHING_TO_ESTIMATE
  const prompt = request?.prompt ?? null
  // Of an answer that was not understood it is unknown how much it said.
  if (response.isOpaque || !understood) return { prompt, completion: null }
  // An answer that was read as a whole and holds no text is an estimate of 0.
  return { prompt, completion: { ...completion, forcedTool: prompt?.forcedTool ?? null } }
}

interface Verdict {
  readonly status: EventStatus
  readonly errorCode: string | null
  readonly errorMessage: string | null
}

/** How an exchange ended. An error in the body is one even behind HTTP 200, where streams have no other way to say it. */
function judge(exchange: CompletedExchange, response: ReadResponse): Verdict {
  const { facts, malformed, isEmpty, format, isStream } = response
  const { status } = exchange.response
  const error = facts.error
  if (status !== null && status >= 400) return toVerdict('error', error?.code ?? String(status), error?.message ?? null)
  // A stream that said its last word is whole, whoever closes the connection after it.
  if (exchange.outcome === 'aborted' && !(isStream && facts.finished)) {
    return toVerdict(
      'aborted',
      error?.code ?? 'connection_closed',
      error?.message ?? 'The connection closed before the response was complete.',
    )
  }
  if (error) return toVerdict('error', error.code, error.message)
  if (status !== null && status >= 300) return toVerdict('success', null, null)
  if (isEmpty) return toVerdict('error', 'empty_response', 'The response had no body.')
  // What cannot be read is no failure of the call.
  if (response.isOpaque || (!facts.understood && (malformed === 0 || isStream))) return toVerdict('success', null, null)
  if (format === null || (malformed > 0 && !isStream)) {
    return toVerdict('error', 'unreadable_response', 'The response body has no known format.')
  }
  if (isStream && !facts.finished) {
    return toVerdict('error', 'incomplete_stream', 'The stream ended without a finish reason or a terminal event.')
  }
  return toVerdict('success', null, null)
}

function toVerdict(status: EventStatus, errorCode: string | null, errorMessage: string | null): Verdict {
  return { status, errorCode, errorMessage }
}
