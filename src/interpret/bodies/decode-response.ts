import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CapturedExchange } from '../../capture/exchange.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import { BodyCollector, type CollectedBody } from '../../stream/body-collector.ts'
import { detectBodyKind, type BodyKind } from '../../stream/body-kind.ts'
import { decompress, readEncodings } from '../../stream/decompress.ts'
import { createStreamDigest, type StreamDigest } from './response-digest.ts'

/** A response body with its content encoding undone. */
export interface DecodedResponse {
  readonly kind: BodyKind
  /** All bytes; the first ones where `tail` is not empty; none where a digest or `text` has them. */
  readonly head: Buffer
  /** A JSON body that came as text, which needs not become bytes and text again. */
  readonly text: string | null
  /** The last bytes of a body that was not kept whole, else empty. */
  readonly tail: Buffer
  /** Set when the body is a long stream; it has had all of it. */
  readonly digest: StreamDigest | null
  /** Bytes are lost: more passed than capture keeps, or they could not be decoded. */
  readonly truncated: boolean
  /** The bytes are broken: they could not be decoded. */
  readonly failed: boolean
  /** Nobody here can read the bytes, which is no fault of theirs. */
  readonly isUnread: boolean
}

type Exchange = CapturedExchange<StreamDigest>

/** JSON of this size is only parsed where its text is needed: the counts stand near the end. */
export const LAZY_JSON_BYTES = 1024 * 1024
/** JSON past this size is never parsed whole, for that would hold up the event loop: its text stays unknown. */
export const MAX_JSON_BYTES = 4 * 1024 * 1024
/** A decoded body may be this many times larger than what is kept of the encoded one. */
const MAX_EXPANSION = 4
/** What goes to a digest before the time is looked at. */
const PIECE_BYTES = 64 * 1024
/** Spent on one stream in one turn of the event loop, then requests have theirs. */
const SLICE_MS = 2

const EMPTY = Buffer.alloc(0)
const NOTHING = { head: EMPTY, text: null, tail: EMPTY, digest: null, truncated: false, failed: false, isUnread: false }
/** A response whose bytes nobody has looked at. */
export const UNREAD: DecodedResponse = { ...NOTHING, kind: 'unknown', truncated: true, isUnread: true }

/** Undoes the encoding of a response and tells what kind of body it is. Long streams are read by their digest then. */
export function decodeResponse(exchange: Exchange, maxBodySize: number): MaybePromise<DecodedResponse> {
  const { path, response } = exchange
  const { body, contentType, contentEncoding } = response
  if (!body) return { kind: detectBodyKind(EMPTY, contentType), ...NOTHING }
  const encodings = readEncodings(contentEncoding)
  if (encodings.length > 0 && !body.digest)
    return inflate(exchange, body.head.join(), encodings, maxBodySize * MAX_EXPANSION)
  return readCollected(body, path, contentType)
}

/** Read while it inflates: of a stream only what its digest keeps is held, of any other body what may be parsed. */
async function inflate(
  { path, response: { body, contentType } }: Exchange,
  bytes: Buffer,
  encodings: readonly string[],
  maxBytes: number,
): Promise<DecodedResponse> {
  const collector = new BodyCollector({
    maxBytes: MAX_JSON_BYTES,
    createDigest: createStreamDigest,
    path,
    contentType,
    keepTail: true,
  })
  const decoding = await decompress(bytes, encodings, maxBytes, async (piece) => {
    collector.add(piece)
    while (collector.isBehind) await nextTurn()
  })
  if (decoding === 'unknown') return UNREAD
  if (decoding === 'broken')
    return { kind: detectBodyKind(EMPTY, contentType), ...NOTHING, truncated: true, failed: true }
  const truncated = decoding === 'cut' || body?.truncated === true
  return readCollected({ ...collector.take(), truncated }, path, contentType)
}

/** What a digest has not had of a long stream goes to it: at once where that is little. */
function readCollected(
  body: CollectedBody<StreamDigest>,
  path: string,
  contentType: string | null,
): MaybePromise<DecodedResponse> {
  const { tail, truncated } = body
  if (body.digest) return readStream(body.digest, body.head.blocks, tail, truncated)
  // Looked at here, and only here.
  const text = readJsonText(body, contentType)
  if (text !== null) return toRead('json', EMPTY, text, tail, truncated)
  const head = body.head.join()
  const kind = detectBodyKind(head, contentType)
  const isLongStream = kind !== 'json' && kind !== 'unknown' && head.length > PIECE_BYTES && tail.length === 0
  if (isLongStream) return readStream(createStreamDigest(kind, path), [head], tail, truncated)
  return toRead(kind, head, null, tail, truncated)
}

/** Spelt out: it is made for every exchange, and what is added behind a spread has a hidden class of its own every time. */
function toRead(kind: BodyKind, head: Buffer, text: string | null, tail: Buffer, truncated: boolean): DecodedResponse {
  return { kind, head, text, tail, digest: null, truncated, failed: false, isUnread: false }
}

/** `null` for what is no JSON, must be decoded, or is so long that only its ends are read. */
function readJsonText({ head, tail }: CollectedBody<StreamDigest>, contentType: string | null): string | null {
  const text = tail.length === 0 && head.length <= LAZY_JSON_BYTES ? head.text : null
  return text?.startsWith('{') && detectBodyKind(text, contentType) === 'json' ? text : null
}

function readStream(
  digest: StreamDigest,
  blocks: readonly Buffer[],
  tail: Buffer,
  truncated: boolean,
): MaybePromise<DecodedResponse> {
  const read = { kind: digest.kind, ...NOTHING, digest, truncated }
  const steps = feed(digest, blocks, tail)
  return steps.next().done ? read : takeInSlices(steps).then(() => read)
}

/** Stops wherever about as much was read as is read in one go, and more is left. */
function* feed(digest: StreamDigest, blocks: readonly Buffer[], tail: Buffer): Generator<void, void> {
  for (const [index, block] of blocks.entries()) {
    for (let start = 0; start < block.length; start += PIECE_BYTES) {
      if (index > 0 || start > 0) yield
      yield* settle(digest)
      digest.push(block.subarray(start, start + PIECE_BYTES))
    }
  }
  yield* settle(digest)
  if (tail.length > 0) digest.pushTail(tail)
  yield* settle(digest)
  digest.end()
  yield* settle(digest)
}

function* settle(digest: StreamDigest): Generator<void, void> {
  for (; digest.isBehind; digest.readOn()) yield
}

/** A slice in each turn of the event loop, so that megabytes which arrived in one write do not hold up other requests. */
async function takeInSlices(steps: Generator<void, void>): Promise<void> {
  let until = performance.now() + SLICE_MS
  while (!steps.next().done) {
    if (performance.now() < until) continue
    await nextTurn()
    until = performance.now() + SLICE_MS
  }
}
