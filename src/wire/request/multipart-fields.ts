import type { JsonObject } from '../../core/json.ts'

/** A form names a model and a handful of settings beside its file. */
const MAX_PARTS = 64
const MAX_HEAD_BYTES = 4 * 1024
/** A prompt fits; files are passed over whatever their size. */
const MAX_VALUE_BYTES = 256 * 1024
const LINE_END = '\r\n'
const HEAD_END = Buffer.from('\r\n\r\n')
const FIELD_NAME = /[;\s]name=(?:"([^"]*)"|([^\s;"]+))/i
const FILE_NAME = /\bfilename\*?=/i

/** Whether the bytes open like a form of several parts (RFC 7578): its boundary, then the head of a part. */
export function startsMultipart(bytes: Buffer): boolean {
  return (
    bytes[0] === DASH && bytes[1] === DASH && /^--[^\r\n]{1,200}\r\ncontent-/i.test(bytes.toString('latin1', 0, 256))
  )
}

const DASH = 45

/**
 * The text fields of a form, files left out: how transcriptions and image edits name their model. `tail` is the end of a
 * form of which the middle was not kept: what it holds before the first boundary belongs to a part that began earlier.
 */
export function readMultipartFields(head: Buffer, tail: Buffer = EMPTY): JsonObject {
  const border = Buffer.from(LINE_END + head.toString('latin1', 0, head.indexOf(LINE_END)), 'latin1')
  const fields: Record<string, unknown> = {}
  // The first boundary has no line before it.
  readParts(head, border.length - LINE_END.length, border, fields)
  const first = tail.indexOf(border)
  if (first !== -1) readParts(tail, first + border.length, border, fields)
  return fields
}

/** Reads the parts from `at` on, which is behind a boundary. */
function readParts(bytes: Buffer, start: number, border: Buffer, fields: Record<string, unknown>): void {
  let at = start
  for (let parts = 0; parts < MAX_PARTS && at < bytes.length; parts++) {
    const headEnd = bytes.indexOf(HEAD_END, at)
    if (headEnd === -1 || headEnd - at > MAX_HEAD_BYTES) return
    const valueAt = headEnd + HEAD_END.length
    const end = bytes.indexOf(border, valueAt)
    if (end === -1) return
    const head = bytes.toString('utf8', at, headEnd)
    const named = FIELD_NAME.exec(head)
    const name = named?.[1] ?? named?.[2]
    if (name !== undefined && !FILE_NAME.test(head) && end - valueAt <= MAX_VALUE_BYTES) {
      fields[name] = toValue(bytes.toString('utf8', valueAt, end))
    }
    at = end + border.length
  }
}

const EMPTY = Buffer.alloc(0)

/** A form knows texts only. */
function toValue(text: string): unknown {
  if (text === 'true') return true
  if (text === 'false') return false
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : text
}
