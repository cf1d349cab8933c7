import { appendFileSync, closeSync, existsSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import type { SanitisedEvent } from '../../core/records/event.ts'
import { createAcknowledgements } from './acknowledgements.ts'
import { decodeLines, type DecodedLines, encodeDelivered, encodeLine, encodeReplaced } from './line.ts'
import { appendToExisting, copyOpen, isFileOf, openForAppending, readOpen } from './segment-file.ts'

/** A full segment is closed, and deleted once every sink has everything in it. */
export const MAX_SEGMENT_EVENTS = 4_096
export const MAX_SEGMENT_BYTES = 4 * 1024 * 1024
/** No segment is longer than its cap and one event; what is far beyond is not ours and not read into memory. */
const MAX_READ_BYTES = 16 * MAX_SEGMENT_BYTES

interface PositionedEvent {
  readonly event: SanitisedEvent
  readonly position: number
}

export interface MissingEvents {
  readonly events: readonly PositionedEvent[]
  /** Lines that could be read before, or should be readable, and are not; each is told once. */
  readonly spoilt: number
}

/** One append-only file of events, and which sink has which of them. */
export interface Segment {
  /** @returns the position of the event in this segment. @throws when it cannot be written whole; it is closed then */
  append(event: SanitisedEvent, isInterim: boolean): number
  /** The interim event at this position stands elsewhere now, as it was to be. @throws when that cannot be written */
  replace(position: number): void
  acknowledge(sink: string, position: number): void
  acknowledgeAll(sink: string): void
  /** Events that a sink has not acknowledged, read back from the file; none that is interim. @throws when it cannot be read */
  readMissing(sink: string): MissingEvents
  /** Ids of all events in it that were never interim. @throws when it cannot be read */
  readWholeIds(): string[]
  isDone(sinks: readonly string[]): boolean
  /** Events that at least one of the sinks lacks. */
  countMissing(sinks: readonly string[]): number
  /** False when the file was deleted or moved away; an open segment still has its events then. */
  isInPlace(): boolean
  /** Writes the events of an open segment to a new file and goes on there. @throws when that fails; nothing changed then */
  moveTo(file: string): void
  close(): void
  /** Closes it for whoever takes it over, and says what sinks have of it. @throws when that cannot be written */
  leave(): void
  remove(): void
  /** Positions of events that are to be replaced. */
  readonly interim: ReadonlySet<number>
  /** Number of its first event; the others follow one by one. */
  readonly begin: number
  /** False once it is full or closed. */
  readonly takesMore: boolean
  readonly bytes: number
  readonly count: number
}

/** A new file, open for appending. */
export function createSegment(file: string, begin: number): Segment {
  return toSegment({ file, descriptor: openForAppending(file), begin, bytes: 0, count: 0 })
}

export interface AdoptedSegment {
  readonly segment: Segment
  readonly spoilt: number
  /** Events that the process was about to replace when it ended. */
  readonly interim: readonly PositionedEvent[]
}

/**
 * Reads a file that another process left. Of its events a sink has those of which that process has said so.
 * @param target where the file is about to be moved
 * @throws when it cannot be read
 */
export function adoptSegment(file: string, target: string): AdoptedSegment {
  const { size } = statSync(file)
  if (size > MAX_READ_BYTES) throw new Error(`expected a spool file of ${MAX_READ_BYTES} bytes at most, got ${size}`)
  const lines = decodeLines(readFileSync(file, 'utf8'))
  const { events, spoilt } = lines
  // Older than everything that is appended here.
  const begin = 1 - events.length
  const segment = toSegment({ file: target, descriptor: null, begin, bytes: size, count: events.length }, lines)
  const interim = [...segment.interim].flatMap((position) => {
    const event = events[position]
    return event ? [{ event, position }] : []
  })
  return { segment, spoilt, interim }
}

type ExistingLines = Pick<DecodedLines, 'events' | 'delivered' | 'interim' | 'replaced'>
const NO_LINES: ExistingLines = { events: [], delivered: [], interim: new Set(), replaced: [] }

interface SegmentFile {
  readonly file: string
  readonly descriptor: number | null
  readonly begin: number
  readonly bytes: number
  readonly count: number
}

function toSegment(
  at: SegmentFile,
  { events: existing, delivered, interim: told, replaced }: ExistingLines = NO_LINES,
): Segment {
  let { file, descriptor, bytes, count } = at
  let isTorn = false
  let isRemoved = false
  const acknowledgements = createAcknowledgements()
  const interim = new Set(told)
  for (const position of replaced) leaveToOther(position)
  for (const [position, event] of existing.entries()) if (event === null) leaveToOther(position)
  for (const record of delivered) {
    for (const [sink, positions] of Object.entries(record)) {
      for (const position of positions === 'all' ? existing.keys() : positions) acknowledge(sink, position)
    }
  }

  function close(): void {
    if (descriptor !== null) closeSync(descriptor)
    descriptor = null
  }

  /** No sink waits for what stands at this position. */
  function leaveToOther(position: number): void {
    interim.delete(position)
    acknowledgements.giveUp(position)
  }

  function acknowledge(sink: string, position: number): void {
    acknowledgements.add(sink, position)
    if (descriptor === null) acknowledgements.compact(sink, count)
  }

  function read(): DecodedLines {
    return decodeLines(descriptor === null ? readFileSync(file, 'utf8') : readOpen(descriptor).toString())
  }

  return {
    append(event, isInterim) {
      if (descriptor === null) throw new Error('expected an open segment, got a closed one')
      const line = Buffer.from(encodeLine(event, isInterim))
      try {
        const written = writeSync(descriptor, line)
        // A short write is what a full disk gives. The torn line is skipped when the file is read.
        if (written < line.length) throw new Error(`expected to write ${line.length} bytes, wrote ${written}`)
      } catch (error) {
        // It may end in a torn line now: another event behind it would be spoilt, too.
        isTorn = true
        close()
        throw error
      }
      bytes += line.length
      if (isInterim) interim.add(count)
      return count++
    },
    replace(position) {
      leaveToOther(position)
      // A file that was dropped, or taken away, is not made anew for it.
      if (!isRemoved) appendToExisting(descriptor ?? file, encodeReplaced(position))
    },
    acknowledge,
    acknowledgeAll(sink) {
      for (let position = 0; position < count; position++) acknowledge(sink, position)
    },
    readMissing(sink) {
      const missing: { event: SanitisedEvent; position: number }[] = []
      let spoilt = 0
      if (acknowledgements.hasAll(sink, count)) return { events: missing, spoilt }
      const { events } = read()
      for (let position = 0; position < count; position++) {
        const event = events[position] ?? null
        if (acknowledgements.has(sink, position) || interim.has(position)) continue
        if (event) missing.push({ event, position })
        else if (acknowledgements.giveUp(position)) spoilt++
      }
      return { events: missing, spoilt }
    },
    readWholeIds() {
      const { events, interim: everInterim } = read()
      return events.flatMap((event, position) => (event && !everInterim.has(position) ? [event.id] : []))
    },
    isDone: (sinks) => interim.size === 0 && sinks.every((sink) => acknowledgements.hasAll(sink, count)),
    countMissing: (sinks) => acknowledgements.countMissing(sinks, count),
    isInPlace: () => (descriptor === null ? existsSync(file) : isFileOf(file, descriptor)),
    moveTo(target) {
      if (descriptor === null) throw new Error('expected an open segment, got a closed one')
      const moved = copyOpen(descriptor, target)
      close()
      descriptor = moved
      file = target
    },
    close,
    leave() {
      close()
      const record = acknowledgements.toRecord(count)
      // On a line of its own, where the last one is torn.
      if (Object.keys(record).length > 0) appendFileSync(file, `${isTorn ? '\n' : ''}${encodeDelivered(record)}`)
    },
    remove() {
      isRemoved = true
      close()
      rmSync(file, { force: true })
    },
    get takesMore() {
      return descriptor !== null && count < MAX_SEGMENT_EVENTS && bytes < MAX_SEGMENT_BYTES
    },
    interim,
    begin: at.begin,
    get bytes() {
      return bytes
    },
    get count() {
      return count
    },
  }
}
