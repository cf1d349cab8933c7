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
