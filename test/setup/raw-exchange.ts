import http from 'node:http'

export interface RawAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
  /** False when the connection broke before the end. */
  readonly complete: boolean
}

export interface RawRequest {
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
  /** Hang up after this many bytes of the answer. */
  readonly hangUpAfter?: number
}

/** One POST, whose answer is recorded as it came over the wire, also when it breaks off. */
export function exchange(
  url: string,
  { path = '/v1/chat/completions', headers = {}, body = '{}', hangUpAfter }: RawRequest = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let received = 0
    const request = http.request(new URL(path, url), {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', ...headers },
    })
    request.on('response', (response) => {
      const finish = (complete: boolean) =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks), complete })
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        received += chunk.length
        if (hangUpAfter !== undefined && received >= hangUpAfter) request.destroy()
      })
      response.on('error', () => {})
      response.on('close', () => finish(response.complete))
    })
    request.on('error', (error) => (received > 0 ? undefined : reject(error)))
    request.end(body)
  })
}
