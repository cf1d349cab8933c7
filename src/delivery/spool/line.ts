import { crc32 } from 'node:zlib'
import { EVENT_SCHEMA_VERSION, type SanitisedEvent } from '../../core/event.ts'
import { isObject, parseJson, readText } from '../../core/json.ts'
import type { Delivered } from './acknowledgements.ts'

const CHECKSUM_LENGTH = 8

/** One event as a line: checksum, blank, JSON. JSON text holds no line break, so a torn line spoils only itself. */
export function encodeLine(event: SanitisedEvent): string {
  return toLine(event)
}

/** A line behind the events, for whoever takes the file over: what sinks have of them. */
export function encodeDelivered(delivered: Delivered): string {
  return toLine({ delivered })
}

function toLine(value: object): string {
  const json = JSON.stringify(value)
  return `${toChecksum(json)} ${json}\n`
}

export interface DecodedLines {
  /** By position in the file; `null` where a line is torn or spoilt. */
  readonly events: readonly (SanitisedEvent | null)[]
  readonly spoilt: number
  readonly delivered: readonly Delivered[]
}

/** Reads what `encodeLine` wrote, whatever became of it since. */
export function decodeLines(text: string): DecodedLines {
  const lines = text.split('\n')
  // Behind the last line break stands nothing, or a line that a dying process did not finish.
  if (lines.at(-1) === '') lines.pop()
  const values = lines.map(decodeLine)
  const delivered = values.filter(isDeliveredLine).map((line) => line.delivered)
  // Sanitised when it was written; the checksum tells that nobody changed it since.
  const events = values
    .filter((value) => !isDeliveredLine(value))
    .map((value) => (isEvent(value) ? (value as SanitisedEvent) : null))
  return { events, spoilt: events.filter((event) => event === null).length, delivered }
}

function decodeLine(line: string): unknown {
  const json = line.slice(CHECKSUM_LENGTH + 1)
  return line.slice(0, CHECKSUM_LENGTH) === toChecksum(json) ? parseJson(json) : null
}

/** The checksum tells that it was written here, so that its parts are what they should be. */
function isDeliveredLine(value: unknown): value is { readonly delivered: Delivered } {
  return isObject(value) && isObject(value['delivered'])
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
