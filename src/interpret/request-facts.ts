import { EMPTY_PROMPT } from '../core/conversation.ts'
import { readText, type JsonObject } from '../core/json.ts'
import type { RequestFacts, WireFormat } from '../wire/format.ts'

/** What a request asks for. With an unknown format only what nearly all have in common is read. */
export function readRequestFacts(body: JsonObject | null, format: WireFormat | null): RequestFacts | null {
  if (!body) return null
  return format
    ? format.readRequest(body)
    : { ...UNKNOWN_REQUEST, model: readText(body['model']), stream: body['stream'] === true }
}

const UNKNOWN_REQUEST: Omit<RequestFacts, 'model' | 'stream'> = {
  userId: null,
  messageKey: null,
  parameters: { temperature: null, maxTokens: null, topP: null, frequencyPenalty: null, presencePenalty: null },
  prompt: EMPTY_PROMPT,
}

/** Gemini, Azure and Bedrock name the model, or what it is deployed as, in the URL. */
export function readPathModel(path: string): { model: string | null; deployment: string | null } {
  const deployment = segmentAfter(path, 'deployments')
  const model = segmentAfter(path, 'models') ?? segmentAfter(path, 'model')
  return { model: model?.replace(/:[a-z]+$/i, '') ?? deployment, deployment }
}

function segmentAfter(path: string, name: string): string | null {
  const before = `/${name}/`
  const at = path.lastIndexOf(before)
  if (at === -1 || path.endsWith(`/${name}`)) return null
  const start = at + before.length
  const end = path.indexOf('/', start)
  const segment = path.slice(start, end === -1 ? path.length : end)
  if (segment === '') return null
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
