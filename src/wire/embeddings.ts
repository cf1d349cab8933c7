import { isObject, readArray, readObject, type JsonObject } from '../core/json.ts'
import { createUsage, type ReportedUsage } from '../core/records/usage.ts'
import type { WireFormat } from './format.ts'
import { createMessageReader } from './reading/message-reader.ts'
import { readMessageUsage, readUsage } from './reading/message-usage.ts'
import { readCommonRequest, readTextPrompt } from './request/request.ts'
import { firstTokenCount, readTokenCount, sumKnown } from './reading/token-count.ts'

/** Embeddings of OpenAI and its kin, Voyage, Cohere, Gemini, Vertex and Ollama: they generate no tokens. */
export const embeddings: WireFormat = {
  name: 'embeddings',
  operation: 'embeddings',
  path: /\/embeddings$|\/(?:api|v1|v2)\/embed$|:(?:batch)?embedcontents?$|:predict$/,
  recognises(message) {
    const items = message['data'] ?? message['predictions'] ?? message['results']
    const first = readObject(readArray(items)[0])
    return (
      'embedding' in first ||
      'embeddings' in first ||
      isStructure(message['embeddings']) ||
      isStructure(message['embedding'])
    )
  },
  readRequest: (body) => readCommonRequest(body, readTextPrompt(readInput(body), 'embedding')),
  createReader: (options) =>
    createMessageReader(options, (message, notes) => {
      const usage = readEmbeddingsUsage(message)
      notes.usage.assign(usage && { ...usage, output: usage.output ?? 0 })
      if (!notes.error) notes.finished = true
    }),
}

function isStructure(value: unknown): boolean {
  return isObject(value) || Array.isArray(value)
}

/** `input` (OpenAI, Voyage, Ollama), `texts` (Cohere), `inputs` (watsonx), `content` or `requests` (Gemini), `instances` (Vertex). */
function readInput(body: JsonObject): unknown {
  const items = readArray(body['requests'] ?? body['instances']).map((item) => {
    const request = readObject(item)
    return readObject(request['content'])['parts'] ?? request['content']
  })
  if (items.length > 0) return items.flat()
  const content = body['content']
  return (
    body['input'] ??
    body['texts'] ??
    body['inputs'] ??
    body['prompt'] ??
    (isObject(content) ? content['parts'] : content)
  )
}

function readEmbeddingsUsage(message: JsonObject): ReportedUsage | null {
  const usage = readMessageUsage(message) ?? readUsage(message['meta'])
  if (usage) return usage
  const input =
    // Voyage names nothing but the total.
    readTokenCount(readObject(message['usage'])['total_tokens']) ??
    firstTokenCount(message, ['prompt_eval_count', 'inputTextTokenCount', 'input_token_count']) ??
    sumKnown(readArray(message['predictions']).map(countOfPrediction))
  return input === null ? null : createUsage({ input, raw: message['usage'] ?? null })
}

/** Vertex counts each text by itself. */
function countOfPrediction(prediction: unknown): number | null {
  return readTokenCount(readObject(readObject(readObject(prediction)['embeddings'])['statistics'])['token_count'])
}
