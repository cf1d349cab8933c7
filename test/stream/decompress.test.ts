import zlib from 'node:zlib'
import { setImmediate as nextTurn } from 'node:timers/promises'
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
  const decoding = await decompress(bytes, names, maxBytes, (piece) => void sizes.push(piece.length))
  return { decoding, largest: Math.max(0, ...sizes), total: sizes.reduce((sum, size) => sum + size, 0) }
}

describe('the encodings that a header names', () => {
  it.each([
    [null, []],
    ['', []],
    ['identity', []],
    [' Identity , ', []],
    ['gzip', ['gzip']],
    ['GZip, identity,br ', ['gzip', 'br']],
    ['none', []],
    ['UTF-8', []],
    ['aws-chunked', []],
    ['aws-chunked,gzip', ['gzip']],
    ['snappy', ['snappy']],
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
    ['gzip', 8],
    ['deflate', 4],
  ])('whose checksum is wrong is decoded all the same: %s', async (name, trailer) => {
    for (const text of [Buffer.from('{"a":1}'), TEXT, Buffer.from(`${Math.PI}`.repeat(200_000))]) {
      const encoded = encode(text, [name])
      for (const end of [encoded.length, encoded.length - 1, encoded.length - trailer]) {
        const broken = Buffer.from(encoded.subarray(0, end))
        if (end > encoded.length - trailer) broken[encoded.length - trailer]! ^= 0xff
        const pieces: Buffer[] = []
        const decoding = await decompress(broken, [name], 64 * MB, (piece) => void pieces.push(piece))
        expect([decoding, Buffer.concat(pieces).equals(text)]).toEqual(['cut', true])
      }
    }
  })

  it('is told from a whole one when it is broken off', async () => {
    for (const name of Object.keys(encoders)) {
      const encoded = encode(TEXT, [name])
      expect(await decode(encoded, [name])).toMatchObject({ decoding: 'whole', total: TEXT.length })
      expect(await decode(encoded.subarray(0, -9), [name])).toMatchObject({ decoding: 'cut' })
    }
    const chain = encode(TEXT, ['deflate', 'br', 'gzip'])
    chain[chain.length - 1]! ^= 0xff
    expect(await decode(chain, ['deflate', 'br', 'gzip'])).toMatchObject({ decoding: 'cut', total: TEXT.length })
  })

  it('with a name, a comment and more in its header may have a wrong checksum, too', async () => {
    const plain = zlib.gzipSync(TEXT)
    const header = Buffer.from(plain.subarray(0, 10))
    header[3] = 4 | 8 | 16
    const fields = Buffer.from([3, 0, 1, 2, 3, ...Buffer.from('name\0comment\0')])
    const body = Buffer.concat([header, fields, plain.subarray(10)])
    expect(await decode(body, ['gzip'])).toMatchObject({ decoding: 'whole', total: TEXT.length })
    body[body.length - 6]! ^= 0xff
    expect(await decode(body, ['gzip'])).toMatchObject({ decoding: 'cut', total: TEXT.length })
    header[3] = 8
    const endless = Buffer.concat([header, Buffer.alloc(5_000, 'a')])
    expect(await decode(endless, ['gzip'])).toMatchObject({ decoding: 'broken', total: 0 })
  })

  it('that nobody here can decode is no broken one', async () => {
    expect((await decode(TEXT, ['snappy'])).decoding).toBe('unknown')
    expect((await decode(encode(TEXT, ['gzip']), ['snappy', 'gzip'])).decoding).toBe('unknown')
    expect((await decode(Buffer.from([1, 2, 3]), ['br'])).decoding).toBe('broken')
  })

  it('waits for whoever takes its pieces', async () => {
    let open = 0
    const decoding = await decompress(encode(Buffer.alloc(4 * MB, 'a'), ['gzip']), ['gzip'], 8 * MB, async () => {
      expect(++open).toBe(1)
      await nextTurn()
      open--
    })
    expect(decoding).toBe('whole')
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
    expect(decoded).toMatchObject({ decoding: 'whole', total: 8 * MB })
    expect(decoded.largest).toBeLessThanOrEqual(2 * MB)
  })

  it.each(Object.keys(encoders))('is given up at the limit: %s', async (name) => {
    const { decoding, total } = await decode(encode(Buffer.alloc(8 * MB, 'a'), [name]), [name], MB)
    expect(decoding).toBe('broken')
    expect(total).toBeLessThanOrEqual(MB)
  })

  it('is given up inside another encoding too, and when encodings are piled up', async () => {
    const empty = zlib.gzipSync('')
    const members = Buffer.concat(Array.from({ length: 200_000 }, () => empty))
    expect(await decode(encode(members, ['br']), ['gzip', 'br'], MB)).toMatchObject({ decoding: 'broken', total: 0 })
    const five = ['gzip', 'gzip', 'gzip', 'gzip', 'gzip']
    expect(await decode(encode(TEXT, five), five)).toMatchObject({ decoding: 'broken', total: 0 })
  })
})
