import { isObject, readArray, readObject, readText } from '../core/json.ts'
import type { WireFormat } from './format.ts'
import { createMessageReader } from './reading/message-reader.ts'
import { readMessageUsage } from './reading/message-usage.ts'
import { readTokenCount } from './reading/token-count.ts'
import { readCommonRequest, readTextPrompt } from './request/request.ts'

/** Mistral's reading of documents, charged by the page. */
export const ocr: WireFormat = {
  name: 'ocr',
  operation: 'ocr',
  path: /\/ocr$/,
  recognises: (message) => isObject(message['usage_info']) && Array.isArray(message['pages']),
  readRequest: (body) => readCommonRequest(body, readTextPrompt([], 'completion')),
  createReader: (options) =>
    createMessageReader(options, (message, notes) => {
      notes.usage.assign(readMessageUsage(message))
      const pages = readTokenCount(readObject(message['usage_info'])['pages_processed'])
      if (pages !== null) notes.usage.addUnits({ page: pages })
      for (const page of readArray(message['pages'])) notes.completion.text(readText(readObject(page)['markdown']))
      if (!notes.error) notes.finished = true
    }),
}
