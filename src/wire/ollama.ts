import type { Prompt } from '../core/conversation.ts'
import {
  isObject,
  readArray,
  readCount,
  readNumber,
  readObject,
  readString,
  readText,
  type JsonObject,
} from '../core/json.ts'
import { UNKNOWN_USAGE, type ReportedUsage } from '../core/usage.ts'
import { createCompletionBuilder, readToolCalls } from './completion-builder.ts'
import type { ReaderOptions, RequestFacts, ResponseError, ResponseReader, WireFormat } from './format.ts'
import { toMediaPart } from './openai-prompt.ts'
import { readResponseError } from './response-error.ts'
import { createUsageState } from './usage-state.ts'

/** Ollama's native `/api/chat`. Streams unless told otherwise. */
export const ollamaChat: WireFormat = {
  name: 'ollama-chat',
  operation: 'chat',
  path: /\/api\/chat$/,
  recognises: (message) => typeof message['done'] === 'boolean' && isObject(message['message']),
  readRequest: (body) => readOllamaRequest(body, readMessages(body)),
  createReader: createOllamaReader,
}

/** Ollama's native `/api/generate`. Streams unless told otherwise. */
export const ollamaGenerate: WireFormat = {
  name: 'ollama-generate',
  operation: 'text_completion',
  path: /\/api\/generate$/,
  recognises: (message) => typeof message['done'] === 'boolean' && typeof message['response'] === 'string',
  readRequest: (body) => readOllamaRequest(body, readGeneratePrompt(body)),
  createReader: createOllamaReader,
}

function readOllamaRequest(body: JsonObject, prompt: Prompt): RequestFacts {
  const options = readObject(body['options'])
  return {
    model: readText(body['model']),
    stream: body['stream'] !== false,
    userId: null,
    parameters: {
      temperature: readNumber(options['temperature']),
      maxTokens: readNumber(options['num_predict']),
      topP: readNumber(options['top_p']),
      frequencyPenalty: readNumber(options['frequency_penalty']),
      presencePenalty: readNumber(options['presence_penalty']),
    },
    prompt,
  }
}

function readMessages(body: JsonObject): Prompt {
  const messages = readArray(body['messages']).map((item) => {
    const message = readObject(item)
    return {
      role: readString(message['role']) ?? '',
      name: null,
      text: readString(message['content']) ?? '',
      media: readImages(message),
      toolCalls: readToolCalls(message['tool_calls']),
    }
  })
  return { kind: 'chat', messages, tools: readArray(body['tools']), responseSchema: readSchema(body), tokenIds: 0 }
}

function readGeneratePrompt(body: JsonObject): Prompt {
  const texts = [readText(body['system']), readText(body['prompt']), readText(body['suffix'])].filter(
    (text) => text !== null,
  )
  const message = { role: '', name: null, text: texts.join('\n'), media: readImages(body), toolCalls: [] }
  return { kind: 'completion', messages: [message], tools: [], responseSchema: readSchema(body), tokenIds: 0 }
}

function readImages(message: JsonObject) {
  return readArray(message['images']).map((image) => toMediaPart('image', readString(image), null))
}

function readSchema(body: JsonObject): unknown {
  return isObject(body['format']) ? body['format'] : null
}

function createOllamaReader({ maxTextLength }: ReaderOptions): ResponseReader {
  const usage = createUsageState()
  const completion = createCompletionBuilder(maxTextLength)
  let model: string | null = null
  let error: ResponseError | null = null
  let finished = false
  let consumption = true
  let toolCalls = 0

  return {
    read(message) {
      model = readText(message['model']) ?? model
      error = readResponseError(message) ?? error
      if (message['done'] === true) {
        finished = true
        usage.assign(readOllamaUsage(message))
        // An empty prompt only loads or unloads the model: the answer has no counts and nothing was consumed.
        const reason = message['done_reason']
        consumption = reason !== 'load' && reason !== 'unload'
      }
      const answer = readObject(message['message'])
      completion.text(answer['content'] ?? message['response'])
      completion.reasoning(answer['thinking'] ?? message['thinking'])
      // Calls come whole, one or several to a message, and have no index of their own.
      for (const call of readToolCalls(answer['tool_calls'])) {
        completion.toolCall(String(toolCalls++), call.name, call.arguments)
      }
    },
    facts() {
      return { model, usage: usage.usage, completion: completion.completion(), error, finished, consumption }
    },
  }
}

/**
 * `prompt_eval_count` includes what came from the cache (since July 2024), and is left out when it is unknown or zero;
 * `eval_count` includes thinking.
 */
function readOllamaUsage(message: JsonObject): ReportedUsage | null {
  const input = readCount(message['prompt_eval_count'])
  const output = readCount(message['eval_count'])
  if (input === null && output === null) return null
  const raw = Object.fromEntries(
    Object.entries(message).filter(([key, value]) => typeof value === 'number' && /_(count|duration)$/.test(key)),
  )
  return { ...UNKNOWN_USAGE, input, output, cacheRead: readCount(message['prompt_eval_cached_count']), raw }
}
