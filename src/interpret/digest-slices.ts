import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ResponseDigest } from '../capture/exchange.ts'
import type { MaybePromise } from '../core/maybe-promise.ts'
import { detectBodyKind } from '../stream/body-kind.ts'
import { createStreamDigest } from './response-digest.ts'

/** Read in one go: about a millisecond of work. */
export const SLICE_BYTES = 256 * 1024

interface StreamBody {
  readonly head: Buffer
  readonly tail: Buffer
  readonly digest: ResponseDigest | null
  readonly truncated: boolean
}

/**
 * Feeds what is kept of a large stream to its digest, one slice a turn of the event loop, so that megabytes which arrived
 * at once (compressed, or in one write) do not hold up other requests. Anything else is left as it is.
 */
export function digestInSlices<Body extends StreamBody>(
  body: Body,
  contentType: string | null,
  path: string,
): MaybePromise<Body> {
  if (body.head.length <= SLICE_BYTES || body.tail.length > 0) return body
  const digest = body.digest ?? createDigest(body.head, contentType, path)
  return digest ? pushInSlices(body, digest) : body
}

async function pushInSlices<Body extends StreamBody>(body: Body, digest: ResponseDigest): Promise<Body> {
  for (let start = 0; start < body.head.length; start += SLICE_BYTES) {
    digest.push(body.head.subarray(start, start + SLICE_BYTES))
    await nextTurn()
  }
  return { ...body, digest, head: Buffer.alloc(0) }
}

function createDigest(head: Buffer, contentType: string | null, path: string): ResponseDigest | null {
  const kind = detectBodyKind(head, contentType)
  return kind === 'json' || kind === 'unknown' ? null : createStreamDigest(kind, path)
}
