import { describe, expect, it } from 'vitest'
import { readImageSize } from '../../src/tokens/prompt/image-size.ts'
import { countImage, countMedia } from '../../src/tokens/prompt/image-tokens.ts'
import { toJpeg, toPng } from './image-heads.ts'

const GPT_4O = { kind: 'tiles', base: 85, tile: 170 } as const

function toBase64(size: number, write: (head: Buffer) => void): string {
  const head = Buffer.alloc(size)
  write(head)
  return head.toString('base64')
}

const webp = (format: string, write: (head: Buffer) => void) =>
  toBase64(64, (head) => {
    head.write('RIFF', 0)
    head.write(`WEBP${format}`, 8)
    write(head)
  })

describe('the size of an image', () => {
  it.each([
    ['a PNG', toPng(640, 480)],
    ['a PNG as a data URL', `data:image/png;base64,${toPng(640, 480)}`],
    ['a JPEG', toJpeg(640, 480)],
    ['a JPEG with 40 KB of metadata first', toJpeg(640, 480, 40_000)],
    [
      'a GIF',
      toBase64(64, (head) => void (head.write('GIF89a'), head.writeUInt16LE(640, 6), head.writeUInt16LE(480, 8))),
    ],
    ['a simple WebP', webp('VP8 ', (head) => void (head.writeUInt16LE(640, 26), head.writeUInt16LE(480, 28)))],
    ['a lossless WebP', webp('VP8L', (head) => head.writeUInt32LE(((479 << 14) | 639) >>> 0, 21))],
    ['an extended WebP', webp('VP8X', (head) => void (head.writeUIntLE(639, 24, 3), head.writeUIntLE(479, 27, 3)))],
  ])('is read out of %s', (_, data) => {
    expect(readImageSize(data)).toEqual({ width: 640, height: 480 })
  })

  it.each([
    ['an empty text', ''],
    ['what is not base64', '***not base64***'.repeat(10)],
    ['a PNG cut short', toPng(640, 480).slice(0, 20)],
    ['a PNG without extent', toPng(0, 0)],
    ['a JPEG without a frame header', Buffer.from('ffd8ffe0'.padEnd(200, '0'), 'hex').toString('base64')],
    ['a JPEG of fill bytes', Buffer.alloc(40_000, 0xff).fill(0xd8, 1, 2).toString('base64')],
    ['a JPEG with broken segments', Buffer.from(`ffd8${'ffe00000'.repeat(50)}`, 'hex').toString('base64')],
  ])('is unknown for %s', (_, data) => {
    expect(readImageSize(data)).toBeNull()
  })
})

describe('the tokens of an image', () => {
  it('are 765 for 1024 x 1024 on gpt-4o: shrunk to 768 x 768, four tiles', () => {
    expect(countImage(GPT_4O, { width: 1024, height: 1024 }, 'high')).toBe(85 + 4 * 170)
  })

  it('are 1,105 for 2048 x 4096 on gpt-4o: shrunk to 768 x 1536, six tiles', () => {
    expect(countImage(GPT_4O, { width: 2048, height: 4096 }, null)).toBe(85 + 6 * 170)
  })

  it('are the base alone in low detail', () => {
    expect(countImage(GPT_4O, { width: 4096, height: 8192 }, 'low')).toBe(85)
  })

  it('are the 1,024 patches of 1024 x 1024, times the factor', () => {
    expect(countImage({ kind: 'patches', factor: 1 }, { width: 1024, height: 1024 }, null)).toBe(1024)
    expect(countImage({ kind: 'patches', factor: 1.62 }, { width: 1024, height: 1024 }, null)).toBe(1659)
  })

  it('are at most 1,536 patches: 1800 x 2400 is shrunk to 33 x 44 of them', () => {
    expect(countImage({ kind: 'patches', factor: 1 }, { width: 1800, height: 2400 }, null)).toBe(33 * 44)
  })

  it('are 258 for each square on Gemini', () => {
    expect(countImage({ kind: 'squares', tile: 258 }, { width: 384, height: 200 }, null)).toBe(258)
    expect(countImage({ kind: 'squares', tile: 258 }, { width: 1536, height: 900 }, null)).toBe(4 * 258)
  })

  it('are the area divided by 750 on Claude, after shrinking the longer side to 1568', () => {
    const rule = { kind: 'area', pixels: 750, longest: 1568 } as const
    expect(countImage(rule, { width: 200, height: 200 }, null)).toBe(54)
    expect(countImage(rule, { width: 3136, height: 1568 }, null)).toBe(Math.ceil((1568 * 784) / 750))
  })

  it('stay finite for extreme sizes', () => {
    for (const size of [
      { width: 1, height: 4_294_967_295 },
      { width: 4_294_967_295, height: 1 },
    ]) {
      const patches = countImage({ kind: 'patches', factor: 2.46 }, size, null)
      expect(patches).toBeGreaterThan(0)
      expect(patches).toBeLessThanOrEqual(Math.ceil(1_536 * 2.46))
      expect(countImage(GPT_4O, size, null)).toBeLessThan(10_000)
    }
  })
})

describe('the tokens of a media part', () => {
  const image = { kind: 'image', data: toPng(512, 512), dataLength: 100_000, detail: null } as const

  it('are exact where the image tells its size', () => {
    expect(countMedia(image, GPT_4O)).toEqual({ tokens: 255, exact: true, unknown: false })
  })

  it('are those of 1024 x 1024 where the image is a reference, and then not exact', () => {
    expect(countMedia({ ...image, data: null }, GPT_4O)).toEqual({ tokens: 765, exact: false, unknown: false })
  })

  it('are exact in low detail, whatever the size', () => {
    expect(countMedia({ ...image, data: null, detail: 'low' }, GPT_4O)).toEqual({
      tokens: 85,
      exact: true,
      unknown: false,
    })
  })

  it('are unknown for audio and files', () => {
    expect(countMedia({ ...image, kind: 'audio' }, GPT_4O)).toEqual({ tokens: 0, exact: false, unknown: true })
  })
})
