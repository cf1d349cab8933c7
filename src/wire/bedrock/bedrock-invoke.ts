import { readArray, readObject, readText, type JsonObject } from '../../core/json.ts'
import { createUsage, type ReportedUsage } from '../../core/records/usage.ts'
import type { RequestFacts, WireFormat } from '../format.ts'
import { createMessageReader, type ResponseNotes } from '../reading/message-reader.ts'
import { readMessageUsage } from '../reading/message-usage.ts'
import { readCommonRequest, readSamplingParameters, readTextPrompt } from '../request/request.ts'
import { firstTokenCount, readTokenCount, sumKnown } from '../reading/token-count.ts'

/** Text models behind Bedrock's InvokeModel that have no format elsewhere: Llama, Titan, AI21 and Cohere's generate. */
export const bedrockInvoke: WireFormat = {
  name: 'bedrock-invoke',
  operation: 'text_completion',
  path: /\/model\/[^/]+\/invoke(?:-with-response-stream)?$/,
  recognises: (message) =>
    'generation_token_count' in message ||
    'inputTextTokenCount' in message ||
    'outputText' in message ||
    Array.isArray(message['generations']) ||
    'amazon-bedrock-invocationMetrics' in message,
  readRequest: readInvokeRequest,
  createReader: (options) => createMessageReader(options, readInvokeMessage),
}

function readInvokeRequest(body: JsonObject): RequestFacts {
  const prompt = body['prompt'] ?? body['inputText']
  const config = body['textGenerationConfig']
  const facts = readCommonRequest(
    body,
    readTextPrompt(prompt ?? readArray(body['messages']).map(contentOf), 'completion'),
  )
  return config === undefined ? facts : { ...facts, parameters: readSamplingParameters(readObject(config)) }
}

function contentOf(message: unknown): unknown {
  return readObject(message)['content']
}

function readInvokeMessage(message: JsonObject, notes: ResponseNotes): void {
  // A guardrail that steps in answers in the model's place: nothing of its counts was consumed.
  if (message['amazon-bedrock-guardrailAction'] === 'INTERVENED') notes.terminated = true
  else notes.usage.assign(readMessageUsage(message) ?? readCounts(message))
  const pieces = [message, ...readArray(message['results']), ...readArray(message['generations'])]
  const more = [...readArray(message['outputs']), ...readArray(message['completions'])]
  for (const item of [...pieces, ...more]) readPiece(readObject(item), notes)
}

function readPiece(piece: JsonObject, notes: ResponseNotes): void {
  for (const key of ['generation', 'outputText', 'text']) notes.completion.text(piece[key])
  notes.completion.text(readObject(piece['data'])['text'])
  const reason = piece['stop_reason'] ?? piece['completionReason'] ?? piece['finish_reason']
  if (readText(reason) ?? readText(readObject(piece['finishReason'])['reason'])) notes.finished = true
}

function readCounts(message: JsonObject): ReportedUsage | null {
  const input = firstTokenCount(message, ['prompt_token_count', 'inputTextTokenCount'])
  const results = readArray(message['results']).map((result) => readTokenCount(readObject(result)['tokenCount']))
  const output = firstTokenCount(message, ['generation_token_count', 'totalOutputTextTokenCount']) ?? sumKnown(results)
  return input === null && output === null ? null : createUsage({ input, output, raw: { input, output } })
}
