import { pipeline, Readable } from 'node:stream'
import { createBodyDecoder, createDecoder, MAX_HEADER_BYTES, skipHeader, UnknownEncoding } from './decoders.ts'

/** More in a row than any honest sender applies; each takes memory for its window. */
const MAX_ENCODINGS = 4

type Bytes = AsyncIterable<Buffer>

/** `whole`, or what could be decoded of a body that is `cut` or broken at its end, or nothing of use. */
export type Decoding = 'whole' | 'cut' | 'broken' | 'unknown'

class TooLarge extends Error {}

/** Senders write them where nothing was encoded: characters, a way of signing, nothing at all. */
const NO_ENCODING: ReadonlySet<string> = new Set([
  '',
  'identity',
  'none',
  'utf-8',
  'utf8',
  'us-ascii',
  'iso-8859-1',
  'binary',
  'chunked',
  'aws-chunked',
])

/** The encodings that a `content-encoding` names, in the order they were applied; none for `identity` and its like. */
export function readEncodings(header: string | null): readonly string[] {
  if (header === null) return NO_ENCODINGS
  const names = header.split(',').map((name) => name.trim().toLowerCase())
  return names.filter((name) => !NO_ENCODING.has(name))
}

const NO_ENCODINGS: readonly string[] = []

/**
 * Undoes the encodings that a header names, off the event loop, and hands the decoded bytes on piece by piece, each when the
 * one before was taken: no more of them is held than `onPiece` keeps. `unknown` where there is no decoder for one of the
 * encodings; `broken` where nothing can be decoded, or one of the encodings gives more than `maxBytes`: the work stops
 * there. Fed with the whole body at once, since a stream that is fed write by write takes ten times as long.
 */
export async function decompress(
  bytes: Buffer,
  encodings: readonly string[],
  maxBytes: number,
  onPiece: (piece: Buffer) => void | Promise<void>,
): Promise<Decoding> {
  if (encodings.length > MAX_ENCODINGS) return 'broken'
  let given = 0

  /** Hands on what was not handed on before. */
  async function decode(isStrict: boolean): Promise<void> {
    const whole: Bytes = Readable.from([bytes])
    const decoded = encodings.reduceRight((source, name) => undo(source, name, maxBytes, isStrict), whole)
    let size = 0
    for await (const piece of decoded) {
      const fresh = piece.subarray(Math.max(0, given - size))
      size += piece.length
      given = Math.max(given, size)
      if (fresh.length > 0) await onPiece(fresh)
    }
  }

  try {
    await decode(true)
    // A few broken bytes decode to nothing, without an error.
    return given > 0 || bytes.length === 0 ? 'whole' : 'broken'
  } catch (error) {
    if (error instanceof UnknownEncoding) return 'unknown'
    if (error instanceof TooLarge) return 'broken'
  }
  // With an error zlib keeps what it had decoded: once more, as far as it goes.
  await decode(false).catch(() => {})
  return given > 0 ? 'cut' : 'broken'
}

/** As `decompress`, for a body that is needed in one piece; `null` where there is none. */
export async function decompressWhole(
  bytes: Buffer,
  encodings: readonly string[],
  maxBytes: number,
): Promise<Buffer | null> {
  const pieces: Buffer[] = []
  const decoding = await decompress(bytes, encodings, maxBytes, (piece) => void pieces.push(piece))
  return decoding === 'whole' || decoding === 'cut' ? Buffer.concat(pieces) : null
}

async function* undo(source: Bytes, name: string, maxBytes: number, isStrict: boolean): AsyncGenerator<Buffer> {
  const { start, rest } = await peek(source, MAX_HEADER_BYTES)
  const coded = isStrict ? null : skipHeader(name, start)
  const decoder = coded ? createBodyDecoder() : createDecoder(name, start, isStrict)
  const whole = withStart(coded ?? start, rest)
  if (decoder) pipeline(Readable.from(whole), decoder, () => {})
  let size = 0
  for await (const piece of (decoder ?? whole) as Bytes) {
    size += piece.length
    if (size > maxBytes) throw new TooLarge(`expected at most ${maxBytes} bytes behind ${name}, got more`)
    yield piece
  }
}

/** The first bytes, and those behind them. */
async function peek(source: Bytes, count: number): Promise<{ readonly start: Buffer; readonly rest: Bytes }> {
  const pieces = source[Symbol.asyncIterator]()
  let start: Buffer = Buffer.alloc(0)
  while (start.length < count) {
    const next = await pieces.next()
    if (next.done) break
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value])
  }
  return { start, rest: { [Symbol.asyncIterator]: () => pieces } }
}

async function* withStart(start: Buffer, rest: Bytes): AsyncGenerator<Buffer> {
  yield start
  yield* rest
}
