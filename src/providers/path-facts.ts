import { normalisePath } from '../core/normalise-path.ts'

/**
 * Asking what a prompt would cost: Anthropic's `/count_tokens`, also on Vertex (`/count-tokens:rawPredict`), Bedrock's
 * `/count-tokens`, OpenAI's `/responses/input_tokens`, Gemini's `:countTokens`, and tokenisers (vLLM, Cohere).
 */
const QUOTE =
  /[/:](?:count[_-]?tokens(?::rawpredict)?|input[_-]?tokens|compute[_-]?tokens|token[_-]?counter|estimate[_-]?token[_-]?count)$|\/(?:de)?token(?:ize(?:[_-]text)?|ization)$/
/**
 * Calls about a response or a job that exists already, or that will run later: their answers are receipts, or repeat an
 * answer that was counted (an update of a stored completion; a number there is Open WebUI's name for one of its servers).
 */
const RECEIPT =
  /\/(?:responses|runs)\/[^/]+\/cancel$|\/batches(?:\/|$)|:(?:async)?batch(?:generatecontent|embedcontent)$|\/chat\/completions\/(?!\d{1,3}$)[^/]+$/
/** What else stands below the prefixes of OpenAI's API: administration of what is generated with, none of it generating. Mistral's conversations do. */
const ADMINISTRATION =
  /\/(?:v\d+(?:beta\d*|alpha)?|openai)\/(?:files|uploads|vector_stores|moderations|fine[_-]tun(?:ing|es?)|assistants|threads|audio\/voice(?:s|_consents)|containers|evals|realtime|chatkit|skills|webhooks|organization|deployments\/[^/]+\/moderations)(?:\/|$)|\/openai\/v\d+\/conversations(?:\/|$)/
/** Runs of assistants generate, though they stand below threads. */
const RUN = /\/threads\/(?:runs|[^/]+\/runs(?:\/[^/]+\/submit_tool_outputs)?)$/
/**
 * Where an answer that was not there yet is fetched later: Responses in the background, Interactions, polled runs,
 * Perplexity's asynchronous completions, xAI's deferred ones.
 */
const RESULT = /\/(?:responses|interactions|threads\/[^/]+\/runs|async\/chat\/completions|deferred-completion)\/[^/]+$/
/** Functions that Open WebUI runs on a message. */
const ACTION = /\/api\/chat\/actions(?:\/|$)/
const STREAM = /:stream\w+$|\/(?:converse-stream|invoke-with-response-stream|generate_stream|text_stream)$/

/** False for calls that tell of no consumption whatever they answer: quotes, receipts, administration, and most that are no POST. */
export function isConsumingCall(method: string | undefined, path: string): boolean {
  const normalised = normalisePath(path)
  if (method === 'GET') return RESULT.test(normalised)
  if (method !== 'POST') return false
  if (QUOTE.test(normalised) || RECEIPT.test(normalised) || ACTION.test(normalised)) return false
  return !ADMINISTRATION.test(normalised) || RUN.test(normalised)
}

/** Id under which xAI gives a deferred answer, which has another id in itself. */
export function readDeferredId(path: string): string | null {
  return segmentAfter(path, 'deferred-completion')
}

/** Where Vertex is made to run a model; `null` for anywhere (`global`), and where the path does not say. */
export function readPathLocation(path: string): string | null {
  const location = path.includes('/publishers/anthropic/') ? segmentAfter(path, 'locations') : null
  return location === 'global' ? null : location
}

/** True where the path itself asks for a stream, as with Gemini and Bedrock. */
export function isStreamPath(path: string): boolean {
  return STREAM.test(normalisePath(path))
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
