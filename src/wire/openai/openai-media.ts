import { isObject, readArray, readObject, readText } from '../../core/json.ts'
import { UNKNOWN_USAGE, type ReportedUsage } from '../../core/usage.ts'
import type { WireFormat } from '../format.ts'
import { createMessageReader } from '../reading/message-reader.ts'
import { readMessageUsage } from '../reading/message-usage.ts'
import { readProviderCost } from '../reading/provider-cost.ts'
import { readCommonRequest, readTextPrompt } from '../request/request.ts'

/** OpenAI's image generation and editing. Streams end with an event of their own that has the usage. */
export const openAiImages: WireFormat = {
  name: 'openai-images',
  operation: 'image_generation',
  path: /\/images\/(?:generations|edits|variations)$/,
  recognises(message) {
    if (/^image_(?:generation|edit)\./.test(readText(message['type']) ?? '')) return true
    const image = readArray(message['data'])[0]
    return isObject(image) && (typeof image['url'] === 'string' || typeof image['b64_json'] === 'string')
  },
  readRequest: (body) => readCommonRequest(body, readTextPrompt(body['prompt'] ?? [], 'completion')),
  createReader: (options) =>
    createMessageReader(options, (message, notes) => {
      notes.usage.assign(readMessageUsage(message) ?? readCostOnly(message['usage']))
      const type = readText(message['type'])
      if (Array.isArray(message['data']) || type?.endsWith('.completed')) notes.finished = true
    }),
}

/** xAI states the cost of an image and no tokens. */
function readCostOnly(raw: unknown): ReportedUsage | null {
  const providerCost = readProviderCost(readObject(raw))
  return providerCost === null ? null : { ...UNKNOWN_USAGE, providerCost, raw }
}

/** OpenAI's transcription, translation and speech. Whisper is charged by the second and reports no tokens. */
export const openAiAudio: WireFormat = {
  name: 'openai-audio',
  operation: 'transcription',
  path: /\/audio\/(?:transcriptions|translations|speech)$/,
  recognises(message) {
    const type = readText(message['type']) ?? ''
    if (type.startsWith('transcript.text.') || type.startsWith('speech.audio.')) return true
    const usage = readObject(message['usage'])
    return typeof message['text'] === 'string' && (usage['type'] === 'tokens' || usage['type'] === 'duration')
  },
  readRequest: (body) => readCommonRequest(body, readTextPrompt(body['input'] ?? [], 'completion')),
  createReader: (options) =>
    createMessageReader(options, (message, notes) => {
      notes.usage.assign(readMessageUsage(message))
      const type = readText(message['type']) ?? ''
      if (type === 'transcript.text.delta') notes.completion.text(message['delta'])
      // The last event repeats the whole text.
      else if (type === '') notes.completion.text(message['text'])
      if (type === '' || type.endsWith('.done')) notes.finished = true
    }),
}
