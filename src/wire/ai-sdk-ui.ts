import { isObject, readArray, readObject, readText, type JsonObject } from '../core/json.ts'
import { createUsage, type ReportedUsage } from '../core/records/usage.ts'
import type { ReaderOptions, RequestFacts, ResponseReader, WireFormat } from './format.ts'
import type { CompletionBuilder } from './reading/completion-builder.ts'
import { createMessageReader } from './reading/message-reader.ts'
import { firstTokenCount, readTokenCount } from './reading/token-count.ts'
import { readCommonRequest, toChatPrompt, toMessage } from './request/request.ts'

/** Parts that no other stream has. `start`, `finish` and `error` alone could be anybody's. */
const PART = /^(?:(?:start|finish)-step|(?:text|reasoning)-(?:start|delta|end)|tool-(?:input|output)-[a-z-]+)$/

/**
 * The stream that Vercel's AI SDK sends to `useChat`, at `/api/chat` unless said otherwise: what an application makes of
 * its model's answer. Usage is in it where the application puts it: in the metadata of the message, or in the last part.
 */
export const aiSdkUi: WireFormat = {
  name: 'ai-sdk-ui',
  operation: 'chat',
  // Its paths are those of Ollama: only the shape tells.
  path: /^(?!)/,
  recognises(message) {
    const type = readText(message['type']) ?? ''
    return PART.test(type) || (type === 'error' && typeof message['errorText'] === 'string')
  },
  readRequest,
  createReader,
}

function readRequest(body: JsonObject): RequestFacts {
  const messages = readArray(body['messages']).map((item) => {
    const message = readObject(item)
    return toMessage(message['role'], message['parts'] ?? message['content'])
  })
  return { ...readCommonRequest(body, toChatPrompt(messages, null, null)), stream: true }
}

function createReader(options: ReaderOptions): ResponseReader {
  /** Calls whose input came in pieces; its whole follows. */
  const pieced = new Set<unknown>()
  return createMessageReader(options, (message, notes) => {
    const metadata = readObject(message['messageMetadata'])
    notes.model = readText(metadata['model']) ?? notes.model
    notes.usage.assign(readUsage(message) ?? readUsage(metadata))
    const type = message['type']
    if (type === 'finish') notes.terminated = true
    else if (type === 'error') notes.error = { code: null, message: readText(message['errorText']) }
    else readPart(message, notes.completion, pieced)
  })
}

function readPart(message: JsonObject, completion: CompletionBuilder, pieced: Set<unknown>): void {
  const key = String(message['toolCallId'])
  switch (message['type']) {
    case 'text-delta':
      return completion.text(message['delta'])
    case 'reasoning-delta':
      return completion.reasoning(message['delta'])
    case 'tool-input-start':
      return completion.toolCall(key, message['toolName'], '')
    case 'tool-input-delta':
      pieced.add(message['toolCallId'])
      return completion.toolCall(key, null, message['inputTextDelta'])
    case 'tool-input-available':
      return completion.toolCall(key, message['toolName'], pieced.has(message['toolCallId']) ? '' : message['input'])
  }
}

/** `totalUsage` is that of all steps, `usage` may be the last one's. Counts are inclusive. */
function readUsage(source: JsonObject): ReportedUsage | null {
  const raw = source['totalUsage'] ?? source['usage']
  // A step's usage is part of the total that follows.
  if (!isObject(raw) || source['type'] === 'finish-step') return null
  const input = firstTokenCount(raw, ['inputTokens', 'promptTokens'])
  const output = firstTokenCount(raw, ['outputTokens', 'completionTokens'])
  if (input === null && output === null) return null
  const inputDetails = readObject(raw['inputTokenDetails'])
  const outputDetails = readObject(raw['outputTokenDetails'])
  return createUsage({
    input,
    output,
    cacheRead: readTokenCount(inputDetails['cacheReadTokens']) ?? readTokenCount(raw['cachedInputTokens']),
    cacheWrite: readTokenCount(inputDetails['cacheWriteTokens']),
    reasoning: readTokenCount(outputDetails['reasoningTokens']) ?? readTokenCount(raw['reasoningTokens']),
    raw,
  })
}
