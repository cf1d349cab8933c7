import type { Guard } from '../../core/guard.ts'
import type { Segment } from './segment.ts'

/** Files that restarts leave may be tiny; each takes a block on the disk and a place in memory all the same. */
export const MAX_SEGMENTS = 10_000

interface SegmentStoreOptions {
  readonly guard: Guard
  readonly maxBytes: number
  /** Events of a segment that some sink lacks. */
  countMissing(segment: Segment): number
  onDropped(events: number): void
}

/** The segments that some sink still needs, and the cap on what they take. */
export interface SegmentStore {
  addOwn(segment: Segment): void
  /** Older than everything written here. */
  addAdopted(segment: Segment): void
  /** Oldest first. Segments may be removed meanwhile. */
  all(): Iterable<Segment>
  /** Deletes the segment and its file. Never throws. */
  remove(segment: Segment): void
  /** Removes the segment and counts the events that some sink lacks. */
  drop(segment: Segment): void
  /** Drops the oldest until the caps hold. An open segment stays. */
  makeRoom(): void
  readonly bytes: number
}

export function createSegmentStore({ guard, maxBytes, countMissing, onDropped }: SegmentStoreOptions): SegmentStore {
  const adopted = new Set<Segment>()
  const own = new Set<Segment>()

  function* all(): Generator<Segment> {
    yield* adopted
    yield* own
  }

  function totalBytes(): number {
    let bytes = 0
    for (const segment of all()) bytes += segment.bytes
    return bytes
  }

  function remove(segment: Segment): void {
    adopted.delete(segment)
    own.delete(segment)
    guard.run('spool', () => segment.remove(), undefined)
  }

  function drop(segment: Segment): void {
    onDropped(countMissing(segment))
    remove(segment)
  }

  return {
    addOwn: (segment) => void own.add(segment),
    addAdopted: (segment) => void adopted.add(segment),
    all,
    remove,
    drop,
    makeRoom() {
      let bytes = totalBytes()
      let count = adopted.size + own.size
      for (const segment of all()) {
        if ((bytes <= maxBytes && count <= MAX_SEGMENTS) || segment.takesMore) return
        bytes -= segment.bytes
        count--
        guard.report('spool overflow', `the oldest events are dropped: the spool holds at most ${maxBytes} bytes`)
        drop(segment)
      }
    },
    get bytes() {
      return totalBytes()
    },
  }
}
