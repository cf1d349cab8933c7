/** Not by `instanceof`: hosts replace the global `Promise` (zone.js, bluebird), and async functions answer the native one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
