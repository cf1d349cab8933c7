import { isObject, readText, type JsonObject } from '../core/json.ts'
import type { ResponseError } from './format.ts'

/**
 * The error a body carries, in the shapes seen in the field: `{error: {message, code | type}}` (OpenAI and its kin),
 * `{error: "text"}` (Ollama, also as a line after HTTP 200), `{type: "error", error}` (Anthropic),
 * `{message, code | type}` and `{detail}` (gateways). `null` when there is none.
 */
export function readResponseError(message: JsonObject): ResponseError | null {
  const error = message['error']
  if (typeof error === 'string' && error !== '') return { code: null, message: error }
  if (isObject(error)) {
    return {
      code: readCode(error['code']) ?? readCode(error['type']) ?? readCode(error['status']),
      message: readText(error['message']),
    }
  }
  return null
}

/** As `readResponseError`, for a body whose HTTP status already says that it is an error. */
export function readErrorBody(body: JsonObject): ResponseError {
  const error = readResponseError(body)
  if (error) return error
  const detail = body['detail']
  return {
    code: readCode(body['code']) ?? readCode(body['type']),
    message: readText(body['message']) ?? readText(detail) ?? (detail === undefined ? null : JSON.stringify(detail)),
  }
}

function readCode(value: unknown): string | null {
  return typeof value === 'number' ? String(value) : readText(value)
}
