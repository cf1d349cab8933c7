import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import type { SanitisedEvent } from '../../core/event.ts'
import { decodeLines, encodeLine } from './line.ts'

/** A full segment is closed, and deleted once every sink has everything in it. */
export const MAX_SEGMENT_EVENTS = 4_096
export const MAX_SEGMENT_BYTES = 4 * 1024 * 1024

/** One append-only file of events, and which sink has which of them. */
export interface Segment {
  /** @returns the position of the event in this segment. @throws when it cannot be written whole */
  append(event: SanitisedEvent): number
  acknowledge(sink: string, position: number): void
  /** Events that a sink has not acknowledged, read back from the file. */
  readMissing(sink: string): { event: SanitisedEvent; position: number }[]
  isDone(sinks: readonly string[]): boolean
  close(): void
  remove(): void
  /** False once it is full or closed. */
  readonly takesMore: boolean
  readonly bytes: number
  readonly count: number
}

export function createSegment(file: string): Segment {
  // Exclusive: no two processes ever append to one file.
  let descriptor: number | null = openSync(file, 'ax')
  let count = 0
  let bytes = 0
  const acknowledged = new Map<string, Set<number> | 'all'>()

  function positionsOf(sink: string): Set<number> | 'all' {
    let positions = acknowledged.get(sink)
    if (!positions) acknowledged.set(sink, (positions = new Set()))
    return positions
  }

  function hasAll(sink: string): boolean {
    const positions = positionsOf(sink)
    return positions === 'all' || positions.size === count
  }

  function close(): void {
    if (descriptor !== null) closeSync(descriptor)
    descriptor = null
  }

  return {
    append(event) {
      if (descriptor === null) throw new Error('expected an open segment, got a closed one')
      const line = Buffer.from(encodeLine(event))
      const written = writeSync(descriptor, line)
      // A short write is what a full disk gives. The torn line is skipped when the file is read.
      if (written < line.length) throw new Error(`expected to write ${line.length} bytes, wrote ${written}`)
      bytes += line.length
      return count++
    },
    acknowledge(sink, position) {
      const positions = positionsOf(sink)
      if (positions === 'all') return
      positions.add(position)
      // The set is dropped as soon as the segment is complete for this sink: a number is smaller than thousands.
      if (descriptor === null && positions.size === count) acknowledged.set(sink, 'all')
    },
    readMissing(sink) {
      const positions = positionsOf(sink)
      if (positions === 'all' || positions.size === count) return []
      const { events } = decodeLines(readFileSync(file, 'utf8'))
      return events.flatMap((event, position) => (event && !positions.has(position) ? [{ event, position }] : []))
    },
    isDone: (sinks) => sinks.every(hasAll),
    close,
    remove() {
      close()
      rmSync(file, { force: true })
    },
    get takesMore() {
      return descriptor !== null && count < MAX_SEGMENT_EVENTS && bytes < MAX_SEGMENT_BYTES
    },
    get bytes() {
      return bytes
    },
    get count() {
      return count
    },
  }
}
