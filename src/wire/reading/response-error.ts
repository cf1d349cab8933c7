import { isObject, readArray, readObject, readText, toJsonText, type JsonObject } from '../../core/json.ts'
import type { ResponseError } from '../format.ts'

/** Events that are errors by their name: `event: error` of SSE, `throttlingException` and the like of AWS. */
const ERROR_NAME = /^error$|exception$/i

/**
 * The error a body carries, in the shapes seen in the field: `{error: {message, code | type}}` (OpenAI and its kin),
 * `{error: "text"}` (Ollama, also as a line after HTTP 200), `{type: "error", error}` (Anthropic). `null` when there is
 * none.
 */
export function readResponseError(message: JsonObject): ResponseError | null {
  const error = message['error']
  if (typeof error === 'string' && error !== '') return { code: readCode(message['code']), message: error }
  if (!isObject(error)) return null
  const code = readCode(error['code']) ?? readCode(error['type']) ?? readCode(error['status'])
  const text = readText(error['message'])
  // Some servers send an empty error with every answer.
  return code === null && text === null ? null : { code, message: text }
}

/**
 * Errors in shapes that only one vendor has, behind HTTP 200 too: MiniMax's `base_resp`, Groq's `x_groq.error`, vLLM's
 * `{object: "error", message, code}`, DashScope's bare `{code, message}`, Zhipu's and Cloudflare's `success: false`, Baidu's `error_code`, DeepInfra's `error_type`, watsonx's `errors`.
 */
function readVendorError(message: JsonObject): ResponseError | null {
  const minimax = readObject(message['base_resp'])
  const status = minimax['status_code']
  if (typeof status === 'number' && status !== 0)
    return { code: String(status), message: readText(minimax['status_msg']) }
  const groq = readObject(message['x_groq'])['error']
  if (groq !== undefined && groq !== null) return readResponseError({ error: groq })
  if (message['object'] === 'error') return { code: readCode(message['code']), message: readText(message['message']) }
  const code = readCode(message['error_code'])
  if (code !== null && code !== '0')
    return { code, message: readText(message['error_msg']) ?? readText(message['message']) }
  const kind = readCode(message['error_type'])
  const reason = readText(message['error_message'])
  if (kind !== null && reason !== null) return { code: kind, message: reason }
  if (message['success'] === false || isListOfErrors(message)) return readRefusal(message)
  return readBareError(message)
}

/** `{code, message}` and nothing that an answer would hold (DashScope, Spark). Success has a code of its own there. */
function readBareError(message: JsonObject): ResponseError | null {
  const code = readCode(message['code'])
  const text = readText(message['message'])
  if (code === null || text === null || SUCCESS_CODES.has(code) || ANSWERS.some((key) => key in message)) return null
  return { code, message: text }
}

const SUCCESS_CODES: ReadonlySet<string> = new Set(['0', '200', 'success', 'Success', 'ok', 'OK'])
const ANSWERS = ['choices', 'output', 'usage', 'data', 'result', 'candidates', 'content', 'response'] as const

/** `{errors: [{code, message}], trace}` of watsonx, and nothing that an answer would hold. */
function isListOfErrors(message: JsonObject): boolean {
  const first = readArray(message['errors'])[0]
  return isObject(first) && readText(first['message']) !== null && !ANSWERS.some((key) => key in message)
}

/** `{success: false, errors: [{code, message}]}` or `{success: false, code, msg}`. */
function readRefusal(message: JsonObject): ResponseError | null {
  const first = readArray(message['errors'])[0]
  const source = isObject(first) ? first : message
  const code = readCode(source['code'])
  const text = readText(source['message']) ?? readText(source['msg']) ?? readText(first)
  return code === null && text === null ? null : { code, message: text }
}

/** Reasons to end that are failures: OpenRouter's and Mistral's, Zhipu's, DeepSeek's, and that of vLLM and SGLang. */
const FAILURES: ReadonlySet<unknown> = new Set(['error', 'network_error', 'insufficient_system_resource', 'abort'])

/** What the finish reason of a choice says of a failure; an error beside it says more. */
export function readFailure(choice: JsonObject): ResponseError | null {
  const reason = choice['finish_reason']
  return FAILURES.has(reason) ? { code: String(reason), message: null } : null
}

/** As `readResponseError`, for a body whose HTTP status already says that it is an error. */
export function readErrorBody(body: JsonObject): ResponseError {
  const error = readResponseError(body) ?? readVendorError(body)
  if (error) return error
  const detail = body['detail']
  return {
    code: readCode(body['code']) ?? readCode(body['type']) ?? readCode(body['__type']),
    message:
      readText(body['message']) ??
      readText(body['Message']) ??
      readText(detail) ??
      (detail === undefined ? null : toJsonText(detail)),
  }
}

/** The error that one message of a response carries, by its shape or by the name of its event. */
export function readEventError(message: JsonObject, name: string): ResponseError | null {
  const error = readResponseError(message) ?? readVendorError(message)
  if (error) return error
  const isError = ERROR_NAME.test(name) || message['type'] === 'error'
  if (!isError) return null
  const body = readErrorBody(message)
  return { code: body.code ?? (/exception$/i.test(name) ? name : null), message: body.message }
}

function readCode(value: unknown): string | null {
  return typeof value === 'number' ? String(value) : readText(value)
}
