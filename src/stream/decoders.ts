import type { Transform } from 'node:stream'
import zlib from 'node:zlib'

/** Decoded bytes come in pieces of this size at most. */
const PIECE_BYTES = 256 * 1024
const STRICT = { chunkSize: PIECE_BYTES }
/** The flush modes make a body that was broken off decode as far as it goes, without a word. */
const ZLIB = { ...STRICT, finishFlush: zlib.constants.Z_SYNC_FLUSH }
const BROTLI = { ...STRICT, finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH }
const ZSTD = { ...STRICT, finishFlush: 1 /* ZSTD_e_flush */ }

const GZIP_MAGIC = [0x1f, 0x8b]
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd]
/** Looked at to tell an encoding, and to get behind its header. */
export const MAX_HEADER_BYTES = 1_024

/** Node has zstd from 22.15 on. */
const createZstd =
  'createZstdDecompress' in zlib ? (zlib.createZstdDecompress as (options: zlib.ZlibOptions) => Transform) : null

export class UnknownEncoding extends Error {}

/** `null` behind a header that was set by somebody who then did not compress: gzip and zstd announce themselves. */
export function createDecoder(name: string, start: Buffer, isStrict: boolean): Transform | null {
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return startsWith(start, GZIP_MAGIC) ? zlib.createGunzip(isStrict ? STRICT : ZLIB) : null
    case 'deflate':
      // "deflate" means zlib, but some servers send it raw.
      return startsZlib(start)
        ? zlib.createInflate(isStrict ? STRICT : ZLIB)
        : zlib.createInflateRaw(isStrict ? STRICT : ZLIB)
    case 'br':
      return zlib.createBrotliDecompress(isStrict ? STRICT : BROTLI)
    case 'zstd':
      if (!startsWith(start, ZSTD_MAGIC)) return null
      if (createZstd) return createZstd(isStrict ? STRICT : ZSTD)
  }
  throw new UnknownEncoding(`expected a content-encoding of gzip, deflate, br or zstd (Node 22.15 on), got ${name}`)
}

/** For what `skipHeader` leaves. */
export function createBodyDecoder(): Transform {
  return zlib.createInflateRaw(ZLIB)
}

/** What gzip and zlib wrap, whose checksums behind it may be broken; `null` where the header does not end here. */
export function skipHeader(name: string, start: Buffer): Buffer | null {
  if (name === 'deflate' && startsZlib(start)) return start.subarray(2)
  if (!name.endsWith('gzip') || !startsWith(start, GZIP_MAGIC)) return null
  const flags = start[3] ?? 0
  let end = 10
  // RFC 1952 §2.3.1: extra field, name and comment, each ended by a zero, checksum of the header.
  if (flags & 4) end += 2 + (end + 2 <= start.length ? start.readUInt16LE(end) : start.length)
  for (const flag of [8, 16]) {
    if (flags & flag && end > 0) end = start.indexOf(0, end) + 1
  }
  if (flags & 2) end += 2
  return end >= 10 && end <= start.length ? start.subarray(end) : null
}

/** RFC 1950 §2.2: the method, and a check of the two bytes. */
function startsZlib(start: Buffer): boolean {
  return ((start[0] ?? 0) & 0x0f) === 8 && (start.length < 2 || start.readUInt16BE(0) % 31 === 0)
}

function startsWith(bytes: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte)
}
