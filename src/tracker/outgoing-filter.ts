import { createEndpointFilter, type EndpointFilter } from '../config/endpoints.ts'
import { formatOfPath } from '../wire/detect.ts'

/**
 * Which calls of this server are watched: the monitored endpoints, and beyond them every path that a known API is served
 * at, for providers have paths of their own (`/v1/projects/…:generateContent`). Exclusions win.
 */
export function createOutgoingFilter(monitored: readonly string[], excluded: readonly string[]): EndpointFilter {
  const isMonitored = createEndpointFilter(monitored, excluded)
  const isAllowed = createEndpointFilter(['/'], excluded)
  return (method, path) => isMonitored(method, path) || (isAllowed(method, path) && formatOfPath(path) !== null)
}
