import { cutText } from '../../../core/bounded-text.ts'

/** Metric attributes of one measurement. The order of the keys is part of the identity of a series. */
export type SeriesAttributes = Record<string, string>

/** What stands for every value past a limit. */
export const OTHER = '_OTHER'
/** Distinct values of one attribute: more models or endpoints than any honest server has. */
export const MAX_ATTRIBUTE_VALUES = 500
/** Longer values are cut: clients choose model names. */
export const MAX_ATTRIBUTE_LENGTH = 256
/** Combinations at our own provider. Each becomes up to two points of a metric, which stays below `MAX_POINTS`. */
export const MAX_SERIES = 5_000
/** Combinations at a host's provider, whose views keep 2,000 points of a metric unless it says otherwise. */
export const MAX_HOST_SERIES = 900
/** Points of one metric at our own provider: all series twice, and room for those that end in `_OTHER`. */
export const MAX_POINTS = 2 * MAX_SERIES + 1_000

/**
 * Bounds the number of series while totals stay exact. `open` names the attributes that a client can fill at will:
 * past `MAX_ATTRIBUTE_VALUES` a new value of one becomes `_OTHER`, past `maxSeries` combinations all of them do.
 * First come, first kept. The SDK's own overflow point would lose the closed attributes (token type, source) as well.
 */
export function createSeriesLimiter(
  open: readonly string[],
  maxSeries: number,
): (attributes: SeriesAttributes) => SeriesAttributes {
  const values = new Map(open.map((name) => [name, new Set<string>()]))
  const series = new Set<string>()

  return (attributes) => {
    const limited = { ...attributes }
    for (const [name, known] of values) {
      const value = limited[name]
      if (value === undefined) continue
      const short = cutText(value, MAX_ATTRIBUTE_LENGTH)
      limited[name] = admit(known, short, MAX_ATTRIBUTE_VALUES) ? short : OTHER
    }
    if (admit(series, JSON.stringify(limited), maxSeries)) return limited
    for (const name of open) if (name in limited) limited[name] = OTHER
    return limited
  }
}

function admit(known: Set<string>, value: string, limit: number): boolean {
  if (known.has(value)) return true
  if (known.size >= limit) return false
  known.add(value)
  return true
}
