import type { Prompt } from '../core/conversation.ts'
import { isObject, readArray, readObject, readText, type JsonObject } from '../core/json.ts'
import { createCompletionBuilder } from './completion-builder.ts'
import type { ReaderOptions, ResponseError, ResponseReader, WireFormat } from './format.ts'
import { readSamplingParameters, readUserId } from './openai-prompt.ts'
import { readOpenAiUsage } from './openai-usage.ts'
import { readResponseError } from './response-error.ts'
import { createUsageState } from './usage-state.ts'

/** OpenAI's legacy text completions, which vLLM, Ollama, Together and others still serve. */
export const openAiCompletions: WireFormat = {
  name: 'openai-completions',
  operation: 'text_completion',
  path: /(?<!\/chat)\/completions$/,
  recognises(message) {
    if (message['object'] === 'text_completion') return true
    const choice = readArray(message['choices'])[0]
    return isObject(choice) && typeof choice['text'] === 'string'
  },
  readRequest(body) {
    return {
      model: readText(body['model']),
      stream: body['stream'] === true,
      userId: readUserId(body),
      parameters: readSamplingParameters(body),
      prompt: readTextPrompt(body['prompt'], 'completion'),
    }
  },
  createReader: createOpenAiCompletionsReader,
}

/** A text, several texts, token ids, or several lists of token ids. */
export function readTextPrompt(value: unknown, kind: 'completion' | 'embedding'): Prompt {
  const texts: string[] = []
  let tokenIds = 0
  for (const item of typeof value === 'string' ? [value] : readArray(value)) {
    if (typeof item === 'string') texts.push(item)
    else tokenIds += typeof item === 'number' ? 1 : readArray(item).length
  }
  return { kind, messages: texts.map(toBareMessage), tools: [], responseSchema: null, tokenIds }
}

function toBareMessage(text: string) {
  return { role: '', name: null, text, media: [], toolCalls: [] }
}

function createOpenAiCompletionsReader({ maxTextLength }: ReaderOptions): ResponseReader {
  const usage = createUsageState()
  const completion = createCompletionBuilder(maxTextLength)
  let model: string | null = null
  let error: ResponseError | null = null
  let finished = false

  function readChoice(choice: JsonObject): void {
    if (readText(choice['finish_reason'])) finished = true
    completion.text(choice['text'])
  }

  return {
    read(message) {
      model = readText(message['model']) ?? model
      error = readResponseError(message) ?? error
      usage.assign(readOpenAiUsage(message['usage']))
      for (const choice of readArray(message['choices'])) readChoice(readObject(choice))
    },
    facts() {
      return { model, usage: usage.usage, completion: completion.completion(), error, finished, consumption: true }
    },
  }
}
