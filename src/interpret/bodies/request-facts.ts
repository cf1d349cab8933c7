import { EMPTY_PROMPT } from '../../core/records/conversation.ts'
import type { JsonObject } from '../../core/json.ts'
import { readModelName } from '../../wire/reading/model-name.ts'
import type { RequestFacts, WireFormat } from '../../wire/format.ts'

/** What a request asks for. With an unknown format only what nearly all have in common is read. */
export function readRequestFacts(body: JsonObject | null, format: WireFormat | null): RequestFacts | null {
  if (!body) return null
  if (format) return format.readRequest(body)
  return { model: readModelName(body['model']), stream: body['stream'] === true, ...UNKNOWN_REQUEST }
}

const UNKNOWN_REQUEST: Omit<RequestFacts, 'model' | 'stream'> = {
  userId: null,
  messageKey: null,
  units: {},
  parameters: { temperature: null, maxTokens: null, topP: null, frequencyPenalty: null, presencePenalty: null },
  prompt: EMPTY_PROMPT,
}
