import { readText, type JsonObject } from '../../core/json.ts'

/** Chat and message of a request that Open WebUI's own interface sends; `null` for other callers. */
export function readMessageKey(body: JsonObject): string | null {
  const chat = readText(body['chat_id'])
  const message = readText(body['message_id']) ?? readText(body['id'])
  return chat === null || message === null ? null : `${chat}:${message}`
}
