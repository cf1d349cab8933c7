import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { isObject, readObject, readString, type JsonObject } from '../../src/core/json.ts'
import type { Completion, Prompt } from '../../src/core/records/conversation.ts'
import type { TokenCounts } from '../../src/core/records/usage.ts'
import { readRequestFacts } from '../../src/interpret/bodies/request-facts.ts'
import { createStreamDigest } from '../../src/interpret/bodies/response-digest.ts'
import { readResponseBody } from '../../src/interpret/bodies/read-response.ts'
import { guessProvider } from '../../src/providers/guess-provider.ts'
import { readPathModel } from '../../src/providers/path-facts.ts'
import { detectBodyKind } from '../../src/stream/body-kind.ts'
import type { CountContext } from '../../src/tokens/side-counter.ts'
import { formatOfPath } from '../../src/wire/detect.ts'
import { corpusFolder } from '../setup/corpus.ts'

/** An exchange whose provider reported its usage, as the tracker reads it. */
export interface RecordedExchange {
  readonly id: string
  readonly context: CountContext
  readonly prompt: Prompt
  readonly completion: Completion
  readonly counts: TokenCounts
}

/**
 * Marks of prompts that hold more than their request says, and of answers that are more than their text: a stored
 * conversation, reasoning of earlier turns, what a vendor's search found, audio, compaction.
 */
const HIDDEN = new RegExp(
  [
    /"(?:previous_response_id|conversation|cachedContent|documents)":[^n]/,
    /"(?:encrypted_content|thoughtSignature|signature|web_search_options|modalities)":[^n]/,
    /"(?:googleSearch|google_search|fileSearch|file_search|codeExecution|code_execution|urlContext|url_context)":/,
    /"model":"[^"]*(?:audio|search|compound|sonar|deep-research)/,
    /\/compact$/,
  ]
    .map(({ source }) => source)
    .join('|'),
)

/** All recorded exchanges whose request is known as a whole and whose answer is one. */
export function readRecordedExchanges(): RecordedExchange[] {
  return readdirSync(corpusFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(path.join(corpusFolder, name)).map((recording) => `${name}/${recording}`))
    .flatMap((id) => readRecording(id) ?? [])
}

function readRecording(id: string): RecordedExchange | null {
  const folder = path.join(corpusFolder, id)
  const read = (file: string) => readObject(JSON.parse(readFileSync(path.join(folder, file), 'utf8')))
  if (!existsSync(path.join(folder, 'request.json'))) return null
  const [meta, request] = [read('meta.json'), read('request.json')]
  const expected = readObject(meta['expected'])
  const { body } = request
  const isKnown =
    isObject(body) &&
    request['truncated'] !== true &&
    !HIDDEN.test(`${JSON.stringify(body)}${readString(request['path'])}`)
  if (!isKnown || expected['ambiguous'] === true || expected['not_consumption'] === true) return null
  if (Number(meta['status']) >= 300) return null
  return readExchange(id, request, readFileSync(path.join(folder, 'response.body')), read('response.headers.json'))
}

function readExchange(id: string, request: JsonObject, body: Buffer, headers: JsonObject): RecordedExchange | null {
  const requestPath = (readString(request['path']) ?? '').split('?')[0] ?? ''
  const kind = detectBodyKind(body, readString(headers['content-type']))
  const digest = kind === 'json' || kind === 'unknown' ? null : createStreamDigest(kind, requestPath)
  digest?.push(body)
  const { facts, format: told } = readResponseBody({
    body: { kind, head: digest ? Buffer.alloc(0) : body, text: null, tail: Buffer.alloc(0), digest, truncated: false },
    path: requestPath,
    status: 200,
    complete: true,
    wantText: true,
    headers,
  })
  const format = told ?? formatOfPath(requestPath)
  const asked = readRequestFacts(readObject(request['body']), format)
  if (!asked || !facts.finished || asked.prompt.messages.length === 0) return null
  const model = facts.model ?? asked.model ?? readPathModel(requestPath).model
  const names = { model, format: format?.name ?? null }
  const provider = guessProvider({ option: null, host: readString(request['host']), path: requestPath, ...names })
  const completion = { ...facts.completion, forcedTool: asked.prompt.forcedTool }
  return { id, context: { ...names, provider }, prompt: asked.prompt, completion, counts: facts.usage }
}
