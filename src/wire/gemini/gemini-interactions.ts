import { isObject, readArray, readObject, readText, type JsonObject } from '../../core/json.ts'
import type { CompletionBuilder } from '../reading/completion-builder.ts'
import type { RequestFacts, WireFormat } from '../format.ts'
import { createMessageReader, type ResponseNotes } from '../reading/message-reader.ts'
import { readModelName } from '../reading/model-name.ts'
import { readMessageUsage } from '../reading/message-usage.ts'
import { readResponseError } from '../reading/response-error.ts'
import { readCommonRequest, readSamplingParameters, toChatPrompt, toMessage } from '../request/request.ts'

/** The beta of the API says `interaction.complete`. */
const TERMINAL = /^interaction\.completed?$/

/** Gemini's Interactions. */
export const geminiInteractions: WireFormat = {
  name: 'gemini-interactions',
  operation: 'chat',
  path: /\/interactions$/,
  recognises: (message) =>
    message['object'] === 'interaction' || /^(?:interaction|step)\./.test(readText(message['event_type']) ?? ''),
  readRequest: readInteractionRequest,
  createReader: (options) => createMessageReader(options, readInteractionMessage),
}

function readInteractionRequest(body: JsonObject): RequestFacts {
  const input = body['input']
  const turns =
    Array.isArray(input) && readObject(input[0])['role'] !== undefined ? input : [{ role: 'user', content: input }]
  const messages = turns.map((turn) => toMessage(readObject(turn)['role'], readObject(turn)['content']))
  const system = readText(body['system_instruction'])
  if (system !== null) messages.unshift(toMessage('system', system))
  return {
    ...readCommonRequest(body, toChatPrompt(messages, body['tools'], body['response_format'])),
    model: readModelName(body['model']) ?? readText(body['agent']),
    parameters: readSamplingParameters(readObject(body['generation_config'])),
  }
}

function readInteractionMessage(message: JsonObject, notes: ResponseNotes): void {
  const interaction = isObject(message['interaction']) ? message['interaction'] : message
  notes.model = readModelName(interaction['model']) ?? notes.model
  notes.serviceTier = readText(interaction['service_tier']) ?? notes.serviceTier
  notes.usage.assign(readMessageUsage(message))
  if (interaction['object'] === 'interaction' || interaction !== message)
    notes.answerId = readText(interaction['id']) ?? notes.answerId
  const status = interaction['status']
  if (status === 'completed' || status === 'failed' || status === 'requires_action') notes.finished = true
  if (TERMINAL.test(readText(message['event_type']) ?? '')) notes.terminated = true
  if (status === 'failed') notes.error ??= readResponseError(interaction) ?? { code: 'failed', message: null }
  if (message['object'] === 'interaction' && (status === 'in_progress' || status === 'queued'))
    notes.consumption = false
  for (const item of readArray(interaction['steps'] ?? interaction['outputs'])) {
    const step = readObject(item)
    if (Array.isArray(step['content'])) for (const part of step['content']) readPart(readObject(part), notes.completion)
    else readPart(step, notes.completion)
  }
  readPart(readObject(message['delta']), notes.completion)
}

function readPart(part: JsonObject, completion: CompletionBuilder): void {
  const type = part['type']
  if (type === 'thought' || type === 'thought_summary')
    completion.reasoning(part['text'] ?? readObject(part['content'])['text'])
  else completion.text(part['text'])
  if (type === 'function_call') completion.wholeToolCall(part['name'], part['arguments'])
}
