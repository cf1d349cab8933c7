const STRING = 7
/** Bytes of a value by its type, 0 to 9; the two that are `null` state their own length first. */
const VALUE_BYTES = [0, 0, 1, 2, 4, 8, null, null, 8, 16] as const

/** The headers of one event that hold text. Stops at the first that makes no sense. */
export function readEventHeaders(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  let position = 0
  while (position < bytes.length) {
    const typeAt = position + 1 + (bytes[position] ?? 0)
    const type = bytes[typeAt]
    const fixed = type === undefined ? undefined : VALUE_BYTES[type]
    if (fixed === undefined || (fixed === null && typeAt + 3 > bytes.length)) break
    const valueAt = fixed === null ? typeAt + 3 : typeAt + 1
    const valueEnd = valueAt + (fixed ?? bytes.readUInt16BE(typeAt + 1))
    if (valueEnd > bytes.length) break
    if (type === STRING)
      headers[bytes.toString('utf8', position + 1, typeAt)] = bytes.toString('utf8', valueAt, valueEnd)
    position = valueEnd
  }
  return headers
}
