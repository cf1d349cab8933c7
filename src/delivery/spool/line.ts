import { crc32 } from 'node:zlib'
import { EVENT_SCHEMA_VERSION, type SanitisedEvent } from '../../core/event.ts'
import { isObject, parseJson, readText } from '../../core/json.ts'

const CHECKSUM_LENGTH = 8

/** One event as a line: checksum, blank, JSON. JSON text holds no line break, so a torn line spoils only itself. */
export function encodeLine(event: SanitisedEvent): string {
  const json = JSON.stringify(event)
  return `${toChecksum(json)} ${json}\n`
}

export interface DecodedLines {
  /** By position in the file; `null` where a line is torn or spoilt. */
  readonly events: readonly (SanitisedEvent | null)[]
  readonly spoilt: number
}

/** Reads what `encodeLine` wrote, whatever became of it since. */
export function decodeLines(text: string): DecodedLines {
  const lines = text.split('\n')
  // Behind the last line break stands nothing, or a line that a dying process did not finish.
  if (lines.at(-1) === '') lines.pop()
  const events = lines.map(decodeLine)
  return { events, spoilt: events.filter((event) => event === null).length }
}

function decodeLine(line: string): SanitisedEvent | null {
  const json = line.slice(CHECKSUM_LENGTH + 1)
  if (line.slice(0, CHECKSUM_LENGTH) !== toChecksum(json)) return null
  const event = parseJson(json)
  // Sanitised when it was written; the checksum tells that nobody changed it since.
  return isEvent(event) ? (event as SanitisedEvent) : null
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
