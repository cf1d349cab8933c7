export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object, or an empty one: for walking into nested fields that may be absent or of the wrong type. */
export function readObject(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** No honest body has a list of more parts; walking millions of them would hold up the event loop. */
export const MAX_ITEMS = 20_000

/** The items, at most 20,000 of them; none when it is no array. */
export function readArray(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return []
  return value.length > MAX_ITEMS ? value.slice(0, MAX_ITEMS) : value
}

export function readString(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** A string with at least one character: some providers send `""` for "not known". */
export function readText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

export function readNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** A count: finite and not negative. Everything else is unknown, never 0. */
export function readCount(value: unknown): number | null {
  const count = readNumber(value)
  return count !== null && count >= 0 ? count : null
}

/** Parses JSON, `undefined` when it is not JSON. Leading blank lines (DeepSeek keep-alives) and a BOM are allowed. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch {
    return undefined
  }
}

/** JSON text of a value that travels as JSON; `''` for values nested too deep to be written. */
export function toJsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}
