import { readArray, readObject, type JsonObject } from '../core/json.ts'
import { createUsage, type ReportedUsage } from '../core/records/usage.ts'
import type { WireFormat } from './format.ts'
import { createMessageReader } from './reading/message-reader.ts'
import { readMessageUsage, readUsage } from './reading/message-usage.ts'
import { readCommonRequest, readTextPrompt } from './request/request.ts'
import { readTokenCount } from './reading/token-count.ts'

/** Rerankers of Cohere, Voyage, Jina, Together and their kin. Some count tokens, some only searches. */
export const rerank: WireFormat = {
  name: 'rerank',
  operation: 'rerank',
  path: /\/rerank$/,
  recognises: (message) =>
    'relevance_score' in readObject(readArray(message['results'])[0] ?? readArray(message['data'])[0]),
  readRequest: (body) =>
    readCommonRequest(body, readTextPrompt([body['query'], ...readArray(body['documents'])], 'embedding')),
  createReader: (options) =>
    createMessageReader(options, (message, notes) => {
      notes.usage.assign(readRerankUsage(message))
      if (!notes.error) notes.finished = true
    }),
}

function readRerankUsage(message: JsonObject): ReportedUsage | null {
  const usage = readMessageUsage(message) ?? readUsage(message['meta'])
  if (usage) return usage.input === null ? usage : { ...usage, output: usage.output ?? 0 }
  const input = readTokenCount(readObject(message['usage'])['total_tokens'])
  return input === null ? null : createUsage({ input, output: 0, raw: message['usage'] })
}
