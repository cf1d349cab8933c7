import { readArray, readObject, readText, type JsonObject } from '../../core/json.ts'
import type { WireFormat } from '../format.ts'
import { createMessageReader, type ResponseNotes } from '../reading/message-reader.ts'
import { readUsage } from '../reading/message-usage.ts'
import { readResponseError } from '../reading/response-error.ts'
import { readCommonRequest, toChatPrompt, toMessage } from '../request/request.ts'

/** Runs of OpenAI's Assistants API. A plain answer is a receipt: the run is polled until it has ended. */
export const openAiAssistants: WireFormat = {
  name: 'openai-assistants',
  operation: 'chat',
  path: /\/threads\/(?:runs|[^/]+\/runs(?:\/[^/]+\/submit_tool_outputs)?)$/,
  recognises: (message, name) =>
    name.startsWith('thread.') || (readText(message['object'])?.startsWith('thread.') ?? false),
  readRequest(body) {
    const thread = readArray(readObject(body['thread'])['messages'] ?? body['additional_messages'])
    const messages = thread.map((item) => toMessage(readObject(item)['role'], readObject(item)['content']))
    return readCommonRequest(body, toChatPrompt(messages, body['tools'], null))
  },
  createReader: (options) => createMessageReader(options, readRunMessage),
}

function readRunMessage(message: JsonObject, notes: ResponseNotes, name: string): void {
  const object = message['object']
  // Steps have counts of their own; the run's hold their sum.
  if (object === 'thread.run') {
    notes.usage.assign(readUsage(message['usage']))
    notes.answerId = readText(message['id']) ?? notes.answerId
    const status = message['status']
    const waiting = status === 'queued' || status === 'in_progress'
    if (waiting && name === '') notes.consumption = false
    // Only `done` follows, until somebody submits what is required.
    if (!waiting && status !== 'cancelling') notes.terminated = true
    notes.error = readResponseError({ error: message['last_error'] }) ?? notes.error
  } else if (object === 'thread.message.delta') {
    for (const part of readArray(readObject(message['delta'])['content'])) {
      notes.completion.text(readObject(readObject(part)['text'])['value'])
    }
  }
}
