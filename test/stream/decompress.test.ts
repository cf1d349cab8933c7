import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decompress, decompressWhole, readEncodings } from '../../src/stream/decompress.ts'

const MB = 1024 * 1024
const TEXT = Buffer.from(`{"model":"m","text":"${'one two three '.repeat(20_000)}"}`)

const encoders: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  ...('zstdCompressSync' in zlib ? { zstd: zlib.zstdCompressSync as (bytes: Buffer) => Buffer } : {}),
}

const encode = (bytes: Buffer, names: readonly string[]) =>
  names.reduce((encoded, name) => (encoders[name] ?? ((same) => same))(encoded), bytes)

/** What comes out, and in how large pieces. */
async function decode(bytes: Buffer, names: readonly string[], maxBytes = 64 * MB) {
  const sizes: number[] = []
  const isWhole = await decompress(bytes, names, maxBytes, (piece) => void sizes.push(piece.length))
  return { isWhole, largest: Math.max(0, ...sizes), total: sizes.reduce((sum, size) => sum + size, 0) }
}

describe('the encodings that a header names', () => {
  it.each([
    [null, []],
    ['', []],
    ['identity', []],
    [' Identity , ', []],
    ['gzip', ['gzip']],
    ['GZip, identity,br ', ['gzip', 'br']],
  ])('%j are %j', (header, names) => {
    expect(readEncodings(header)).toEqual(names)
  })
})

describe('a compressed body', () => {
  const chains = [
    ...Object.keys(encoders).map((name) => [name]),
    ['gzip', 'br'],
    ['br', 'gzip'],
    ['deflate', 'gzip', 'br'],
  ]

  it.each(chains.map((names) => ({ names })))('is decoded from $names', async ({ names }) => {
    expect((await decompressWhole(encode(TEXT, names), names, MB))?.equals(TEXT)).toBe(true)
  })

  it('is decoded from deflate without its wrapper', async () => {
    expect((await decompressWhole(zlib.deflateRawSync(TEXT), ['deflate'], MB))?.equals(TEXT)).toBe(true)
  })

  it.each([['gzip'], ['x-gzip'], ['zstd'], ['gzip', 'gzip']])(
    'may be plain behind a header of %s',
    async (...names) => {
      expect((await decompressWhole(TEXT, names, MB))?.equals(TEXT)).toBe(true)
      expect(await decompressWhole(Buffer.from('{'), names, MB)).toEqual(Buffer.from('{'))
    },
  )

  it.each(['gzip', 'deflate', 'br'])('that is broken off is decoded as far as it goes: %s', async (name) => {
    const text = Buffer.from(Array.from({ length: 20_000 }, (_, index) => `word ${index * 7919} `).join(''))
    const encoded = encode(text, [name])
    const decoded = await decompressWhole(encoded.subarray(0, encoded.length - 100), [name], 8 * MB)
    expect(decoded?.length).toBeGreaterThan(10_000)
    expect(text.subarray(0, decoded?.length).equals(decoded!)).toBe(true)
  })

  it.each([
    ['unknown', TEXT],
    ['br', Buffer.from([255, 254, 253, 252, 251, 250, 249])],
    ['gzip', Buffer.from([0x1f, 0x8b, 1, 2, 3, 4])],
  ])('fails as %s', async (name, bytes) => {
    expect(await decompressWhole(bytes, [name], MB)).toBeNull()
  })

  it('that is empty is empty', async () => {
    expect(await decompressWhole(Buffer.alloc(0), ['gzip'], MB)).toEqual(Buffer.alloc(0))
  })
})

describe('a small body that becomes a large one', () => {
  it.each(Object.keys(encoders))('comes in small pieces: %s', async (name) => {
    const decoded = await decode(encode(Buffer.alloc(8 * MB, 'a'), [name]), [name])
    expect(decoded).toMatchObject({ isWhole: true, total: 8 * MB })
    expect(decoded.largest).toBeLessThanOrEqual(2 * MB)
  })

  it.each(Object.keys(encoders))('is given up at the limit: %s', async (name) => {
    const { isWhole, total } = await decode(encode(Buffer.alloc(8 * MB, 'a'), [name]), [name], MB)
    expect(isWhole).toBe(false)
    expect(total).toBeLessThanOrEqual(MB)
  })

  it('is given up inside another encoding too, and when encodings are piled up', async () => {
    const empty = zlib.gzipSync('')
    const members = Buffer.concat(Array.from({ length: 200_000 }, () => empty))
    expect(await decode(encode(members, ['br']), ['gzip', 'br'], MB)).toMatchObject({ isWhole: false, total: 0 })
    const five = ['gzip', 'gzip', 'gzip', 'gzip', 'gzip']
    expect(await decode(encode(TEXT, five), five)).toMatchObject({ isWhole: false, total: 0 })
  })
})
