/** Not by `instanceof`: hosts replace the global `Promise` (zone.js, bluebird), and async functions answer the native one. */
export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof (value as Partial<PromiseLike<T>>).then === 'function'
}
