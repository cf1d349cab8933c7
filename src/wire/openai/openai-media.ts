import { readArray, readObject, readText, type JsonObject } from '../../core/json.ts'
import { createUsage, type ReportedUsage } from '../../core/records/usage.ts'
import type { WireFormat } from '../format.ts'
import { createMessageReader } from '../reading/message-reader.ts'
import { readMessageUsage } from '../reading/message-usage.ts'
import { readProviderCost } from '../reading/provider-cost.ts'
import { readSeconds } from '../reading/unit-count.ts'
import { readCommonRequest, readTextPrompt } from '../request/request.ts'

/** OpenAI's image generation and editing. Streams end with an event of their own that has the usage. */
export const openAiImages: WireFormat = {
  name: 'openai-images',
  operation: 'image_generation',
  path: /\/images\/(?:generations|edits|variations)$/,
  recognises(message) {
    if (/^image_(?:generation|edit)\./.test(readText(message['type']) ?? '')) return true
    const image = readObject(readImages(message)[0])
    return ['url', 'b64_json', 'bytesBase64Encoded'].some((key) => typeof image[key] === 'string')
  },
  readRequest(body) {
    const prompts = body['prompt'] ?? readArray(body['instances']).map((item) => readObject(item)['prompt'])
    return readCommonRequest(body, readTextPrompt(prompts, 'completion'))
  },
  createReader: (options) =>
    createMessageReader(options, (message, notes, name) => {
      notes.usage.assign(readImageUsage(message))
      const images = readImages(message).length
      if (images > 0) notes.usage.addUnits({ image: images })
      if (images > 0 || Array.isArray(message['data'])) notes.finished = true
      // Of an event whose picture is too large to be kept the name is left.
      if ((readText(message['type']) ?? name).endsWith('.completed')) notes.terminated = true
    }),
}

/** OpenAI's, and those of Imagen on Vertex. */
function readImages(message: JsonObject): readonly unknown[] {
  return readArray(message['data'] ?? message['predictions'])
}

/** All that an image model puts out is images, where it does not say otherwise. */
function readImageUsage(message: JsonObject): ReportedUsage | null {
  const usage = readMessageUsage(message)
  return usage ? { ...usage, imageOutput: usage.imageOutput ?? usage.output } : readCostOnly(message['usage'])
}

/** xAI states the cost of an image and no tokens. */
function readCostOnly(raw: unknown): ReportedUsage | null {
  const providerCost = readProviderCost(readObject(raw))
  return providerCost === null ? null : createUsage({ providerCost, raw })
}

/** OpenAI's transcription and translation. Whisper is charged by the second and reports no tokens. */
export const openAiAudio: WireFormat = {
  name: 'openai-audio',
  operation: 'transcription',
  path: /\/audio\/(?:transcriptions|translations)$/,
  recognises(message) {
    const type = readText(message['type']) ?? ''
    if (type.startsWith('transcript.text.')) return true
    const usage = readObject(message['usage'])
    return typeof message['text'] === 'string' && (usage['type'] === 'tokens' || usage['type'] === 'duration')
  },
  readRequest: (body) => readCommonRequest(body, readTextPrompt(body['prompt'] ?? [], 'completion')),
  createReader: (options) =>
    createMessageReader(options, (message, notes) => {
      notes.usage.assign(readMessageUsage(message))
      const seconds = readDuration(message)
      if (seconds !== null) notes.usage.addUnits({ audio_second: seconds })
      const type = readText(message['type']) ?? ''
      if (type === 'transcript.text.delta') notes.completion.text(message['delta'])
      // The last event repeats the whole text.
      else if (type === '') notes.completion.text(message['text'])
      if (type === '') notes.finished = true
      if (type.endsWith('.done')) notes.terminated = true
    }),
}

/** `usage: {type: "duration", seconds}` (Whisper, which is charged by the second), Mistral's, or a verbose answer's. */
function readDuration(message: JsonObject): number | null {
  const usage = readObject(message['usage'])
  return readSeconds(usage['seconds'] ?? usage['prompt_audio_seconds'] ?? message['duration'])
}

/** Speech: answered with sound, or with events that hold it and tell of its tokens. Older models charge by the character. */
export const openAiSpeech: WireFormat = {
  name: 'openai-speech',
  operation: 'speech',
  path: /\/audio\/speech$/,
  recognises: (message) => readText(message['type'])?.startsWith('speech.audio.') ?? false,
  readRequest(body) {
    const text = readText(body['input'])
    const facts = readCommonRequest(body, readTextPrompt(text ?? [], 'completion'))
    return { ...facts, units: text === null ? {} : { character: countCharacters(text) } }
  },
  createReader: (options) =>
    createMessageReader(options, (message, notes) => {
      notes.usage.assign(readSpeechUsage(message))
      if (message['type'] === 'speech.audio.done') notes.terminated = true
    }),
}

/** All that it puts out is sound, where it does not say otherwise. */
function readSpeechUsage(message: JsonObject): ReportedUsage | null {
  const usage = readMessageUsage(message)
  return usage && { ...usage, audioOutput: usage.audioOutput ?? usage.output }
}

/** As a reader counts them: one outside the basic plane takes two units of a string. */
function countCharacters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
