import { isThenable } from '../core/thenable.ts'

/** A value, or the promise of one. What is nearly always there at once need not pay for a promise and a later turn. */
export type MaybePromise<T> = T | Promise<T>

/** Goes on with the value, at once where it is there. What `goOn` throws is then thrown, else it rejects. */
export function andThen<T, U>(value: MaybePromise<T>, goOn: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return isThenable(value) ? value.then(goOn) : goOn(value)
}
