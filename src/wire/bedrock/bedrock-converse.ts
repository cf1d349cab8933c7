import { isObject, readArray, readCount, readObject, readText, type JsonObject } from '../../core/json.ts'
import type { CompletionBuilder } from '../reading/completion-builder.ts'
import type { RequestFacts, WireFormat } from '../format.ts'
import { createMessageReader, type ResponseNotes } from '../reading/message-reader.ts'
import { readMessageUsage } from '../reading/message-usage.ts'
import { readCommonRequest, readSamplingParameters, toChatPrompt, toMessage } from '../request/request.ts'

const EVENTS = ['messageStart', 'contentBlockStart', 'contentBlockDelta', 'contentBlockStop', 'messageStop', 'metadata']

/** Bedrock's Converse and Amazon Nova's own format. The model and the wish for a stream stand in the path. */
export const bedrockConverse: WireFormat = {
  name: 'bedrock-converse',
  operation: 'chat',
  path: /\/converse(?:-stream)?$/,
  recognises: (message, name) =>
    EVENTS.includes(name) ||
    isObject(message['messageStart']) ||
    (typeof message['stopReason'] === 'string' && isObject(readObject(message['output'])['message'])),
  readRequest: readConverseRequest,
  createReader: (options) => createMessageReader(options, readConverseMessage),
}

function readConverseRequest(body: JsonObject): RequestFacts {
  const messages = readArray(body['messages']).map((item) =>
    toMessage(readObject(item)['role'], readObject(item)['content']),
  )
  if (body['system'] !== undefined) messages.unshift(toMessage('system', body['system']))
  return {
    ...readCommonRequest(body, toChatPrompt(messages, readObject(body['toolConfig'])['tools'], null)),
    model: readText(body['modelId']),
    parameters: readSamplingParameters(readObject(body['inferenceConfig'])),
  }
}

function readConverseMessage(message: JsonObject, notes: ResponseNotes, name: string): void {
  notes.usage.assign(readMessageUsage(message))
  const tier = readObject(readObject(message['metadata'])['serviceTier'] ?? message['serviceTier'])['type']
  const { latency } = readObject(readObject(message['metadata'])['performanceConfig'] ?? message['performanceConfig'])
  // Charged like a tier of its own, whatever the tier beside it.
  notes.serviceTier = latency === 'optimized' ? latency : (readText(tier) ?? notes.serviceTier)
  if (message['stopReason'] !== undefined || message['messageStop'] !== undefined) notes.finished = true
  // The counts follow the stop reason in an event of their own.
  if (notes.finished && (name === 'metadata' || isObject(message['metadata']))) notes.terminated = true
  for (const block of readArray(readObject(readObject(message['output'])['message'])['content'])) {
    readBlock(readObject(block), notes.completion)
  }
  // Converse names its events outside the message, Nova inside.
  const start = name === 'contentBlockStart' ? message : readObject(message['contentBlockStart'])
  const tool = readObject(readObject(start['start'])['toolUse'])
  if (readText(tool['name'])) notes.completion.toolCall(readCount(start['contentBlockIndex']) ?? 0, tool['name'], '')
  const piece = name === 'contentBlockDelta' ? message : readObject(message['contentBlockDelta'])
  readDelta(readObject(piece['delta']), readCount(piece['contentBlockIndex']) ?? 0, notes.completion)
}

function readBlock(block: JsonObject, completion: CompletionBuilder): void {
  completion.text(block['text'])
  completion.reasoning(readObject(readObject(block['reasoningContent'])['reasoningText'])['text'])
  const tool = block['toolUse']
  if (isObject(tool)) completion.wholeToolCall(tool['name'], tool['input'])
}

function readDelta(delta: JsonObject, key: number, completion: CompletionBuilder): void {
  completion.text(delta['text'])
  completion.reasoning(readObject(delta['reasoningContent'])['text'])
  const tool = delta['toolUse']
  if (isObject(tool)) completion.toolCall(key, null, tool['input'])
}
