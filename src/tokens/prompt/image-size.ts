export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** Only the head of an image is decoded; a JPEG that has more than this before its frame header stays unknown. */
const MAX_HEAD = 65_536

/** Width and height out of the head of a PNG, GIF, WebP or JPEG in base64 (with or without `data:`); `null` when unknown. */
export function readImageSize(data: string): ImageSize | null {
  const encoded = data.startsWith('data:') ? data.slice(data.indexOf(',', 0) + 1, MAX_HEAD) : data.slice(0, MAX_HEAD)
  const head = Buffer.from(encoded, 'base64')
  if (head.length < 30) return null
  const size = readPng(head) ?? readGif(head) ?? readWebp(head) ?? readJpeg(head)
  return size && size.width > 0 && size.height > 0 ? size : null
}

function readPng(head: Buffer): ImageSize | null {
  if (head.toString('latin1', 1, 4) !== 'PNG') return null
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) }
}

function readGif(head: Buffer): ImageSize | null {
  if (head.toString('latin1', 0, 3) !== 'GIF') return null
  return { width: head.readUInt16LE(6), height: head.readUInt16LE(8) }
}

/** RFC 9649: a simple, a lossless or an extended file, each with its own place for the size. */
function readWebp(head: Buffer): ImageSize | null {
  if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WEBP') return null
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff }
    case 'VP8L': {
      const bits = head.readUInt32LE(21)
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 }
    default:
      return null
  }
}

/** ITU T.81 B.1: segments of marker and length, up to the first frame header (SOF0-SOF15 without DHT, JPG and DAC). */
function readJpeg(head: Buffer): ImageSize | null {
  if (head.readUInt16BE(0) !== 0xffd8) return null
  for (let at = 2; at + 9 <= head.length;) {
    const marker = head.readUInt16BE(at)
    if (marker < 0xff01) return null
    if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
      return { width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) }
    }
    // 0xff bytes may fill the space before a marker.
    at += marker === 0xffff ? 1 : 2 + head.readUInt16BE(at + 2)
  }
  return null
}
