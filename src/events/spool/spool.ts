import { readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SanitisedEvent } from '../../core/event.ts'
import type { Guard } from '../../core/guard.ts'
import { decodeLines } from './line.ts'
import { createOwnedFolder } from './owned-folder.ts'
import { createSegment, type Segment } from './segment.ts'

/** Where an event lies in the spool, to be acknowledged later. */
export interface SpoolPosition {
  readonly segment: Segment
  readonly position: number
}

export interface SpooledEvent {
  readonly event: SanitisedEvent
  readonly spooled: SpoolPosition | null
}

export interface SpoolStats {
  /** Bytes on disk. */
  readonly bytes: number
  /** Events that were dropped because the spool was full, oldest first. */
  readonly dropped: number
  /** Events that could not be written; they waited in memory only. */
  readonly failed: number
  /** Lines found torn or spoilt. */
  readonly spoilt: number
  /** Events taken over from processes that ended before delivering them. */
  readonly recovered: number
}

/**
 * Keeps events on disk until every sink has acknowledged them, so that they outlive the process. Appending is a plain
 * synchronous write: what was handed to the system survives kill -9.
 */
export interface Spool {
  addSink(sink: string): void
  append(event: SanitisedEvent): SpooledEvent
  acknowledge(sink: string, spooled: SpoolPosition): void
  /** The oldest events that a sink does not have, a segment's worth at most. Ask only when none of them is on its way. */
  readMissing(sink: string): SpooledEvent[]
  /** Takes over what processes that are gone have left; `readMissing` then has it. Resolves to the number of events. */
  recover(): Promise<number>
  /** Deletes what every sink has and leaves the rest to the next start. Never throws. */
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

export function createSpool({ folder, guard, maxBytes = DEFAULT_MAX_BYTES }: SpoolOptions): Spool {
  const owned = createOwnedFolder(folder)
  const sinks: string[] = []
  let segments: Segment[] = []
  let number = 0
  const counts = { dropped: 0, failed: 0, spoilt: 0, recovered: 0 }

  function openSegment(): Segment {
    const last = segments.at(-1)
    if (last?.takesMore) return last
    last?.close()
    const segment = createSegment(path.join(owned.path, `${String(++number).padStart(8, '0')}.spool`))
    segments.push(segment)
    return segment
  }

  function append(event: SanitisedEvent): SpooledEvent {
    try {
      const segment = openSegment()
      const spooled = { segment, position: segment.append(event) }
      if (!segment.takesMore) makeRoom()
      return { event, spooled }
    } catch (error) {
      counts.failed++
      guard.report('spool', error)
      abandonLast()
      return { event, spooled: null }
    }
  }

  /** A segment that failed to write may end in a torn line: the next event begins a new one. */
  function abandonLast(): void {
    const last = segments.at(-1)
    last?.close()
    if (last?.count === 0) remove(last)
  }

  function makeRoom(): void {
    while (segments.length > 1 && totalBytes() > maxBytes) {
      const [oldest] = segments
      if (!oldest) return
      counts.dropped += oldest.count
      guard.report('spool overflow', `the oldest ${oldest.count} events are dropped: the spool holds ${maxBytes} bytes`)
      remove(oldest)
    }
  }

  function remove(segment: Segment): void {
    segment.remove()
    segments = segments.filter((one) => one !== segment)
  }

  function totalBytes(): number {
    return segments.reduce((bytes, segment) => bytes + segment.bytes, 0)
  }

  /** Appended here before it is deleted there: a crash in between repeats events, it never loses one. */
  function takeOver(file: string): void {
    const { events, spoilt } = decodeLines(readFileSync(file, 'utf8'))
    counts.spoilt += spoilt
    for (const event of events) {
      if (event === null) continue
      append(event)
      counts.recovered++
    }
    rmSync(file)
  }

  async function recover(): Promise<number> {
    const before = counts.recovered
    for (const orphan of guard.run('spool', () => owned.adoptOrphans(), [])) {
      for (const name of guard.run('spool', () => readdirSync(orphan, { recursive: true, encoding: 'utf8' }), [])) {
        if (!name.endsWith('.spool')) continue
        guard.run('spool', () => takeOver(path.join(orphan, name)), undefined)
        // A segment takes some ten milliseconds: requests come in between.
        await nextTurn()
      }
      guard.run('spool', () => rmSync(orphan, { recursive: true, force: true }), undefined)
    }
    return counts.recovered - before
  }

  function closeAll(): void {
    for (const segment of segments) {
      if (segment.isDone(sinks)) segment.remove()
      else segment.close()
    }
    segments = []
    owned.release()
  }

  return {
    addSink(sink) {
      // What came before a sink is none of its business.
      for (const segment of segments) for (let at = 0; at < segment.count; at++) segment.acknowledge(sink, at)
      sinks.push(sink)
    },
    append,
    acknowledge(sink, { segment, position }) {
      segment.acknowledge(sink, position)
      // The open one too: what every sink has must not come again after a crash.
      if (segment.isDone(sinks)) remove(segment)
    },
    readMissing(sink) {
      for (const segment of segments) {
        const missing = guard.run('spool', () => segment.readMissing(sink), [])
        if (missing.length > 0) {
          return missing.map(({ event, position }) => ({ event, spooled: { segment, position } }))
        }
      }
      return []
    },
    recover,
    close() {
      guard.run('spool', closeAll, undefined)
    },
    get stats() {
      return { ...counts, bytes: totalBytes() }
    },
  }
}
