import type { CapturedExchange, ResponseDigest } from '../capture/exchange.ts'
import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import { decompress } from '../stream/decompress.ts'
import { digestInSlices } from './digest-slices.ts'

/** A response body with its content encoding undone. */
export interface DecodedBody {
  /** All bytes; the first ones where `tail` is not empty; what the digest has not had where there is one. */
  readonly head: Buffer
  /** The last bytes of a body that outgrew its limit, else empty. */
  readonly tail: Buffer
  /** Made by `createStreamDigest`. */
  readonly digest: ResponseDigest | null
  readonly truncated: boolean
  /** The bytes could not be decoded. */
  readonly failed: boolean
}

/** A decoded body may be this many times larger than what is kept of the encoded one. */
const MAX_EXPANSION = 4

const EMPTY = Buffer.alloc(0)
const NO_BODY: DecodedBody = { head: EMPTY, tail: EMPTY, digest: null, truncated: false, failed: false }

export function decodeResponse({ path, response }: CapturedExchange, maxBodySize: number): MaybePromise<DecodedBody> {
  return andThen(undoEncoding(response, maxBodySize), (body) => digestInSlices(body, response.contentType, path))
}

function undoEncoding(
  { body, contentEncoding }: CapturedExchange['response'],
  maxBodySize: number,
): MaybePromise<DecodedBody> {
  if (!body) return NO_BODY
  const { tail, digest, truncated } = body
  const head = body.head.join()
  if (contentEncoding === null || digest) return { head, tail, digest, truncated, failed: false }
  return andThen(decompress(head, contentEncoding, maxBodySize * MAX_EXPANSION), ({ bytes, failed }) => ({
    ...NO_BODY,
    head: bytes,
    truncated: truncated || failed,
    failed,
  }))
}
