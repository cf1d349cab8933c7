import { readArray, readObject, readText, type JsonObject } from '../core/json.ts'
import { createUsage, type ReportedUsage } from '../core/records/usage.ts'
import type { WireFormat } from './format.ts'
import { createMessageReader, type ResponseNotes } from './reading/message-reader.ts'
import { readMessageUsage } from './reading/message-usage.ts'
import { readCommonRequest, readSamplingParameters, readTextPrompt } from './request/request.ts'
import { firstTokenCount, readTokenCount, sumKnown } from './reading/token-count.ts'

/** Native endpoints of llama.cpp (`/completion`), Hugging Face's text-generation-inference (`/generate`) and watsonx. */
export const textGeneration: WireFormat = {
  name: 'text-generation',
  operation: 'text_completion',
  path: /\/completion$|\/generate(?:_stream)?$|\/generation\/\w+$/,
  recognises: (message) =>
    typeof message['generated_text'] === 'string' ||
    'generated_text' in readObject(readArray(message['results'])[0]) ||
    'tokens_predicted' in message ||
    typeof readObject(message['token'])['text'] === 'string',
  readRequest(body) {
    const prompt = readTextPrompt(body['prompt'] ?? body['inputs'] ?? body['input'], 'completion')
    const parameters = readSamplingParameters({ ...body, ...readObject(body['parameters']) })
    const facts = readCommonRequest(body, prompt)
    return { ...facts, model: facts.model ?? readText(body['model_id']), parameters }
  },
  createReader: (options) => createMessageReader(options, readGenerationMessage),
}

function readGenerationMessage(message: JsonObject, notes: ResponseNotes): void {
  notes.model = readText(message['model_id']) ?? notes.model
  notes.usage.assign(readCounts(message) ?? readMessageUsage(message))
  if (message['stop'] === true) notes.terminated = true
  notes.completion.text(message['content'])
  const token = readObject(message['token'])
  if (token['special'] !== true) notes.completion.text(token['text'])
  // A stream of tokens closes with the whole text.
  if (message['token'] === undefined) notes.completion.text(message['generated_text'])
  else if (typeof message['generated_text'] === 'string') notes.terminated = true
  for (const item of readArray(message['results'])) {
    const result = readObject(item)
    notes.completion.text(result['generated_text'])
    if (readText(result['stop_reason']) && result['stop_reason'] !== 'not_finished') notes.terminated = true
  }
}

function readCounts(message: JsonObject): ReportedUsage | null {
  if (Array.isArray(message['results'])) return readResultCounts(message['results'])
  const input = readTokenCount(message['tokens_evaluated'])
  const output =
    firstTokenCount(message, ['tokens_predicted']) ?? readTokenCount(readObject(message['details'])['generated_tokens'])
  if (input === null && output === null) return null
  const cacheRead = readTokenCount(readObject(message['timings'])['cache_n'])
  return createUsage({ input, output, cacheRead, raw: { input, output } })
}

/**
 * watsonx counts on each result. In a stream only the first tells the prompt, later ones a 0 in its place, and what was
 * generated is counted up from message to message.
 */
function readResultCounts(raw: readonly unknown[]): ReportedUsage | null {
  const results = readArray(raw).map(readObject)
  const input = sumKnown(results.map((result) => readTokenCount(result['input_token_count']) || null))
  const output = sumKnown(results.map((result) => readTokenCount(result['generated_token_count'])))
  return input === null && output === null ? null : createUsage({ input, output, raw: { input, output } })
}
