import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CapturedExchange, CapturedResponse } from '../capture/exchange.ts'
import { andThen, type MaybePromise } from './maybe-promise.ts'
import { detectBodyKind, type BodyKind } from '../stream/body-kind.ts'
import { decompress, readEncodings } from '../stream/decompress.ts'
import { createStreamDigest, type StreamDigest } from './response-digest.ts'

/** A response body with its content encoding undone. */
export interface DecodedResponse {
  readonly kind: BodyKind
  /** All bytes; the first ones where `tail` is not empty; what the digest has not had where there is one. */
  readonly head: Buffer
  /** The last bytes of a body that outgrew its limit, else empty. */
  readonly tail: Buffer
  /** Set when the body is a long stream. */
  readonly digest: StreamDigest | null
  readonly truncated: boolean
  /** The bytes could not be decoded. */
  readonly failed: boolean
}

type DecodedBytes = Omit<DecodedResponse, 'kind'>

/** A decoded body may be this many times larger than what is kept of the encoded one. */
const MAX_EXPANSION = 4
/** Read in one go: about a millisecond of work. */
export const SLICE_BYTES = 256 * 1024

const EMPTY = Buffer.alloc(0)
const NO_BODY: DecodedBytes = { head: EMPTY, tail: EMPTY, digest: null, truncated: false, failed: false }

/**
 * Undoes the encoding of a response and tells what kind of body it is. What is kept of a large stream goes to its digest,
 * one slice a turn of the event loop, so that megabytes which arrived at once (compressed, or in one write) do not hold up
 * other requests.
 */
export function decodeResponse(
  { path, response }: CapturedExchange<StreamDigest>,
  maxBodySize: number,
): MaybePromise<DecodedResponse> {
  return andThen(undoEncoding(response, maxBodySize), (bytes) => {
    // A digest knows: capture has looked at the first batch. Anything else is looked at here, and only here.
    const kind = bytes.digest?.kind ?? detectBodyKind(bytes.head, response.contentType)
    const body = { ...bytes, kind }
    if (bytes.head.length <= SLICE_BYTES || bytes.tail.length > 0) return body
    if (bytes.digest) return pushInSlices(body, bytes.digest)
    return kind === 'json' || kind === 'unknown' ? body : pushInSlices(body, createStreamDigest(kind, path))
  })
}

function undoEncoding(
  { body, contentEncoding }: CapturedResponse<StreamDigest>,
  maxBodySize: number,
): MaybePromise<DecodedBytes> {
  if (!body) return NO_BODY
  const { tail, digest, truncated } = body
  const head = body.head.join()
  const encodings = readEncodings(contentEncoding)
  if (encodings.length === 0 || digest) return { head, tail, digest, truncated, failed: false }
  return decompress(head, encodings, maxBodySize * MAX_EXPANSION).then(({ bytes, failed }) => ({
    ...NO_BODY,
    head: bytes,
    truncated: truncated || failed,
    failed,
  }))
}

async function pushInSlices(body: DecodedResponse, digest: StreamDigest): Promise<DecodedResponse> {
  for (let start = 0; start < body.head.length; start += SLICE_BYTES) {
    digest.push(body.head.subarray(start, start + SLICE_BYTES))
    await nextTurn()
  }
  return { ...body, digest, head: EMPTY }
}
