import { crc32 } from 'node:zlib'
import { EVENT_SCHEMA_VERSION, type SanitisedEvent } from '../../core/records/event.ts'
import { toEventJson } from '../../core/records/event-json.ts'
import { isObject, parseJson, readText } from '../../core/json.ts'
import type { Delivered } from './acknowledgements.ts'

const CHECKSUM_LENGTH = 8

/** One event as a line: checksum, blank, JSON. JSON text holds no line break, so a torn line spoils only itself. */
export function encodeLine(event: SanitisedEvent, isInterim = false): string {
  return isInterim ? toLine({ interim: event }) : withChecksum(toEventJson(event))
}

/** A line behind a interim event: the event itself has been written since. */
export function encodeReplaced(position: number): string {
  return toLine({ replaced: position })
}

/** A line behind the events, for whoever takes the file over: what sinks have of them. */
export function encodeDelivered(delivered: Delivered): string {
  return toLine({ delivered })
}

function toLine(value: object): string {
  return withChecksum(JSON.stringify(value))
}

function withChecksum(json: string): string {
  return `${toChecksum(json)} ${json}\n`
}

export interface DecodedLines {
  /** By position in the file; `null` where a line is torn or spoilt. */
  readonly events: readonly (SanitisedEvent | null)[]
  readonly spoilt: number
  readonly delivered: readonly Delivered[]
  /** Positions of events that were to be replaced. */
  readonly interim: ReadonlySet<number>
  /** Positions of those that were. */
  readonly replaced: readonly number[]
}

/** Reads what `encodeLine` wrote, whatever became of it since. */
export function decodeLines(text: string): DecodedLines {
  const lines = text.split('\n')
  // Behind the last line break stands nothing, or a line that a dying process did not finish.
  if (lines.at(-1) === '') lines.pop()
  const values = lines.map(decodeLine)
  const events: (SanitisedEvent | null)[] = []
  const delivered: Delivered[] = []
  const interim = new Set<number>()
  const replaced: number[] = []
  for (const value of values) {
    if (isDeliveredLine(value)) delivered.push(value.delivered)
    else if (isReplacedLine(value)) replaced.push(value.replaced)
    else {
      if (isInterimLine(value)) interim.add(events.length)
      const event = isInterimLine(value) ? value.interim : value
      // Sanitised when it was written; the checksum tells that nobody changed it since.
      events.push(isEvent(event) ? (event as SanitisedEvent) : null)
    }
  }
  // The process may have ended between the two lines.
  for (const position of interim) {
    if (events.some((event, other) => other > position && event !== null && event.id === events[position]?.id))
      replaced.push(position)
  }
  return { events, spoilt: events.filter((event) => event === null).length, delivered, interim, replaced }
}

function decodeLine(line: string): unknown {
  const json = line.slice(CHECKSUM_LENGTH + 1)
  return line.slice(0, CHECKSUM_LENGTH) === toChecksum(json) ? parseJson(json) : null
}

/** The checksum tells that it was written here, so that its parts are what they should be. */
function isDeliveredLine(value: unknown): value is { readonly delivered: Delivered } {
  return isObject(value) && isObject(value['delivered'])
}

function isInterimLine(value: unknown): value is { readonly interim: unknown } {
  return isObject(value) && isObject(value['interim'])
}

function isReplacedLine(value: unknown): value is { readonly replaced: number } {
  return isObject(value) && typeof value['replaced'] === 'number'
}

/** Whole lines of another version, too, may lie in the folder: only what the code behind can walk into counts. */
function isEvent(value: unknown): value is object {
  if (!isObject(value) || readText(value['id']) === null || !isObject(value['metadata'])) return false
  const tags = value['tags']
  return isKnownVersion(value['schema_version']) && Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')
}

function isKnownVersion(version: unknown): boolean {
  return Number.isInteger(version) && Number(version) >= 1 && Number(version) <= EVENT_SCHEMA_VERSION
}

function toChecksum(json: string): string {
  return crc32(json).toString(16).padStart(CHECKSUM_LENGTH, '0')
}
