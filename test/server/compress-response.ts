import type { ServerResponse } from 'node:http'
import zlib from 'node:zlib'

export type Encoding = 'gzip' | 'br' | 'deflate'

/**
 * Compresses what is written to a response, as the common middleware does: it replaces `write` and `end`, and sets its
 * header at the last moment, from inside `writeHead`.
 */
export function compressResponse(response: ServerResponse, encoding: Encoding): void {
  const { write, end, writeHead } = response
  const stream = createStream(encoding)
  stream.on('data', (chunk) => write.call(response, chunk, 'buffer' as never))
  stream.on('end', () => end.call(response, undefined as never, 'buffer' as never))

  response.writeHead = (...head: unknown[]) => {
    response.removeHeader('content-length')
    response.setHeader('content-encoding', encoding)
    return Reflect.apply(writeHead, response, head) as ServerResponse
  }
  const begin = () => {
    if (!response.headersSent) response.writeHead(response.statusCode)
  }
  response.write = (chunk: unknown, callback?: unknown) => {
    begin()
    return stream.write(chunk, callback)
  }
  response.end = (chunk?: unknown) => {
    begin()
    stream.end(chunk)
    return response
  }
}

/** Flushes after every write, so that each one reaches the client at once; whoever waits for the callback gets the same framing every time. */
function createStream(
  encoding: Encoding,
): NodeJS.ReadWriteStream & { write(chunk: unknown, callback: unknown): boolean; end(chunk: unknown): void } {
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants
  if (encoding === 'gzip') return zlib.createGzip({ flush: Z_SYNC_FLUSH })
  if (encoding === 'deflate') return zlib.createDeflate({ flush: Z_SYNC_FLUSH })
  return zlib.createBrotliCompress({ flush: BROTLI_OPERATION_FLUSH })
}
