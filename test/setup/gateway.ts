import http, { type RequestListener } from 'node:http'
import { pipeline } from 'node:stream'

/** A gateway as people write it: passes the request on to `upstream()` and the answer back. */
export function createGateway(upstream: () => string): RequestListener {
  return (request, response) => {
    const { host: _host, ...headers } = request.headers
    const target = new URL(request.url ?? '/', upstream())
    const forwarded = http.request(target, { method: request.method ?? 'POST', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      pipeline(answer, response, () => {})
    })
    forwarded.on('error', () => response.destroy())
    pipeline(request, forwarded, () => {})
  }
}
