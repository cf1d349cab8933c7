import { readArray, readObject, readText, type JsonObject } from '../core/json.ts'
import { openAiChat } from './openai/openai-chat.ts'
import type { WireFormat } from './format.ts'
import { createMessageReader, type ResponseNotes } from './reading/message-reader.ts'
import { readUsage } from './reading/message-usage.ts'
import { readOllamaUsage } from './ollama/ollama-usage.ts'
import { readMessageKey } from './request/request.ts'

/**
 * What Open WebUI adds to OpenAI's chat for its own interface: the answer to a request is a receipt
 * (`{status: true, task_id}`), since the text travels over a socket, and `/api/chat/completed` tells afterwards what was
 * said, with the usage of the last message. `messageKey` ties the two together.
 */
export const openWebUi: WireFormat = {
  name: 'open-webui',
  operation: 'chat',
  path: /\/api\/chat\/completed$/,
  recognises: (message) =>
    (message['status'] === true && (typeof message['task_id'] === 'string' || Array.isArray(message['task_ids']))) ||
    (typeof message['chat_id'] === 'string' && Array.isArray(message['messages'])),
  readRequest: openAiChat.readRequest,
  createReader: (options) => createMessageReader(options, readWebUiMessage),
}

function readWebUiMessage(message: JsonObject, notes: ResponseNotes): void {
  notes.finished = true
  const last = readArray(message['messages'])
    .map(readObject)
    .findLast((item) => item['role'] === 'assistant')
  if (last === undefined) {
    notes.consumption = false
    return
  }
  // Older versions keep Ollama's own counts under `info`.
  notes.usage.assign(readUsage(last['usage']) ?? readOllamaUsage(readObject(last['usage'] ?? last['info'])))
  notes.completion.text(last['content'])
  notes.model = readText(last['model']) ?? notes.model
  notes.messageKey = readMessageKey({ chat_id: message['chat_id'], message_id: last['id'] ?? message['id'] })
}
