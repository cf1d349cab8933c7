import type { IncomingMessage, ServerResponse } from 'node:http'

/** Said once where middleware of one framework was given to another: its requests are answered, and not counted. */
export const MISPLACED =
  'expected what this middleware is made for, got the request of another framework, so nothing is counted: take ' +
  'tokenUsageMiddleware on Express and node:http, token-usage-tracker/koa, /hono or /fastify there, and else ' +
  'trackRequestHandler of token-usage-tracker/web around a (Request) => Response'

export function isNodeExchange(request: unknown, response: unknown): boolean {
  const headers = (request as IncomingMessage | undefined)?.headers
  return headers !== undefined && typeof (response as ServerResponse | undefined)?.writeHead === 'function'
}

export function isWebRequest(request: unknown): boolean {
  return typeof (request as Request | undefined)?.headers?.get === 'function'
}

/**
 * Calls what comes next. Some frameworks call middleware with (request, response, next), others with (context, next), and
 * wait for what it answers: one that is mounted in the wrong place must still let requests through.
 */
export function passOn(third: unknown, second: unknown): unknown {
  if (typeof third === 'function') return third() as unknown
  return typeof second === 'function' ? (second() as unknown) : undefined
}
