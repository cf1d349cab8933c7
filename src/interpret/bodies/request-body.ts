import type { CapturedExchange, CapturedRequest } from '../../capture/exchange.ts'
import { isObject, parseJson, type JsonObject } from '../../core/json.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import { isWithinBudget, WorkBudget } from '../../core/work-budget.ts'
import { decompressWhole, readEncodings } from '../../stream/decompress.ts'
import { readJsonFields } from '../../stream/json-fields.ts'
import { readMultipartFields, startsMultipart } from '../../wire/request/multipart-fields.ts'

export interface RequestBody {
  /** `null` when it is no JSON object. */
  readonly json: JsonObject | null
  /** Only the fields at its borders were read: parsing the whole would hold up the event loop, or it is not kept whole. */
  readonly isPartial: boolean
}

/** Up to here a body is parsed whatever it holds: some milliseconds at worst. */
const SMALL_BYTES = 64 * 1024
/** Read of each end of a body that is not parsed. */
const BORDER_BYTES = 64 * 1024
/** Time goes into objects and members, not into long texts: a body with more of them is not parsed. */
const MAX_OBJECTS = 50_000
const MAX_MEMBERS = 300_000

const FIELDS = ['model', 'stream', 'user', 'max_tokens', 'max_completion_tokens', 'temperature', 'top_p']

const NO_BODY: RequestBody = { json: null, isPartial: false }

/** The body of a request: as a parser left it, else from the bytes that passed, which may inflate to `maxBytes`. */
export function readRequestBody({ request }: CapturedExchange, maxBytes: number): MaybePromise<RequestBody> {
  const { parsedBody, body } = request
  if (typeof parsedBody === 'string') return readBytes(Buffer.from(parsedBody))
  if (parsedBody instanceof Uint8Array) return readBytes(Buffer.from(parsedBody))
  if (isObject(parsedBody)) return readParsed(parsedBody)
  if (!body || body.head.length === 0) return NO_BODY
  const encodings = readRequestEncodings(request)
  const text = encodings.length === 0 && !body.truncated && body.head.length <= SMALL_BYTES ? body.head.text : null
  if (text?.startsWith('{')) return readText(text)
  const bytes = body.head.join()
  const read = (whole: Buffer) => {
    // Nothing that is counted rests on the files of a form, which may be missing.
    if (startsMultipart(whole)) return { json: readMultipartFields(whole, body.tail), isPartial: false }
    return body.truncated ? readBorders(whole) : readBytes(whole)
  }
  if (encodings.length === 0) return read(bytes)
  return decompressWhole(bytes, encodings, maxBytes).then((whole) =>
    whole ? read(whole) : { json: null, isPartial: true },
  )
}

/** Encodings to undo: none where a parser has done that, or nothing was kept. */
export function readRequestEncodings({ parsedBody, body, headers }: CapturedRequest): readonly string[] {
  const encoding = headers['content-encoding']
  return readEncodings(parsedBody === null && body && typeof encoding === 'string' ? encoding : null)
}

/** What a host has parsed can be of any size: it is walked only where the bytes would have been parsed. */
function readParsed(json: JsonObject): RequestBody {
  if (isWithinBudget(json, new WorkBudget(MAX_MEMBERS))) return { json, isPartial: false }
  const fields = FIELDS.filter((name) => Object.hasOwn(json, name) && !isNested(json[name]))
  return { json: Object.fromEntries(fields.map((name) => [name, json[name]])), isPartial: true }
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function readBytes(bytes: Buffer): RequestBody {
  if (startsMultipart(bytes)) return { json: readMultipartFields(bytes), isPartial: false }
  if (bytes.length > SMALL_BYTES && !isCheapToParse(bytes)) return readBorders(bytes)
  return readText(bytes.toString('utf8'))
}

function readText(text: string): RequestBody {
  const value = parseJson(text)
  return isObject(value) ? { json: value, isPartial: false } : NO_BODY
}

function readBorders(bytes: Buffer): RequestBody {
  const start = readJsonFields(bytes.toString('utf8', 0, BORDER_BYTES), FIELDS, 'first')
  const end = readJsonFields(bytes.toString('utf8', Math.max(0, bytes.length - BORDER_BYTES)), FIELDS, 'last')
  return { json: { ...end, ...start }, isPartial: true }
}

function isCheapToParse(bytes: Buffer): boolean {
  const objects = countUpTo(bytes, OPENING_BRACE, MAX_OBJECTS + 1)
  if (objects + countUpTo(bytes, OPENING_BRACKET, MAX_OBJECTS + 1 - objects) > MAX_OBJECTS) return false
  return countUpTo(bytes, COMMA, MAX_MEMBERS + 1) <= MAX_MEMBERS
}

/** By searching, not by looking at each byte: a long text has few of them, and takes a fiftieth of the time. */
function countUpTo(bytes: Buffer, sign: number, limit: number): number {
  let count = 0
  for (let at = bytes.indexOf(sign); at !== -1 && count < limit; at = bytes.indexOf(sign, at + 1)) count++
  return count
}

const COMMA = 0x2c
const OPENING_BRACKET = 0x5b
const OPENING_BRACE = 0x7b
