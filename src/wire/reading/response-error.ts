import { isObject, readText, toJsonText, type JsonObject } from '../../core/json.ts'
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

/** As `readResponseError`, for a body whose HTTP status already says that it is an error. */
export function readErrorBody(body: JsonObject): ResponseError {
  const error = readResponseError(body)
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
  const error = readResponseError(message)
  if (error) return error
  const isError = ERROR_NAME.test(name) || message['type'] === 'error'
  if (!isError) return null
  const body = readErrorBody(message)
  return { code: body.code ?? (/exception$/i.test(name) ? name : null), message: body.message }
}

function readCode(value: unknown): string | null {
  return typeof value === 'number' ? String(value) : readText(value)
}
