import type { JsonObject } from '../../core/json.ts'

/** A form names a model and a handful of settings beside its file. */
const MAX_PARTS = 64
const MAX_HEAD_BYTES = 4 * 1024
/** A prompt fits; files are passed over whatever their size. */
const MAX_VALUE_BYTES = 256 * 1024
const LINE_END = '\r\n'
const HEAD_END = Buffer.from('\r\n\r\n')
const FIELD_NAME = /\bname="([^"]*)"/i
const FILE_NAME = /\bfilename\*?=/i

/** Whether the bytes open like a form of several parts (RFC 7578): its boundary, then the head of a part. */
export function startsMultipart(bytes: Buffer): boolean {
  return (
    bytes[0] === DASH && bytes[1] === DASH && /^--[^\r\n]{1,200}\r\ncontent-/i.test(bytes.toString('latin1', 0, 256))
  )
}

const DASH = 45

/** The text fields of a form, files left out: how transcriptions and image edits name their model. */
export function readMultipartFields(bytes: Buffer): JsonObject {
  const fields: Record<string, unknown> = {}
  const border = Buffer.from(LINE_END + bytes.toString('latin1', 0, bytes.indexOf(LINE_END)), 'latin1')
  let at = border.length
  for (let parts = 0; parts < MAX_PARTS && at < bytes.length; parts++) {
    const headEnd = bytes.indexOf(HEAD_END, at)
    if (headEnd === -1 || headEnd - at > MAX_HEAD_BYTES) break
    const start = headEnd + HEAD_END.length
    const found = bytes.indexOf(border, start)
    const end = found === -1 ? bytes.length : found
    const head = bytes.toString('utf8', at, headEnd)
    const name = FIELD_NAME.exec(head)?.[1]
    if (name !== undefined && !FILE_NAME.test(head) && end - start <= MAX_VALUE_BYTES && found !== -1) {
      fields[name] = toValue(bytes.toString('utf8', start, end))
    }
    at = end + border.length
  }
  return fields
}

/** A form knows texts only. */
function toValue(text: string): unknown {
  if (text === 'true') return true
  if (text === 'false') return false
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : text
}
