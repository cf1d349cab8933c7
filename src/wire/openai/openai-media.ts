import { isObject, readArray, readCount, readObject, readText, type JsonObject } from '../../core/json.ts'
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
      notes.usage.assign(readImageUsage(message))
      const images = readArray(message['data']).length
      if (images > 0) notes.usage.addUnits({ image: images })
      const type = readText(message['type'])
      if (Array.isArray(message['data']) || type?.endsWith('.completed')) notes.finished = true
    }),
}

/** All that an image model puts out is images, where it does not say otherwise. */
function readImageUsage(message: JsonObject): ReportedUsage | null {
  const usage = readMessageUsage(message)
  return usage ? { ...usage, imageOutput: usage.imageOutput ?? usage.output } : readCostOnly(message['usage'])
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
      const seconds = readSeconds(message)
      if (seconds !== null) notes.usage.addUnits({ audio_second: seconds })
      const type = readText(message['type']) ?? ''
      if (type === 'transcript.text.delta') notes.completion.text(message['delta'])
      // The last event repeats the whole text.
      else if (type === '') notes.completion.text(message['text'])
      if (type === '' || type.endsWith('.done')) notes.finished = true
    }),
}

/** `usage: {type: "duration", seconds}` (Whisper, which is charged by the second), Mistral's, or a verbose answer's. */
function readSeconds(message: JsonObject): number | null {
  const usage = readObject(message['usage'])
  return (
    readCount(usage['seconds']) ??
    readCount(usage['prompt_audio_seconds']) ??
    readCount(Number(message['duration'] ?? NaN))
  )
}
