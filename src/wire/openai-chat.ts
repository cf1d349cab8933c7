import { isObject, readArray, readCount, readObject, readText, type JsonObject } from '../core/json.ts'
import { createCompletionBuilder, type CompletionBuilder } from './completion-builder.ts'
import type { ReaderOptions, ResponseError, ResponseReader, WireFormat } from './format.ts'
import { readChatPrompt, readSamplingParameters, readUserId } from './openai-prompt.ts'
import { readOpenAiUsage } from './openai-usage.ts'
import { readResponseError } from './response-error.ts'
import { createUsageState } from './usage-state.ts'

/** OpenAI chat completions, and everybody who speaks them. */
export const openAiChat: WireFormat = {
  name: 'openai-chat',
  operation: 'chat',
  path: /\/chat\/completions$/,
  recognises(message) {
    const object = message['object']
    if (object === 'chat.completion' || object === 'chat.completion.chunk') return true
    const choice = readArray(message['choices'])[0]
    return isObject(choice) && (isObject(choice['message']) || isObject(choice['delta']))
  },
  readRequest(body) {
    return {
      model: readText(body['model']),
      stream: body['stream'] === true,
      userId: readUserId(body),
      parameters: readSamplingParameters(body),
      prompt: readChatPrompt(body),
    }
  },
  createReader: createOpenAiChatReader,
}

function createOpenAiChatReader({ maxTextLength }: ReaderOptions): ResponseReader {
  const usage = createUsageState()
  const completion = createCompletionBuilder(maxTextLength)
  let model: string | null = null
  let serviceTier: string | null = null
  let error: ResponseError | null = null
  let finished = false

  return {
    read(message) {
      // Azure's first chunk carries `model: ""`, which must not hide the real one.
      model = readText(message['model']) ?? model
      serviceTier = readText(message['service_tier']) ?? serviceTier
      error = readResponseError(message) ?? error
      const reported = readOpenAiUsage(message['usage'])
      // Groq repeats the same object under x_groq; older servers have it only there.
      usage.assign(reported ?? readOpenAiUsage(readObject(message['x_groq'])['usage']))
      if (reported) finished = true
      // Perplexity closes with an object that repeats the whole message: its text was already read.
      const repeats = message['object'] === 'chat.completion.done'
      for (const item of readArray(message['choices'])) {
        const choice = readObject(item)
        if (readText(choice['finish_reason'])) finished = true
        if (!repeats) readChoice(choice, completion)
      }
    },
    facts() {
      const reported = usage.usage
      return {
        model,
        usage: { ...reported, serviceTier: serviceTier ?? reported.serviceTier },
        completion: completion.completion(),
        error,
        finished,
        consumption: true,
      }
    },
  }
}

function readChoice(choice: JsonObject, completion: CompletionBuilder): void {
  const message = isObject(choice['delta']) ? choice['delta'] : readObject(choice['message'])
  const content = message['content']
  if (typeof content === 'string') completion.text(content)
  else for (const part of readArray(content)) completion.text(readObject(part)['text'])
  completion.text(message['refusal'])
  completion.reasoning(message['reasoning_content'] ?? message['reasoning'])
  const audio = readObject(message['audio'])
  completion.text(audio['transcript'])

  const choiceKey = readCount(choice['index']) ?? 0
  for (const [position, item] of readArray(message['tool_calls']).entries()) {
    const call = readObject(item)
    const called = readObject(call['function'])
    completion.toolCall(`${choiceKey}:${readCount(call['index']) ?? position}`, called['name'], called['arguments'])
  }
  const legacyCall = message['function_call']
  if (isObject(legacyCall)) completion.toolCall(`${choiceKey}:f`, legacyCall['name'], legacyCall['arguments'])
}
