import type { CompletedExchange } from '../capture/exchange.ts'
import { isObject, parseJson, type JsonObject } from '../core/json.ts'
import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import { decompress } from '../stream/decompress.ts'
import { readJsonFields } from '../stream/json-fields.ts'
import { readMultipartFields, startsMultipart } from '../wire/request/multipart-fields.ts'

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
export function readRequestBody({ request }: CompletedExchange, maxBytes: number): MaybePromise<RequestBody> {
  const { parsedBody, body, headers } = request
  if (typeof parsedBody === 'string') return readBytes(Buffer.from(parsedBody))
  if (parsedBody instanceof Uint8Array) return readBytes(Buffer.from(parsedBody))
  if (isObject(parsedBody)) return { json: parsedBody, isPartial: false }
  if (!body || body.head.length === 0) return NO_BODY
  const encoding = headers['content-encoding']
  return andThen(decompress(body.head.join(), typeof encoding === 'string' ? encoding : null, maxBytes), (decoded) => {
    if (decoded.failed) return { json: null, isPartial: true }
    return body.truncated ? readBorders(decoded.bytes) : readBytes(decoded.bytes)
  })
}

function readBytes(bytes: Buffer): RequestBody {
  if (startsMultipart(bytes)) return { json: readMultipartFields(bytes), isPartial: false }
  if (bytes.length > SMALL_BYTES && !isCheapToParse(bytes)) return readBorders(bytes)
  const value = parseJson(bytes.toString('utf8'))
  return isObject(value) ? { json: value, isPartial: false } : NO_BODY
}

function readBorders(bytes: Buffer): RequestBody {
  if (startsMultipart(bytes)) return { json: readMultipartFields(bytes), isPartial: true }
  const start = readJsonFields(bytes.toString('utf8', 0, BORDER_BYTES), FIELDS, 'first')
  const end = readJsonFields(bytes.toString('utf8', Math.max(0, bytes.length - BORDER_BYTES)), FIELDS, 'last')
  return { json: { ...end, ...start }, isPartial: true }
}

function isCheapToParse(bytes: Buffer): boolean {
  let objects = 0
  let members = 0
  for (const byte of bytes) {
    if (byte === OPENING_BRACE || byte === OPENING_BRACKET) objects++
    else if (byte === COMMA) members++
    if (objects > MAX_OBJECTS || members > MAX_MEMBERS) return false
  }
  return true
}

const COMMA = 0x2c
const OPENING_BRACKET = 0x5b
const OPENING_BRACE = 0x7b
