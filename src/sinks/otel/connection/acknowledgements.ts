/** Messages of one collection of the metrics. */
export interface Collection {
  /** A message with so many points is on its way. */
  send(points: number): void
  /** The collector took one, or did not. */
  settle(isTaken: boolean): void
}

/** Keeps count of the events that the collector is known to have, by the metrics it took. */
export interface Acknowledgements {
  /** A collection begins: it holds at least what was written by now. */
  begin(): void
  /** The last collection has no further message. */
  end(): void
  readonly current: Collection
  /** Events of which it is known what became of them. */
  readonly settled: number
  /** Of these, the ones that no later export makes up for. */
  readonly lost: number
}

export interface AcknowledgementsOptions {
  /** Events written by now. */
  readWritten(): number
  /** Points of a full message; one with fewer is the last of its collection. */
  readonly maxPoints: number
  /** Sums since the start of the process, so that the next export makes up for one that failed. */
  readonly cumulative: boolean
}

export function createAcknowledgements({
  readWritten,
  maxPoints,
  cumulative,
}: AcknowledgementsOptions): Acknowledgements {
  let settled = 0
  let lost = 0
  let current = startCollection(0)

  function startCollection(written: number) {
    let underWay = 0
    let sent = 0
    let isTaken = true
    let isLast = false
    const end = () => {
      if (sent === 0 || underWay > 0) return
      sent = 0
      if (!isTaken && cumulative) return
      if (!isTaken) lost += Math.max(0, written - settled)
      settled = Math.max(settled, written)
    }
    return {
      send(points: number) {
        sent++
        underWay++
        isLast = points < maxPoints
      },
      settle(taken: boolean) {
        underWay--
        isTaken &&= taken
        if (isLast) end()
      },
      end,
    }
  }

  return {
    begin() {
      current.end()
      current = startCollection(readWritten())
    },
    end: () => current.end(),
    get current() {
      return current
    },
    get settled() {
      return settled
    },
    get lost() {
      return lost
    },
  }
}
