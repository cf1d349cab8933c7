import { isObject, readArray, readCount, readObject, type JsonObject } from '../../core/json.ts'
import type { ReaderOptions, ResponseReader, WireFormat } from '../format.ts'
import { ChoiceEnds } from './choice-ends.ts'
import { createMessageReader, type ResponseNotes } from '../reading/message-reader.ts'
import { readMessageUsage } from '../reading/message-usage.ts'
import { readFailure, readResponseError } from '../reading/response-error.ts'
import { readCommonRequest, readTextPrompt } from '../request/request.ts'

/** OpenAI's legacy text completions, which vLLM, Ollama, Together and others still serve. */
export const openAiCompletions: WireFormat = {
  name: 'openai-completions',
  operation: 'text_completion',
  path: /(?<!\/chat)\/completions$/,
  recognises(message) {
    const object = message['object']
    if (object === 'text_completion' || object === 'completion.chunk') return true
    const choice = readObject(readArray(message['choices'])[0])
    // Together repeats the text of a chat's delta as `text`.
    return typeof choice['text'] === 'string' && !isObject(choice['delta'])
  },
  readRequest: (body) => readCommonRequest(body, readTextPrompt(body['prompt'], 'completion')),
  createReader,
}

function createReader(options: ReaderOptions): ResponseReader {
  const ends = new ChoiceEnds()
  return createMessageReader(options, (message, notes) => readCompletion(message, notes, ends))
}

function readCompletion(message: JsonObject, notes: ResponseNotes, ends: ChoiceEnds): void {
  const usage = readMessageUsage(message)
  notes.usage.assign(usage)
  // Writer streams bare `{value}` pieces and has no event that ends them.
  if (typeof message['value'] === 'string') notes.finished = true
  notes.completion.text(message['value'])
  const choices = readArray(message['choices'])
  for (const item of choices) {
    const choice = readObject(item)
    notes.error = readResponseError(choice) ?? notes.error ?? readFailure(choice)
    notes.completion.text(choice['text'], readCount(choice['index']) ?? 0)
  }
  ends.note(choices, usage, notes)
}
