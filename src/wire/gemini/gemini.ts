import { isObject, readArray, readCount, readObject, type JsonObject } from '../../core/json.ts'
import type { CompletionBuilder } from '../reading/completion-builder.ts'
import type { ReaderOptions, RequestFacts, ResponseReader, WireFormat } from '../format.ts'
import { createGrounding, type Grounding } from './gemini-grounding.ts'
import { readGeminiTier } from './gemini-usage.ts'
import { createMessageReader, type ResponseNotes } from '../reading/message-reader.ts'
import { readModelName } from '../reading/model-name.ts'
import { readMessageUsage } from '../reading/message-usage.ts'
import { readCommonRequest, readSamplingParameters, toChatPrompt, toMessage } from '../request/request.ts'

/** Candidates told apart. */
const MAX_OPEN = 128

/** Gemini's generateContent, of Google AI and of Vertex. The model stands in the path, and so does the wish for a stream. */
export const geminiGenerate: WireFormat = {
  name: 'gemini-generate',
  operation: 'generate_content',
  path: /:(?:stream)?generatecontent$/,
  recognises: (message) =>
    isObject(message['usageMetadata']) ||
    isObject(message['promptFeedback']) ||
    isObject(readObject(readArray(message['candidates'])[0])['content']),
  readRequest: readGenerateRequest,
  createReader: createGenerateReader,
}

function readGenerateRequest(body: JsonObject): RequestFacts {
  const config = readObject(body['generationConfig'] ?? body['generation_config'])
  const contents = Array.isArray(body['contents']) ? body['contents'] : [body['contents']]
  const messages = contents.map((item) => toMessage(readObject(item)['role'], readObject(item)['parts'] ?? item))
  const system = readObject(body['systemInstruction'] ?? body['system_instruction'])
  if (system['parts'] !== undefined) messages.unshift(toMessage('system', system['parts']))
  const tools = readArray(body['tools']).flatMap((tool) => readArray(readObject(tool)['functionDeclarations']))
  const schema = config['responseSchema'] ?? config['responseJsonSchema']
  return {
    ...readCommonRequest(body, toChatPrompt(messages, tools, schema)),
    parameters: readSamplingParameters(config),
  }
}

function createGenerateReader(options: ReaderOptions): ResponseReader {
  const grounding = createGrounding()
  const open = new Set<number>()
  return createMessageReader(options, (message, notes) => {
    readGenerateMessage(message, notes, grounding, open)
    notes.usage.addCalls(grounding.toCalls(notes.model))
  })
}

/** `open` are the candidates that have no finish reason yet. */
function readGenerateMessage(message: JsonObject, notes: ResponseNotes, grounding: Grounding, open: Set<number>): void {
  notes.model = readModelName(message['modelVersion']) ?? notes.model
  // Cumulative on nearly every chunk; Vertex starts with chunks that state a traffic type and nothing else.
  const usage = readMessageUsage(message)
  notes.usage.assign(usage)
  notes.serviceTier = readGeminiTier(readObject(message['usageMetadata'])) ?? notes.serviceTier
  if (readObject(message['promptFeedback'])['blockReason'] !== undefined) notes.finished = true
  for (const item of readArray(message['candidates'])) {
    const candidate = readObject(item)
    const index = readCount(candidate['index']) ?? 0
    if (candidate['finishReason']) {
      notes.finished = true
      open.delete(index)
    } else if (open.size < MAX_OPEN) open.add(index)
    if (isObject(candidate['groundingMetadata'])) grounding.add(candidate['groundingMetadata'])
    for (const part of readArray(readObject(candidate['content'])['parts']))
      readPart(readObject(part), notes.completion)
  }
  // No event of its own ends a stream: the counts come with the last finish reason, or behind it.
  notes.terminated = notes.finished && open.size === 0 && (usage !== null || notes.terminated)
}

function readPart(part: JsonObject, completion: CompletionBuilder): void {
  if (part['thought'] === true) completion.reasoning(part['text'])
  else completion.text(part['text'])
  if (isObject(part['inlineData']) || isObject(part['fileData'])) completion.unread()
  const call = part['functionCall']
  if (isObject(call)) completion.wholeToolCall(call['name'], call['args'])
  const code = part['executableCode']
  if (isObject(code)) completion.wholeToolCall('code_execution', code['code'])
}
