import { EMPTY_COMPLETION, EMPTY_PROMPT } from '../core/records/conversation.ts'
import type { Clock } from '../core/clock.ts'
import { TokenTrackerError } from '../core/errors.ts'
import { createUniqueId } from '../core/unique-id.ts'
import type { EventStatus } from '../core/records/event.ts'
import { isObject, readCount, readNumber, readString, readText } from '../core/json.ts'
import { createUsage } from '../core/records/usage.ts'
import type { InterpretedExchange } from '../interpret/interpreted-exchange.ts'

/** One call to log by hand. Counts win over texts; what has neither stays `null`. */
export interface TokenUsageEntry {
  readonly model: string
  readonly promptTokens?: number | null | undefined
  readonly completionTokens?: number | null | undefined
  /** Counted when `promptTokens` is missing. */
  readonly promptText?: string | null | undefined
  /** Counted when `completionTokens` is missing. */
  readonly completionText?: string | null | undefined
  readonly cachedTokens?: number | null | undefined
  readonly cacheWriteTokens?: number | null | undefined
  readonly reasoningTokens?: number | null | undefined
  readonly userId?: string | number | bigint | null | undefined
  readonly sessionId?: string | number | bigint | null | undefined
  readonly conversationId?: string | number | bigint | null | undefined
  readonly clientId?: string | null | undefined
  /** Told from the model and the endpoint when missing. */
  readonly provider?: string | null | undefined
  readonly modelVersion?: string | null | undefined
  readonly deploymentId?: string | null | undefined
  readonly operation?: string | null | undefined
  readonly endpoint?: string | null | undefined
  /** Default: the id of the event. */
  readonly requestId?: string | null | undefined
  readonly parentRequestId?: string | null | undefined
  readonly durationMs?: number | null | undefined
  readonly timeToFirstTokenMs?: number | null | undefined
  /** @default false */
  readonly streaming?: boolean | undefined
  readonly temperature?: number | null | undefined
  readonly maxTokens?: number | null | undefined
  readonly topP?: number | null | undefined
  readonly frequencyPenalty?: number | null | undefined
  readonly presencePenalty?: number | null | undefined
  readonly serviceTier?: string | null | undefined
  readonly httpStatus?: number | null | undefined
  /** @default 'success' */
  readonly status?: EventStatus | undefined
  readonly errorCode?: string | null | undefined
  readonly errorMessage?: string | null | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly tags?: readonly string[] | undefined
}

/**
 * `onOddValue` hears of counts that are none (a text, a negative number) and therefore stay unknown.
 * @throws TokenTrackerError `TT_ERR_INVALID_ARGUMENT` when the entry names no model
 */
export function toInterpretedExchange(
  entry: TokenUsageEntry,
  clock: Clock,
  clientId: string | null,
  onOddValue: (name: string, value: unknown) => void,
): InterpretedExchange {
  if (!isObject(entry) || readText(entry.model) === null) {
    throw new TokenTrackerError(
      'TT_ERR_INVALID_ARGUMENT',
      'logTokenUsage expected an object with a model, such as { model: "gpt-4o", promptTokens: 10, completionTokens: 5 }',
    )
  }
  for (const name of ['promptTokens', 'completionTokens', 'durationMs'] as const) {
    const value: unknown = entry[name]
    if (value !== undefined && value !== null && readCount(value) === null) onOddValue(name, value)
  }
  const endedAt = clock.now()
  const durationMs = readCount(entry.durationMs)
  const promptText = readString(entry.promptText)
  const completionText = readString(entry.completionText)
  const id = createUniqueId()
  return {
    id,
    startedAt: endedAt - (durationMs ?? 0),
    endedAt,
    durationMs,
    firstByteMs: readCount(entry.timeToFirstTokenMs),
    model: entry.model,
    requestModel: null,
    modelVersion: readText(entry.modelVersion),
    deploymentId: readText(entry.deploymentId),
    operation: readText(entry.operation),
    format: null,
    vendor: null,
    provider: readText(entry.provider),
    host: null,
    endpoint: readText(entry.endpoint),
    requestId: readText(entry.requestId) ?? id,
    parentRequestId: readText(entry.parentRequestId),
    traceContext: null,
    usage: createUsage({
      input: readCount(entry.promptTokens),
      output: readCount(entry.completionTokens),
      cacheRead: readCount(entry.cachedTokens),
      cacheWrite: readCount(entry.cacheWriteTokens),
      reasoning: readCount(entry.reasoningTokens),
      serviceTier: readText(entry.serviceTier),
    }),
    prompt: promptText === null ? null : toBarePrompt(promptText),
    completion:
      completionText === null ? null : { ...EMPTY_COMPLETION, text: completionText, textLength: completionText.length },
    isCalibration: false,
    parameters: {
      temperature: readNumber(entry.temperature),
      maxTokens: readNumber(entry.maxTokens),
      topP: readNumber(entry.topP),
      frequencyPenalty: readNumber(entry.frequencyPenalty),
      presencePenalty: readNumber(entry.presencePenalty),
    },
    streaming: entry.streaming === true,
    status: entry.status === 'error' || entry.status === 'aborted' ? entry.status : 'success',
    errorCode: readText(entry.errorCode),
    errorMessage: readText(entry.errorMessage),
    httpStatus: readCount(entry.httpStatus),
    truncated: false,
    identity: {
      userId: readId(entry.userId),
      sessionId: readId(entry.sessionId),
      conversationId: readId(entry.conversationId),
      email: null,
      name: null,
      ip: null,
    },
    clientId: readText(entry.clientId) ?? readText(entry.metadata?.['client_id']) ?? clientId,
    // A copy: callers use one object for many calls.
    metadata: isObject(entry.metadata) ? { ...entry.metadata } : {},
    tags: Array.isArray(entry.tags) ? entry.tags.filter((tag) => typeof tag === 'string') : [],
  }
}

/** Hosts have numbers for ids as well as texts. */
function readId(value: unknown): string | null {
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : readText(value)
}

/** A bare text: no roles, so nothing is added for them. */
function toBarePrompt(text: string) {
  const message = { role: '', name: null, text, media: [], toolCalls: [] }
  return { ...EMPTY_PROMPT, kind: 'completion' as const, messages: [message] }
}
