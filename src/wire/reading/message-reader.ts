import { isObject, readText, type JsonObject } from '../../core/json.ts'
import { readInvocationMetrics } from '../bedrock/bedrock-usage.ts'
import { CompletionBuilder } from './completion-builder.ts'
import type { ReaderOptions, ResponseError, ResponseReader } from '../format.ts'
import { readModelName } from './model-name.ts'
import { readEventError } from './response-error.ts'
import type { ReportedUsage } from '../../core/records/usage.ts'
import { UsageState } from './usage-state.ts'

/** What is known of a response while its messages come in. */
export interface ResponseNotes {
  model: string | null
  serviceTier: string | null
  error: ResponseError | null
  finished: boolean
  /** Whoever sets it need not set `finished`. */
  terminated: boolean
  consumption: boolean
  vendor: string | null
  givenId: string | null
  answerId: string | null
  messageKey: string | null
  readonly usage: UsageState
  readonly completion: CompletionBuilder
}

/**
 * A reader made of one function that notes what a message of its format says. What every format shares is done here:
 * the top-level model and service tier, errors, and the counts that Bedrock adds to any model's last message.
 */
export function createMessageReader(
  options: ReaderOptions,
  readMessage: (message: JsonObject, notes: ResponseNotes, name: string) => void,
  readPiece?: (text: string, completion: CompletionBuilder) => boolean,
): ResponseReader {
  const notes: ResponseNotes = {
    model: null,
    serviceTier: null,
    error: null,
    finished: false,
    terminated: false,
    consumption: true,
    vendor: null,
    givenId: null,
    answerId: null,
    messageKey: null,
    usage: new UsageState(),
    completion: new CompletionBuilder(options.maxTextLength),
  }
  return {
    read(message, name) {
      // Azure's first chunk carries `model: ""`, which must not hide the real one.
      notes.model = readModelName(message['model']) ?? notes.model
      notes.serviceTier = readText(message['service_tier']) ?? notes.serviceTier
      notes.error = readEventError(message, name) ?? notes.error
      notes.givenId ??= readGivenId(message)
      if (message['x_groq']) notes.vendor = 'groq'
      readMessage(message, notes, name)
      const metrics = readInvocationMetrics(message['amazon-bedrock-invocationMetrics'], notes.usage.usage)
      notes.usage.assign(metrics)
      if (metrics) notes.terminated = true
    },
    // Not before the model is known: a piece that is not parsed cannot name it.
    readPiece: (text) => notes.model !== null && (readPiece?.(text, notes.completion) ?? false),
    facts() {
      const { model, serviceTier, error, terminated, consumption, vendor, givenId, answerId, messageKey } = notes
      const finished = notes.finished || terminated
      const reported = finished ? notes.usage.usage : withoutPlaceholder(notes.usage.usage, notes.completion.length)
      const usage = { ...reported, serviceTier: reported.serviceTier ?? serviceTier }
      const completion = notes.completion.completion()
      const { hasUnread } = notes.completion
      return {
        model,
        usage,
        completion,
        error,
        finished,
        terminated,
        hasUnread,
        understood: true,
        consumption,
        vendor,
        givenId,
        answerId,
        messageKey,
      }
    },
  }
}

/** Of a whole answer, or of the first message of a stream, which Anthropic and OpenAI's Responses wrap. */
function readGivenId(message: JsonObject): string | null {
  const wrapped = message['message'] ?? message['response']
  return readText(message['id'] ?? message['responseId'] ?? (isObject(wrapped) ? wrapped['id'] : null))
}

/** Zeros that a server sends until it knows better (Ollama's /v1/completions) are no report where text was delivered. */
export function withoutPlaceholder(usage: ReportedUsage, delivered: number): ReportedUsage {
  if (usage.output !== 0 || delivered === 0) return usage
  return { ...usage, output: null, input: usage.input || null }
}
