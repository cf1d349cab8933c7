import { isObject, readArray, readObject, readText, type JsonObject } from '../core/json.ts'
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
      if (pages !== null) notes.usage.addUnits(isAnnotated(message) ? { annotated_page: pages } : { page: pages })
      // Nobody counts its tokens.
      notes.completion.unread()
      if (!notes.error) notes.finished = true
    }),
}

/** What a model says of the document, or of its pictures, costs more than reading it. */
function isAnnotated(message: JsonObject): boolean {
  const isOfPictures = (page: unknown) =>
    readArray(readObject(page)['images']).some((image) => readText(readObject(image)['image_annotation']) !== null)
  return readText(message['document_annotation']) !== null || readArray(message['pages']).some(isOfPictures)
}
