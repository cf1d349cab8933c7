/** A value, or the promise of one. What is nearly always there at once need not pay for a promise and a later turn. */
export type MaybePromise<T> = T | Promise<T>

/** Not by `instanceof`: hosts replace the global `Promise` (zone.js, bluebird), and async functions answer the native one. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Promise<T>>).then === 'function'
}

/** Goes on with the value, at once where it is there. What `goOn` throws is then thrown, else it rejects. */
export function andThen<T, U>(value: MaybePromise<T>, goOn: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return isPromise(value) ? value.then(goOn) : goOn(value)
}
