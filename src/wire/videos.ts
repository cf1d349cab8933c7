import { readArray, readObject, readText, type JsonObject } from '../core/json.ts'
import type { RequestFacts, WireFormat } from './format.ts'
import { createMessageReader, type ResponseNotes } from './reading/message-reader.ts'
import { readSeconds } from './reading/unit-count.ts'
import { readCommonRequest, readTextPrompt } from './request/request.ts'

/**
 * Video generation of OpenAI, of Google (Veo, a long-running prediction) and xAI. It is charged by the second, and the
 * answer to the request is all that is seen of it: the film itself is fetched later.
 */
export const videos: WireFormat = {
  name: 'videos',
  operation: 'video_generation',
  path: /\/videos(?:\/(?:generations|edits|extensions|[^/]+\/remix))?$|:predictlongrunning$/,
  recognises: (message) =>
    message['object'] === 'video' || /\/operations\/[^/]+$/.test(readText(message['name']) ?? ''),
  readRequest,
  createReader: (options) => createMessageReader(options, readVideoMessage),
}

function readRequest(body: JsonObject): RequestFacts {
  const parameters = readObject(body['parameters'])
  const instances = readArray(body['instances']).map((item) => readObject(item)['prompt'])
  const facts = readCommonRequest(body, readTextPrompt(body['prompt'] ?? instances, 'completion'))
  const seconds = readSeconds(body['seconds'] ?? body['duration'] ?? parameters['durationSeconds'])
  const count = readSeconds(parameters['sampleCount']) ?? 1
  return { ...facts, units: seconds === null ? {} : { video_second: seconds * count } }
}

function readVideoMessage(message: JsonObject, notes: ResponseNotes): void {
  const seconds = readSeconds(message['seconds'])
  if (seconds !== null) notes.usage.addUnits({ video_second: seconds })
  if (message['status'] === 'failed') notes.error ??= { code: 'failed', message: null }
  notes.finished = true
}
