import type { PromptMessage } from '../../core/records/conversation.ts'
import { readArray, readCount, readObject, readString, readText, type JsonObject } from '../../core/json.ts'
import { toArgumentsText, type CompletionBuilder } from '../reading/completion-builder.ts'
import type { ReaderOptions, RequestFacts, ResponseReader, WireFormat } from '../format.ts'
import { createHostedTools } from './hosted-tools.ts'
import { createMessageReader, type ResponseNotes } from '../reading/message-reader.ts'
import { readMessageUsage } from '../reading/message-usage.ts'
import { readCommonRequest, toChatPrompt, toMessage } from '../request/request.ts'
import { readResponseError } from '../reading/response-error.ts'

const TERMINAL = /^response\.(?:completed|incomplete|failed)$/

/** OpenAI's Responses API, with `/responses/compact`, and the hosts that follow it. */
export const openAiResponses: WireFormat = {
  name: 'openai-responses',
  operation: 'chat',
  path: /\/responses(?:\/compact)?$/,
  recognises(message) {
    const object = message['object']
    if (object === 'response' || object === 'response.compaction') return true
    return readText(message['type'])?.startsWith('response.') ?? false
  },
  readRequest: readResponsesRequest,
  createReader: createResponsesReader,
}

function readResponsesRequest(body: JsonObject): RequestFacts {
  const input = body['input']
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : readArray(input)
  const messages = items.map((item) => toInputMessage(readObject(item)))
  const instructions = readText(body['instructions'])
  if (instructions !== null) messages.unshift(toMessage('system', instructions))
  return readCommonRequest(
    body,
    toChatPrompt(messages, body['tools'], readObject(readObject(body['text'])['format'])['schema']),
  )
}

/** Input items are messages, calls that the model made earlier, and the results of those calls. */
function toInputMessage(item: JsonObject): PromptMessage {
  const message = toMessage(item['role'], item['content'] ?? item['output'] ?? item['summary'])
  if (item['type'] !== 'function_call') return message
  const call = { name: readString(item['name']) ?? '', arguments: toArgumentsText(item['arguments']) }
  return { ...message, role: 'assistant', toolCalls: [call] }
}

function createResponsesReader(options: ReaderOptions): ResponseReader {
  const tools = createHostedTools()
  return createMessageReader(options, (message, notes, name) => {
    readResponsesMessage(message, notes, name)
    tools.read(message)
    notes.usage.addCalls(tools.calls)
    notes.usage.setOtherModels(tools.otherModels)
  })
}

function readResponsesMessage(message: JsonObject, notes: ResponseNotes, name: string): void {
  // A stream wraps the response, a body is the response; the last event repeats all that was streamed. Of one that is too
  // large to be kept the name is left.
  const type = readText(message['type']) ?? name
  const streamed = type.startsWith('response.')
  const response = streamed ? readObject(message['response']) : message
  notes.model = readText(response['model']) ?? notes.model
  notes.serviceTier = readText(response['service_tier']) ?? notes.serviceTier
  notes.error = readResponseError(response) ?? notes.error
  if (response['status'] === 'failed') notes.error ??= { code: 'failed', message: null }
  notes.usage.assign(readMessageUsage(message))
  // Any stored response can be fetched again; what a background one consumed is told only then.
  if (response['background'] === true) notes.answerId = readText(response['id']) ?? notes.answerId
  const status = response['status']
  if (ENDED.has(status)) notes.finished = true
  if (TERMINAL.test(type)) notes.terminated = true
  if (streamed) readStreamed(type, message, notes.completion)
  else {
    // An answer to a background request is only a receipt; what it consumes is not known yet.
    if (status === 'queued' || status === 'in_progress') notes.consumption = false
    readOutput(response, notes.completion)
  }
}

const ENDED: ReadonlySet<unknown> = new Set(['completed', 'incomplete', 'failed', 'cancelled'])

function readOutput(response: JsonObject, completion: CompletionBuilder): void {
  for (const raw of readArray(response['output'])) {
    const item = readObject(raw)
    const type = item['type']
    if (type === 'function_call' || type === 'custom_tool_call') {
      completion.wholeToolCall(item['name'], item['arguments'] ?? item['input'])
    } else if (type === 'reasoning') {
      for (const part of readArray(item['summary'])) completion.reasoning(readObject(part)['text'])
    } else if (item['role'] !== 'user') {
      for (const part of readArray(item['content'])) {
        completion.text(readObject(part)['text'])
        completion.text(readObject(part)['refusal'])
      }
    }
  }
}

function readStreamed(type: string, message: JsonObject, completion: CompletionBuilder): void {
  const key = readCount(message['output_index']) ?? 0
  switch (type) {
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      return completion.text(message['delta'])
    case 'response.reasoning_text.delta':
    case 'response.reasoning_summary_text.delta':
      return completion.reasoning(message['delta'])
    case 'response.function_call_arguments.delta':
    case 'response.custom_tool_call_input.delta':
      return completion.toolCall(key, null, message['delta'])
    case 'response.output_item.added': {
      const item = readObject(message['item'])
      if (readText(item['name'])) completion.toolCall(key, item['name'], '')
    }
  }
}
