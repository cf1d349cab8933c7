/** The first bytes of a PNG, in base64. */
export function toPng(width: number, height: number): string {
  const head = Buffer.alloc(64)
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]).copy(head)
  head.write('IHDR', 12)
  head.writeUInt32BE(width, 16)
  head.writeUInt32BE(height, 20)
  return head.toString('base64')
}

/** The first bytes of a JPEG, with a segment of metadata before the frame header, in base64. */
export function toJpeg(width: number, height: number, metadata = 14): string {
  const segment = Buffer.alloc(2 + 2 + metadata)
  segment.writeUInt16BE(0xffe1, 0)
  segment.writeUInt16BE(2 + metadata, 2)
  const frame = Buffer.alloc(40)
  frame.writeUInt16BE(0xffc2, 0)
  frame.writeUInt16BE(17, 2)
  frame.writeUInt8(8, 4)
  frame.writeUInt16BE(height, 5)
  frame.writeUInt16BE(width, 7)
  return Buffer.concat([Buffer.from([0xff, 0xd8]), segment, frame]).toString('base64')
}
