import { isObject, type JsonObject } from '../../core/json.ts'

/**
 * The body as a parser left it on the request, `null` where none did. Express 4 leaves `{}` behind when parsing failed, so
 * an empty object says nothing; proxies on Fastify put the unread stream there.
 */
export function readParsedBody(request: unknown): unknown {
  try {
    const { body } = request as { body?: unknown }
    if (typeof body === 'string' || body instanceof Uint8Array) return body.length > 0 ? body : null
    return isObject(body) && !isEmpty(body) && !isStream(body) ? body : null
  } catch {
    // A getter of the host's that throws. The bytes that pass are kept in its stead.
    return null
  }
}

function isEmpty(body: object): boolean {
  for (const key in body) if (Object.hasOwn(body, key)) return false
  return true
}

function isStream(body: JsonObject): boolean {
  return Symbol.asyncIterator in body || typeof body['pipe'] === 'function'
}

/**
 * Puts `replace(body)` in the place of whatever body a parser leaves on a request, before us or behind us. `request` is
 * the object that the handler gets. `replace` must not throw.
 */
export function replaceParsedBody(request: object, replace: (body: unknown) => unknown): void {
  let body = replace((request as { body?: unknown }).body)
  Object.defineProperty(request, 'body', {
    configurable: true,
    enumerable: true,
    get: () => body,
    set(parsed: unknown) {
      body = replace(parsed)
    },
  })
}
