import type { CompletedExchange } from '../capture/exchange.ts'
import { EMPTY_PROMPT } from '../core/conversation.ts'
import { isObject, parseJson, readText, type JsonObject } from '../core/json.ts'
import { decompress } from '../stream/decompress.ts'
import type { RequestFacts, WireFormat } from '../wire/format.ts'

/** The body of a request as an object: as a parser left it, else from the bytes that passed. `null` when it is not JSON. */
export async function readRequestBody(exchange: CompletedExchange, maxBytes: number): Promise<JsonObject | null> {
  const { parsedBody, body, headers } = exchange.request
  if (isObject(parsedBody) && !(parsedBody instanceof Uint8Array)) return parsedBody
  if (typeof parsedBody === 'string') return toObject(parsedBody)
  if (parsedBody instanceof Uint8Array) return toObject(Buffer.from(parsedBody).toString('utf8'))
  if (!body || body.truncated || body.head.length === 0) return null
  const encoding = headers['content-encoding']
  const decoded = await decompress(body.head, typeof encoding === 'string' ? encoding : null, maxBytes)
  return decoded.failed ? null : toObject(decoded.bytes.toString('utf8'))
}

function toObject(text: string): JsonObject | null {
  const value = parseJson(text)
  return isObject(value) ? value : null
}

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
  const segments = path.split('/')
  const at = segments.lastIndexOf(name)
  const segment = at === -1 ? undefined : segments[at + 1]
  if (!segment) return null
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
