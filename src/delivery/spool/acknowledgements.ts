/** Which sink has which positions of a segment. */
export interface Acknowledgements {
  add(sink: string, position: number): void
  /** A position that nobody can read any more: no sink waits for it. False when that was known. */
  giveUp(position: number): boolean
  has(sink: string, position: number): boolean
  /** True when the sink has all of the first `count` positions. */
  hasAll(sink: string, count: number): boolean
  /** Forgets single positions of a sink that has all: allowed once the segment grows no more. */
  compact(sink: string, count: number): void
  /** Of the first `count` positions, those that at least one of the sinks lacks. */
  countMissing(sinks: readonly string[], count: number): number
  /** For whoever takes the segment over: what sinks have of the first `count` positions. */
  toRecord(count: number): Delivered
}

/** By sink: everything, or single positions. */
export type Delivered = Readonly<Record<string, 'all' | readonly number[]>>

/** Bounded by the events of a segment: at most one number for each of them and each sink. */
export function createAcknowledgements(): Acknowledgements {
  const bySink = new Map<string, Set<number> | 'all'>()
  const givenUp = new Set<number>()

  function positionsOf(sink: string): Set<number> | 'all' {
    let positions = bySink.get(sink)
    if (!positions) bySink.set(sink, (positions = new Set(givenUp)))
    return positions
  }

  function add(sink: string, position: number): void {
    const positions = positionsOf(sink)
    if (positions !== 'all') positions.add(position)
  }

  function has(sink: string, position: number): boolean {
    const positions = positionsOf(sink)
    return positions === 'all' || positions.has(position)
  }

  function hasAll(sink: string, count: number): boolean {
    const positions = positionsOf(sink)
    return positions === 'all' || positions.size === count
  }

  return {
    add,
    giveUp(position) {
      if (givenUp.has(position)) return false
      givenUp.add(position)
      for (const sink of bySink.keys()) add(sink, position)
      return true
    },
    has,
    hasAll,
    compact(sink, count) {
      if (hasAll(sink, count)) bySink.set(sink, 'all')
    },
    countMissing(sinks, count) {
      let missing = 0
      for (let position = 0; position < count; position++) {
        if (!sinks.every((sink) => has(sink, position))) missing++
      }
      return missing
    },
    toRecord(count) {
      const known = [...bySink].map(([sink, positions]) => {
        return [sink, positions === 'all' || hasAll(sink, count) ? 'all' : [...positions]] as const
      })
      return Object.fromEntries(known.filter(([, positions]) => positions.length > 0))
    },
  }
}
