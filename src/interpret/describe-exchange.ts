import type { CapturedExchange } from '../capture/exchange.ts'
import { readText } from '../core/json.ts'
import type { ReportedUsage } from '../core/records/usage.ts'
import { isThenable } from '../core/thenable.ts'
import { isStreamPath, readPathLocation, readPathModel } from '../providers/path-facts.ts'
import { formatOfPath } from '../wire/detect.ts'
import type { RequestFacts } from '../wire/format.ts'
import { toEstimable } from './estimable.ts'
import type { InterpretedExchange } from './interpreted-exchange.ts'
import { judgeExchange, type ReadResponse } from './judge-exchange.ts'
import { readIdentity, readRequestId, type UserHeaders } from './request-identity.ts'

export interface DescribeOptions {
  readonly trustedUserHeaders: UserHeaders
  readonly clientId: string | null
}

/** What was read of the two bodies. */
export interface ExchangeReading {
  /** `null` without a body that says anything. */
  readonly request: RequestFacts | null
  readonly response: ReadResponse
  readonly isCalibration: boolean
  readonly truncated: boolean
}

const NO_PARAMETERS = { temperature: null, maxTokens: null, topP: null, frequencyPenalty: null, presencePenalty: null }

/** The record of an exchange, from what capture saw and what its bodies say. Spelt out: it is made for every exchange. */
export function describeExchange(
  exchange: CapturedExchange,
  { request, response, isCalibration, truncated }: ExchangeReading,
  options: DescribeOptions,
): InterpretedExchange {
  const { facts } = response
  const format = response.format ?? formatOfPath(exchange.path)
  const identified = isThenable(exchange.identity) ? null : exchange.identity
  const verdict = judgeExchange(exchange, response)
  const estimable = toEstimable(exchange.response.status, request, response)
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
    format: isUnknown(response) ? 'unknown' : (format?.name ?? null),
    vendor: facts.vendor,
    provider: exchange.provider,
    host: exchange.host,
    endpoint: exchange.path,
    requestId: readRequestId(exchange) ?? exchange.id,
    parentRequestId: null,
    traceContext: exchange.traceContext,
    usage: toUsage(exchange.path, verdict.status === 'success' ? withUnits(facts.usage, request) : facts.usage),
    prompt: estimable.prompt,
    completion: estimable.completion,
    isCalibration,
    parameters: request?.parameters ?? NO_PARAMETERS,
    streaming: isStreamPath(exchange.path) || (request?.stream ?? response.isStream),
    status: verdict.status,
    errorCode: verdict.errorCode,
    errorMessage: verdict.errorMessage,
    httpStatus: exchange.response.status,
    truncated,
    identity: readIdentity(exchange, identified, request?.userId ?? null, options.trustedUserHeaders),
    clientId: readText(exchange.metadata?.['client_id']) ?? options.clientId,
    metadata: exchange.metadata ?? {},
    tags: exchange.tags,
  }
}

function toUsage(path: string, usage: ReportedUsage): ReportedUsage {
  const inferenceRegion = usage.inferenceRegion ?? readPathLocation(path)
  return inferenceRegion === usage.inferenceRegion ? usage : { ...usage, inferenceRegion }
}

/** What was asked for is what was served, where the answer does not say. */
function withUnits(usage: ReportedUsage, request: RequestFacts | null): ReportedUsage {
  return request ? { ...usage, units: { ...request.units, ...usage.units } } : usage
}

/** An answer came, and nobody can say whose. */
function isUnknown(response: ReadResponse): boolean {
  return !response.isEmpty && (response.isOpaque || !response.facts.understood)
}
