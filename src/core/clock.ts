/** Wall clock for time stamps and a monotonic one for durations, both in milliseconds. */
export interface Clock {
  now(): number
  elapsed(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
}
