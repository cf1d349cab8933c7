import zlib from 'node:zlib'

/** Encodes one event of Amazon's event stream: headers of text, a JSON payload, both checksums. */
export function encodeAwsEvent(headers: Readonly<Record<string, string>>, payload: unknown): Buffer {
  const encodedHeaders = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const header = Buffer.alloc(name.length + value.length + 4)
      header.writeUInt8(name.length, 0)
      header.write(name, 1, 'latin1')
      header.writeUInt8(7, name.length + 1)
      header.writeUInt16BE(value.length, name.length + 2)
      header.write(value, name.length + 4, 'latin1')
      return header
    }),
  )
  const body = Buffer.from(payload === undefined ? '' : JSON.stringify(payload))
  const prelude = Buffer.alloc(12)
  prelude.writeUInt32BE(16 + encodedHeaders.length + body.length, 0)
  prelude.writeUInt32BE(encodedHeaders.length, 4)
  prelude.writeUInt32BE(zlib.crc32(prelude.subarray(0, 8)), 8)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(zlib.crc32(Buffer.concat([prelude, encodedHeaders, body])), 0)
  return Buffer.concat([prelude, encodedHeaders, body, checksum])
}

export function encodeAwsMessage(type: string, payload: unknown): Buffer {
  return encodeAwsEvent({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }, payload)
}

/** InvokeModel's way to wrap a message of the model. */
export function encodeAwsChunk(message: unknown): Buffer {
  return encodeAwsMessage('chunk', { bytes: Buffer.from(JSON.stringify(message)).toString('base64'), p: 'abc' })
}
