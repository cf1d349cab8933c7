import { createBoundedMap } from '../core/bounded-map.ts'
import { normalisePath } from '../core/normalise-path.ts'
import { isConsumingCall } from '../providers/path-facts.ts'

/** Decides by method and path whether a request is watched. */
export type EndpointFilter = (method: string | undefined, path: string) => boolean

/** Requests differ in ids and models, so their paths are many; the cache is dropped whole when it is full. */
const MAX_CACHED_PATHS = 1_000
const MAX_CACHED_LENGTH = 512

/**
 * POST, and GET where an answer is fetched later. A pattern matches the path itself and what lies below it at a `/` border, whatever the case and a trailing
 * slash; `*` stands for anything inside a segment, `**` for anything across segments. Exclusions win.
 */
export function createEndpointFilter(monitored: readonly string[], excluded: readonly string[]): EndpointFilter {
  const includes = monitored.map(toPattern)
  const excludes = excluded.map(toPattern)
  const cache = createBoundedMap<string, boolean>(MAX_CACHED_PATHS)

  function decide(path: string): boolean {
    const normalised = normalisePath(path)
    // Once for all patterns: a path of many segments takes longer to part than to match.
    const segments = toSegments(normalised)
    const matches = (pattern: Pattern) => pattern(normalised, segments)
    return includes.some(matches) && !excludes.some(matches)
  }

  const decidePost = (path: string) => isConsumingCall('POST', path) && decide(path)

  return (method, path) => {
    // Most that is no POST is not worth a place in the cache.
    if (method !== 'POST') return isConsumingCall(method, path) && decide(path)
    return path.length > MAX_CACHED_LENGTH ? decidePost(path) : cache.getOrMake(path, decidePost)
  }
}

type Pattern = (path: string, segments: readonly string[]) => boolean

function toPattern(pattern: string): Pattern {
  const normalised = normalisePath(pattern)
  if (!normalised.includes('*')) {
    const below = normalised === '/' ? '/' : `${normalised}/`
    return (path) => path === normalised || path.startsWith(below)
  }
  const wanted = toSegments(normalised)
  return (_path, segments) => matchSegments(wanted, 0, segments, 0)
}

function toSegments(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '')
}

/**
 * Glob matching with one remembered restart point for `**`, as for `*` below: time is at most the product of both
 * lengths, where a translated regular expression could take exponential time on an evil path.
 */
function matchSegments(pattern: readonly string[], p: number, path: readonly string[], at: number): boolean {
  let restartPattern = -1
  let restartPath = -1
  while (p < pattern.length) {
    if (pattern[p] === '**') {
      restartPattern = ++p
      restartPath = at
    } else if (at < path.length && matchSegment(pattern[p] ?? '', path[at] ?? '')) {
      p++
      at++
    } else if (restartPattern !== -1 && restartPath < path.length) {
      p = restartPattern
      at = ++restartPath
    } else return false
  }
  return true
}

function matchSegment(pattern: string, text: string): boolean {
  let p = 0
  let at = 0
  let restartPattern = -1
  let restartText = -1
  while (at < text.length) {
    if (pattern[p] === '*') {
      restartPattern = ++p
      restartText = at
    } else if (p < pattern.length && pattern[p] === text[at]) {
      p++
      at++
    } else if (restartPattern !== -1) {
      p = restartPattern
      at = ++restartText
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
