import type { SanitisedEvent } from '../../core/records/event.ts'
import type { Guard } from '../../core/guard.ts'
import type { OwnedFolder } from './owned-folder.ts'
import type { SegmentStore } from './segment-store.ts'
import { createSegment, type Segment } from './segment.ts'

/** Where an event lies in the spool, to be acknowledged later. */
export interface SpoolPosition {
  readonly segment: Segment
  readonly position: number
  /** Grows with every event that is appended; events taken over have none above 0. */
  readonly number: number
}

/** Appends to the newest segment, and begins a new one when it is full or faulty. */
export interface SegmentWriter {
  /** Number of the newest event. */
  readonly appended: number
  /** `null` when the event could not be written. Never throws. */
  append(event: SanitisedEvent, isInterim: boolean): SpoolPosition | null
  /** Whoever deletes or moves the folder takes only names: what is in the open file is written to a new one. */
  keepPlace(): void
  /** Deletes a segment, the open one too. */
  remove(segment: Segment): void
  /** Writes nothing for a while: a disk that is full stays full, and every attempt blocks the event loop. */
  restAfter(error: unknown): void
}

export interface SegmentWriterOptions {
  readonly owned: OwnedFolder
  readonly store: SegmentStore
  readonly guard: Guard
  /** True when no sink needs anything of the segment. */
  isDone(segment: Segment): boolean
}

const REST_MS = 1_000
/** How often appending looks whether its file is still where it was. */
const PLACE_CHECK_MS = 1_000

export function createSegmentWriter({ owned, store, guard, isDone }: SegmentWriterOptions): SegmentWriter {
  let current: Segment | null = null
  let appended = 0
  let restsUntil = 0
  let placeCheckAt = 0

  function restAfter(error: unknown): void {
    restsUntil = performance.now() + REST_MS
    guard.report('spool', error)
  }

  function keepPlace(): void {
    placeCheckAt = performance.now() + PLACE_CHECK_MS
    if (!current || current.isInPlace()) return
    owned.ensure()
    current.moveTo(owned.newSegmentPath(Date.now()))
    guard.report('spool', 'the file of the spool was deleted or moved away; its events are in a new one now')
  }

  function openSegment(): Segment {
    if (performance.now() >= placeCheckAt) keepPlace()
    if (current) return current
    owned.ensure()
    current = createSegment(owned.newSegmentPath(Date.now()), appended + 1)
    store.addOwn(current)
    return current
  }

  function retire(segment: Segment): void {
    current = null
    segment.close()
    if (isDone(segment)) store.remove(segment)
    store.makeRoom()
  }

  return {
    get appended() {
      return appended
    },
    append(event, isInterim) {
      if (performance.now() < restsUntil) return null
      try {
        const segment = openSegment()
        const position = segment.append(event, isInterim)
        if (!segment.takesMore) retire(segment)
        return { segment, position, number: ++appended }
      } catch (error) {
        restAfter(error)
        // A segment whose file could not be written anew stays open: its events are still behind the descriptor.
        if (current && !current.takesMore) retire(current)
        return null
      }
    },
    keepPlace,
    remove(segment) {
      if (segment === current) current = null
      store.remove(segment)
    },
    restAfter,
  }
}
