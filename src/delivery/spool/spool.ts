import type { SanitisedEvent } from '../../core/records/event.ts'
import type { Guard } from '../../core/guard.ts'
import { createOwnedFolder } from './owned-folder.ts'
import { HEARTBEAT_MS } from './owner.ts'
import { recoverSegments } from './recovery.ts'
import { createSegmentStore } from './segment-store.ts'
import { createSegmentWriter, type SpoolPosition } from './segment-writer.ts'
import type { Segment } from './segment.ts'
import { isTemporaryFault } from '../system-fault.ts'

export interface SpooledEvent {
  readonly event: SanitisedEvent
  readonly spooled: SpoolPosition | null
}

export interface MissingFromSink {
  readonly events: readonly SpooledEvent[]
  /** Newer segments may hold more of them. */
  readonly hasMore: boolean
}

export interface SpoolStats {
  /** Bytes on disk. */
  readonly bytes: number
  /** Events that a sink lacks and will not get from here: the spool was full (oldest first), or their file is gone. */
  readonly dropped: number
  /** Events that could not be written; they waited in memory only. */
  readonly failed: number
  /** Lines found torn or spoilt. */
  readonly spoilt: number
  /** Events taken over from processes that ended before delivering them. */
  readonly recovered: number
  /** Files of such processes that could not be taken over at the last attempt. They stay on disk. */
  readonly unreadable: number
}

/**
 * Keeps events on disk until every sink has acknowledged them, so that they outlive the process. Appending is a plain
 * synchronous write: what was handed to the system survives kill -9.
 */
export interface Spool {
  addSink(sink: string): void
  append(event: SanitisedEvent): SpooledEvent
  /**
   * Writes what is known of an event so far, in case the process ends before it is whole; no sink gets it meanwhile. `null`
   * when it could not be written.
   */
  keep(interim: SanitisedEvent): SpoolPosition | null
  /** The whole event was appended, and takes the place of the interim one. */
  replace(interim: SpoolPosition): void
  /** What processes that are gone had kept, taken over by `recover`; each once. To be appended, whole, and replaced. */
  takeKept(): SpooledEvent[]
  acknowledge(sink: string, spooled: SpoolPosition): void
  /** The oldest events that a sink does not have, a segment's worth at most. Ask only when none of them is on its way. */
  readMissing(sink: string): MissingFromSink
  /** Events ever appended here: the number of the newest. */
  readonly appended: number
  /**
   * Takes over what processes that are gone have left; `readMissing` then has it. Resolves to the number of events. To be
   * called again from time to time: of an owner in another container or on another host it shows only after a minute of
   * silence that it is gone, and a fault may have kept something back.
   */
  recover(): Promise<number>
  /** Deletes what every sink has and leaves the rest, with word of who has what, to the next start. Never throws. */
  close(): void
  readonly stats: SpoolStats
}

export interface SpoolOptions {
  readonly folder: string
  readonly guard: Guard
  /** @default 1 GiB */
  readonly maxBytes?: number
}

const DEFAULT_MAX_BYTES = 1024 ** 3

/**
 * @throws when the folder is impossible (a file in the way, no permission). A disk that is merely full stops nobody:
 * events wait in memory only, counted as `failed`, until there is space.
 */
export function createSpool({ folder, guard, maxBytes = DEFAULT_MAX_BYTES }: SpoolOptions): Spool {
  const owned = createOwnedFolder(folder)
  const sinks: string[] = []
  const counts = { dropped: 0, failed: 0, spoilt: 0, recovered: 0, unreadable: 0 }
  const store = createSegmentStore({
    guard,
    maxBytes,
    countMissing: (segment) => segment.countMissing(sinks),
    onDropped: (events) => (counts.dropped += events),
  })
  const isDone = (segment: Segment) => segment.isDone(sinks)
  const writer = createSegmentWriter({ owned, store, guard, isDone })
  let isOpen = true
  /** Events that wait on disk because reading them failed for now. */
  let postponed = 0
  let kept: SpooledEvent[] = []
  let recovering: Promise<number> | null = null

  try {
    owned.ensure()
  } catch (error) {
    if (!isTemporaryFault(error)) throw error
    writer.restAfter(error)
  }
  const heartbeat = setInterval(() => guard.run('spool', beat, undefined), HEARTBEAT_MS)
  heartbeat.unref()

  function beat(): void {
    owned.touch()
    writer.keepPlace()
  }

  function append(event: SanitisedEvent): SpooledEvent {
    const spooled = isOpen ? writer.append(event, false) : null
    if (spooled === null) counts.failed++
    return { event, spooled }
  }

  function replace({ segment, position }: SpoolPosition): void {
    guard.run('spool', () => segment.replace(position), undefined)
    if (isDone(segment)) writer.remove(segment)
  }

  function readMissing(sink: string): MissingFromSink {
    let events: SpooledEvent[] = []
    for (const segment of store.all()) {
      if (events.length > 0) return { events, hasMore: true }
      events = readSegment(segment, sink)
    }
    return { events, hasMore: false }
  }

  function readSegment(segment: Segment, sink: string): SpooledEvent[] {
    try {
      const { events, spoilt } = segment.readMissing(sink)
      counts.spoilt += spoilt
      if (spoilt > 0 && isDone(segment)) writer.remove(segment)
      return events.map(({ event, position }) => ({ event, spooled: toPosition(segment, position) }))
    } catch (error) {
      guard.report('spool', error)
      if (isTemporaryFault(error)) postponed += segment.countMissing([sink])
      else {
        counts.dropped += segment.countMissing(sinks)
        writer.remove(segment)
      }
      return []
    }
  }

  async function recoverAll(): Promise<number> {
    const before = counts.recovered
    const again = postponed
    postponed = 0
    counts.unreadable = await recoverSegments({
      root: folder,
      owned,
      guard,
      goesOn: () => isOpen,
      onAdopted({ segment, spoilt }) {
        counts.recovered += segment.countMissing(sinks)
        counts.spoilt += spoilt
        store.addAdopted(segment)
        if (isDone(segment)) store.remove(segment)
      },
      onInterim({ wanted, superseded }) {
        for (const { segment, position } of superseded) replace(toPosition(segment, position))
        kept.push(...wanted.map(({ event, segment, position }) => ({ event, spooled: toPosition(segment, position) })))
      },
    })
    store.makeRoom()
    return counts.recovered - before + again
  }

  function closeAll(): void {
    guard.run('spool', () => writer.keepPlace(), undefined)
    for (const segment of store.all()) {
      if (isDone(segment)) store.remove(segment)
      else if (segment.isInPlace()) guard.run('spool', segment.leave, undefined)
      else store.drop(segment)
    }
    owned.release()
  }

  return {
    addSink(sink) {
      // What came before a sink is none of its business.
      for (const segment of store.all()) segment.acknowledgeAll(sink)
      sinks.push(sink)
    },
    append,
    keep: (interim) => (isOpen ? writer.append(interim, true) : null),
    replace,
    takeKept() {
      const taken = kept
      kept = []
      return taken
    },
    acknowledge(sink, { segment, position }) {
      segment.acknowledge(sink, position)
      // The open one too: what every sink has must not come again after a crash.
      if (isDone(segment)) writer.remove(segment)
    },
    readMissing,
    get appended() {
      return writer.appended
    },
    recover() {
      // Without a sink nobody would get what is taken over: it is left to a process that has one.
      if (!isOpen || sinks.length === 0) return Promise.resolve(0)
      recovering ??= recoverAll().finally(() => {
        recovering = null
      })
      return recovering
    },
    close() {
      if (!isOpen) return
      isOpen = false
      clearInterval(heartbeat)
      guard.run('spool', closeAll, undefined)
    },
    get stats() {
      return { ...counts, bytes: store.bytes }
    },
  }
}

function toPosition(segment: Segment, position: number): SpoolPosition {
  return { segment, position, number: segment.begin + position }
}
