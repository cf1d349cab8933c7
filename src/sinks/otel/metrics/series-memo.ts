import { createBoundedMap } from '../../../core/bounded-map.ts'
import type { SeriesAttributes } from './series-limiter.ts'

/** Series a server is busy with at one time; each may hold some texts of a client's choosing. */
const MAX_KNOWN = 1_000

/**
 * Equal attributes give the same object, made once: copying attributes with one more costs more than counting what they
 * describe, and whoever adds up by series can tell them by identity.
 */
export function createSeriesMemo<Series>(
  make: (attributes: SeriesAttributes) => Series,
): (attributes: SeriesAttributes) => Series {
  const known = createBoundedMap<string, Series>(MAX_KNOWN)
  return (attributes) => known.getOrMake(JSON.stringify(attributes), () => make(attributes))
}
