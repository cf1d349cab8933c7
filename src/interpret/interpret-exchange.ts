import { randomUUID } from 'node:crypto'
import type { CapturedExchange } from '../capture/exchange.ts'
import { readText } from '../core/json.ts'
import { isThenable } from '../core/thenable.ts'
import type { MaybePromise } from './maybe-promise.ts'
import type { RecentKeys } from '../core/recent-keys.ts'
import type { ReportedUsage } from '../core/records/usage.ts'
import { formatOfPath } from '../wire/detect.ts'
import { readEncodings } from '../stream/decompress.ts'
import type { Turns } from '../stream/turns.ts'
import { isStreamPath, readPathModel } from '../providers/path-facts.ts'
import type { RequestFacts, ResponseFacts } from '../wire/format.ts'
import { decodeResponse, UNREAD, type DecodedResponse } from './decode-response.ts'
import type { InterpretedExchange } from './interpreted-exchange.ts'
import { judgeExchange, type ReadResponse } from './judge-exchange.ts'
import { readIdentity, readRequestId, type UserHeaders } from './request-identity.ts'
import { readRequestBody, readRequestEncodings, type RequestBody } from './request-body.ts'
import { readRequestFacts } from './request-facts.ts'
import { readResponseBody } from './read-response.ts'
import type { StreamDigest } from './response-digest.ts'

export interface InterpretOptions {
  /** Where exchanges with compressed bodies wait for each other. */
  readonly inflations: Turns
  readonly maxBodySize: number
  /** Samples are wanted, so the answer's text is needed even where the provider reports its usage. */
  readonly wantText: boolean
  onParseFailures(count: number): void
  /** True for the few exchanges whose text is read to measure how good estimates are. */
  isCalibrationDue(): boolean
  /** Messages that were counted: some APIs tell of one in two requests (Open WebUI), the second within seconds. */
  readonly countedMessages: RecentKeys
  readonly trustedUserHeaders: UserHeaders
  readonly clientId: string | null
}

const NO_PARAMETERS = { temperature: null, maxTokens: null, topP: null, frequencyPenalty: null, presencePenalty: null }

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
  return response.facts.consumption ? describe(exchange, null, response, options) : null
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
  if (!facts.consumption && facts.error === null) return null
  if (!countMention(facts, request, options.countedMessages)) return null
  const truncated = response.truncated || body.isPartial
  return { ...describe(exchange, request, response, options), isCalibration, truncated }
}

function describe(
  exchange: CapturedExchange,
  request: RequestFacts | null,
  response: ReadResponse,
  options: InterpretOptions,
): InterpretedExchange {
  const { facts } = response
  const format = response.format ?? formatOfPath(exchange.path)
  const identified = isThenable(exchange.identity) ? null : exchange.identity
  const verdict = judgeExchange(exchange, response)
  const inPath = readPathModel(exchange.path)
  const requestModel = request?.model ?? inPath.model
  return {
    id: exchange.id,
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
    isCalibration: false,
    parameters: request?.parameters ?? NO_PARAMETERS,
    streaming: isStreamPath(exchange.path) || (request?.stream ?? response.isStream),
    ...verdict,
    httpStatus: exchange.response.status,
    truncated: response.truncated,
    identity: readIdentity(exchange, identified, request?.userId ?? null, options.trustedUserHeaders),
    clientId: readText(exchange.metadata?.['client_id']) ?? options.clientId,
    metadata: exchange.metadata ?? {},
    tags: exchange.tags,
  }
}

/**
 * Notes the message that an exchange is about. False for an answer that only tells again of one that was counted. A request
 * that merely names a key always counts: clients choose their keys.
 */
function countMention(facts: ResponseFacts, request: RequestFacts | null, counted: RecentKeys): boolean {
  if (facts.messageKey !== null) return counted.add(facts.messageKey)
  if (request?.messageKey) counted.add(request.messageKey)
  return true
}

function readResponse(exchange: CapturedExchange, decoded: DecodedResponse, wantText: boolean): ReadResponse {
  const { body, contentType, headers, status } = exchange.response
  const result = readResponseBody({
    body: decoded,
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
function toEstimable(exchange: CapturedExchange, request: RequestFacts | null, response: ReadResponse) {
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
