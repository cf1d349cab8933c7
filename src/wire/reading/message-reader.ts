import { readText, type JsonObject } from '../../core/json.ts'
import { readInvocationMetrics } from '../bedrock/bedrock-usage.ts'
import { CompletionBuilder } from './completion-builder.ts'
import type { ReaderOptions, ResponseError, ResponseReader } from '../format.ts'
import { readEventError } from './response-error.ts'
import { UsageState } from './usage-state.ts'

/** What is known of a response while its messages come in. */
export interface ResponseDraft {
  model: string | null
  serviceTier: string | null
  error: ResponseError | null
  finished: boolean
  consumption: boolean
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
  readMessage: (message: JsonObject, draft: ResponseDraft, name: string) => void,
  readPiece?: (text: string, completion: CompletionBuilder) => boolean,
): ResponseReader {
  const draft: ResponseDraft = {
    model: null,
    serviceTier: null,
    error: null,
    finished: false,
    consumption: true,
    messageKey: null,
    usage: new UsageState(),
    completion: new CompletionBuilder(options.maxTextLength),
  }
  return {
    read(message, name) {
      // Azure's first chunk carries `model: ""`, which must not hide the real one.
      draft.model = readText(message['model']) ?? draft.model
      draft.serviceTier = readText(message['service_tier']) ?? draft.serviceTier
      draft.error = readEventError(message, name) ?? draft.error
      readMessage(message, draft, name)
      const metrics = readInvocationMetrics(message['amazon-bedrock-invocationMetrics'], draft.usage.usage)
      draft.usage.assign(metrics)
      if (metrics) draft.finished = true
    },
    // Not before the model is known: a piece that is not parsed cannot name it.
    readPiece: (text) => draft.model !== null && (readPiece?.(text, draft.completion) ?? false),
    facts() {
      const { model, serviceTier, error, finished, consumption, messageKey } = draft
      const reported = draft.usage.usage
      const usage = { ...reported, serviceTier: reported.serviceTier ?? serviceTier }
      return { model, usage, completion: draft.completion.completion(), error, finished, consumption, messageKey }
    },
  }
}
