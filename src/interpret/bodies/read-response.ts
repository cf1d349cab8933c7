import { isObject, parseJson, type JsonObject } from '../../core/json.ts'
import { UNKNOWN_USAGE, type ReportedUsage } from '../../core/records/usage.ts'
import { readJsonFields } from '../../stream/json-fields.ts'
import { nestsTooDeep } from '../../stream/json-text.ts'
import { OVERSIZE_TAIL_BYTES } from '../../stream/scanners/scanner.ts'
import { readInvocationHeaders } from '../../wire/bedrock/bedrock-usage.ts'
import { DetectingReader, formatOfPath } from '../../wire/detect.ts'
import type { ResponseFacts, WireFormat } from '../../wire/format.ts'
import { isConsumingCall } from '../../providers/path-facts.ts'
import { withoutPlaceholder } from '../../wire/reading/message-reader.ts'
import { readErrorBody } from '../../wire/reading/response-error.ts'
import { readTierHeader } from '../../wire/reading/tier-header.ts'
import { COUNT_KEYS, NAME_KEYS } from '../../wire/reading/message-usage.ts'
import { LAZY_JSON_BYTES, MAX_JSON_BYTES, type DecodedResponse } from './decode-response.ts'
import { LINE_BREAKS, MAX_COMPLETION_LENGTH, type DigestResult } from './message-reading.ts'
import { readStream, type StreamReadOptions } from './response-digest.ts'

export interface ResponseBodyOptions extends StreamReadOptions {
  readonly body: Omit<DecodedResponse, 'failed' | 'isUnread'>
  /** @default 'POST' */
  readonly method?: string
  /** Path of the request, without its query string. */
  readonly path: string
  readonly status: number
  /** Response headers, lower case: Bedrock's InvokeModel counts there. */
  readonly headers?: Readonly<Record<string, unknown>>
}

/** Reads what a response says of itself, whatever its framing. Never throws; what it does not understand is unknown. */
export function readResponseBody(options: ResponseBodyOptions): DigestResult {
  const result = readBody(options)
  const { facts, format } = result
  const told = readTold(facts, options.complete)
  // Nothing is charged for a refused request, whatever its body repeats.
  const usage = options.status >= 400 ? UNKNOWN_USAGE : readHeaders(options.headers ?? {}, told, format)
  const consumption = facts.consumption && isConsumingCall(options.method ?? 'POST', options.path)
  return { ...result, facts: { ...facts, usage, consumption } }
}

/** Where a stream broke off behind its finish reason, its counts may still have been to come. */
function readTold({ usage, completion, terminated }: ResponseFacts, complete: boolean): ReportedUsage {
  return complete || terminated ? usage : withoutPlaceholder(usage, completion.textLength)
}

/** What the headers add: Bedrock counts there, and the tier that was served stands there. */
function readHeaders(
  headers: Readonly<Record<string, unknown>>,
  usage: ReportedUsage,
  format: WireFormat | null,
): ReportedUsage {
  const told = readInvocationHeaders(headers, usage) ?? usage
  const serviceTier = readTierHeader(headers) ?? told.serviceTier
  // Nothing is generated: where the input is told, so is the output.
  const output = format?.operation === 'embeddings' && told.input !== null ? (told.output ?? 0) : told.output
  return { ...told, serviceTier, output }
}

function readBody(options: ResponseBodyOptions): DigestResult {
  const { kind, head, tail, digest } = options.body
  if (digest) {
    digest.push(head)
    return digest.finish(options)
  }
  if (kind === 'json') return readJsonBody(options)
  if (kind === 'unknown') return readMessages([], options, head.length === 0 ? 0 : 1)
  const whole = tail.length === 0 ? head : Buffer.concat([head, LINE_BREAKS, tail])
  return readStream(whole, kind, options.path, options)
}

function readJsonBody(options: ResponseBodyOptions): DigestResult {
  const { head, text, tail, truncated } = options.body
  if (text !== null) return readJsonText(text, options)
  const isCut = tail.length > 0
  if (isCut || head.length > LAZY_JSON_BYTES) {
    const result = readMessages([readBothEnds(head, isCut ? tail : head)], options, 0)
    if (isCut && truncated) return result
    const counted = result.facts.usage.output !== null && !options.wantText
    if (counted) return toFinished(result)
    if (isCut || head.length > MAX_JSON_BYTES) return result
  }
  return readJsonText(head.toString('utf8'), options)
}

function readJsonText(text: string, options: ResponseBodyOptions): DigestResult {
  const parsed = nestsTooDeep(text) ? null : parseJson(text)
  if (isObject(parsed)) return toFinished(readMessages([parsed], options, 0))
  const bytes = Buffer.from(text)
  return readMessages([readBothEnds(bytes, bytes)], options, 1)
}

/** A body that parses is whole. */
function toFinished(result: DigestResult): DigestResult {
  return result.facts.error ? result : { ...result, facts: { ...result.facts, finished: true } }
}

/** What can be told of a JSON body of which only the beginning and the end are looked at. */
function readBothEnds(head: Buffer, tail: Buffer): JsonObject {
  const start = head.toString('utf8', 0, OVERSIZE_TAIL_BYTES)
  const end = tail.toString('utf8', Math.max(0, tail.length - OVERSIZE_TAIL_BYTES))
  return {
    ...readJsonFields(start, [...COUNT_KEYS, ...NAME_KEYS], 'first'),
    ...readJsonFields(end, COUNT_KEYS, 'last'),
  }
}

function readMessages(messages: readonly JsonObject[], options: ResponseBodyOptions, malformed: number): DigestResult {
  const { path, status } = options
  const reader = new DetectingReader(formatOfPath(path), { maxTextLength: MAX_COMPLETION_LENGTH })
  for (const message of messages) reader.read(message, '')
  const facts = reader.facts()
  const first = messages[0]
  const error = facts.error ?? (status >= 400 && first ? readErrorBody(first) : null)
  return { facts: { ...facts, error }, format: reader.format ?? formatOfPath(path), malformed }
}
