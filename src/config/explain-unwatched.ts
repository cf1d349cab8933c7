import { closest } from 'fastest-levenshtein'
import { createBoundedMap } from '../core/bounded-map.ts'
import { isConsumingCall } from '../providers/path-facts.ts'
import { createEndpointFilter } from './endpoints.ts'

/**
 * `method`: no POST, and no GET that fetches an answer. `no_consumption`: generates nothing (counting tokens, files, jobs).
 * `excluded`: TOKEN_TRACKER_EXCLUDED_ENDPOINTS. `path`: no pattern of TOKEN_TRACKER_MONITORED_ENDPOINTS.
 */
export type UnwatchedReason = 'method' | 'no_consumption' | 'excluded' | 'path'

export interface UnwatchedReasons {
  find(method: string | undefined, path: string): UnwatchedReason
  /** The pattern that is most like the path: milliseconds for a long one. */
  findNearest(path: string): string
}

const MAX_CACHED_PATHS = 1_000
/** Longer ones name no endpoint, and comparing takes the product of both lengths. */
const MAX_LENGTH = 256

/** Why what `createEndpointFilter` passes over is not watched. */
export function createUnwatchedReasons(monitored: readonly string[], excluded: readonly string[]): UnwatchedReasons {
  const isIncluded = createEndpointFilter(monitored, [])
  const isExcluded = createEndpointFilter(excluded, [])
  const reasons = createBoundedMap<string, UnwatchedReason>(MAX_CACHED_PATHS)

  function find(method: string, path: string): UnwatchedReason {
    if (!isConsumingCall(method, path)) return 'no_consumption'
    return isIncluded(method, path) && isExcluded(method, path) ? 'excluded' : 'path'
  }

  return {
    find(method, path) {
      if (method !== 'POST') return method === 'GET' && isConsumingCall(method, path) ? find(method, path) : 'method'
      return path.length > MAX_LENGTH ? 'path' : reasons.getOrMake(path, () => find(method, path))
    },
    findNearest: (path) => closest(path.slice(0, MAX_LENGTH), monitored),
  }
}
