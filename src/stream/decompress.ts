import { pipeline, Readable, type Transform } from 'node:stream'
import zlib from 'node:zlib'

/** More in a row than any honest sender applies; each takes memory for its window. */
const MAX_ENCODINGS = 4
/** Decoded bytes come in pieces of this size at most. */
const PIECE_BYTES = 256 * 1024

/** The flush modes make a body that was broken off decode as far as it goes. */
const ZLIB = { chunkSize: PIECE_BYTES, finishFlush: zlib.constants.Z_SYNC_FLUSH }
const BROTLI = { chunkSize: PIECE_BYTES, finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH }
const ZSTD = { chunkSize: PIECE_BYTES, finishFlush: 1 /* ZSTD_e_flush */ }

const GZIP_MAGIC = [0x1f, 0x8b]
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd]

/** Node has zstd from 22.15 on. */
const createZstd =
  'createZstdDecompress' in zlib ? (zlib.createZstdDecompress as (options: zlib.ZlibOptions) => Transform) : null

type Bytes = AsyncIterable<Buffer>

/** The encodings that a `content-encoding` names, in the order they were applied; none for `identity`. */
export function readEncodings(header: string | null): readonly string[] {
  if (header === null) return NO_ENCODINGS
  const names = header.split(',').map((name) => name.trim().toLowerCase())
  return names.filter((name) => name !== '' && name !== 'identity')
}

const NO_ENCODINGS: readonly string[] = []

/**
 * Undoes the encodings that a header names, off the event loop, and hands the decoded bytes on piece by piece: no more of
 * them is held than `onPiece` keeps. False when an encoding is not known here, the bytes are broken, or one of the encodings
 * gives more than `maxBytes`; the work stops there. Fed with the whole body at once, since a stream that is fed write by
 * write takes ten times as long.
 */
export async function decompress(
  bytes: Buffer,
  encodings: readonly string[],
  maxBytes: number,
  onPiece: (piece: Buffer) => void,
): Promise<boolean> {
  if (encodings.length > MAX_ENCODINGS) return false
  let size = 0
  try {
    const whole: Bytes = Readable.from([bytes])
    const decoded = encodings.reduceRight((source, name) => undo(source, name, maxBytes), whole)
    for await (const piece of decoded) {
      size += piece.length
      onPiece(piece)
    }
  } catch {
    return false
  }
  // With these flush modes a few broken bytes decode to nothing, without an error.
  return size > 0 || bytes.length === 0
}

/** As `decompress`, for a body that is needed whole; `null` where that answers false. */
export async function decompressWhole(
  bytes: Buffer,
  encodings: readonly string[],
  maxBytes: number,
): Promise<Buffer | null> {
  const pieces: Buffer[] = []
  const isWhole = await decompress(bytes, encodings, maxBytes, (piece) => void pieces.push(piece))
  return isWhole ? Buffer.concat(pieces) : null
}

async function* undo(source: Bytes, name: string, maxBytes: number): AsyncGenerator<Buffer> {
  const { start, whole } = await peek(source, ZSTD_MAGIC.length)
  const decoder = createDecoder(name, start)
  if (decoder) pipeline(Readable.from(whole), decoder, () => {})
  let size = 0
  for await (const piece of (decoder ?? whole) as Bytes) {
    size += piece.length
    if (size > maxBytes) throw new RangeError(`expected at most ${maxBytes} bytes behind ${name}, got more`)
    yield piece
  }
}

/** The first bytes, and all of them. */
async function peek(source: Bytes, count: number): Promise<{ readonly start: Buffer; readonly whole: Bytes }> {
  const pieces = source[Symbol.asyncIterator]()
  let start: Buffer = Buffer.alloc(0)
  while (start.length < count) {
    const next = await pieces.next()
    if (next.done) break
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value])
  }
  async function* whole(): AsyncGenerator<Buffer> {
    yield start
    yield* { [Symbol.asyncIterator]: () => pieces }
  }
  return { start, whole: whole() }
}

/** `null` behind a header that was set by somebody who then did not compress: gzip and zstd announce themselves. */
function createDecoder(name: string, start: Buffer): Transform | null {
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return startsWith(start, GZIP_MAGIC) ? zlib.createGunzip(ZLIB) : null
    case 'deflate':
      // "deflate" means zlib, but some servers send it raw.
      return ((start[0] ?? 0) & 0x0f) === 8 ? zlib.createInflate(ZLIB) : zlib.createInflateRaw(ZLIB)
    case 'br':
      return zlib.createBrotliDecompress(BROTLI)
    case 'zstd':
      if (!startsWith(start, ZSTD_MAGIC)) return null
      if (createZstd) return createZstd(ZSTD)
  }
  throw new Error(`expected a content-encoding of gzip, deflate, br or zstd (Node 22.15 on), got ${name}`)
}

function startsWith(bytes: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte)
}
