/** The path as the client sent it: Express cuts the mount path off `url` and keeps the whole in `originalUrl`. */
export function readRequestPath(request: {
  readonly url?: string | undefined
  readonly originalUrl?: unknown
}): string {
  return toPath(typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '/'))
}

/** The path of a request target, or of a URL, without query and fragment. */
export function toPath(target: string): string {
  // Clients of a forward proxy send the whole URL (RFC 9112 §3.2.2).
  const url = target.startsWith('/') ? target : target.replace(ORIGIN, '')
  const end = url.search(/[?#]/)
  const path = end === -1 ? url : url.slice(0, end)
  return path === '' ? '/' : path
}

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i
