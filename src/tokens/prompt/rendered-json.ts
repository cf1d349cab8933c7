/** Part of a prompt that is an object on the wire, as text. */
export interface Rendered {
  readonly text: string
  /** True when a part was left out, because it is too long, too deep, or no JSON. */
  readonly truncated: boolean
}

/** Schemas and tool definitions are rendered on the event loop, so up to this many characters only. */
export const MAX_RENDERED_LENGTH = 262_144

/** JSON without white space. Of a list, as many items as fit. */
export function renderJson(value: unknown): Rendered {
  const items = Array.isArray(value) ? (value as readonly unknown[]) : [value]
  const texts: string[] = []
  let length = 0
  for (const item of items) {
    const text = toJson(item)
    length += text?.length ?? Number.POSITIVE_INFINITY
    if (length > MAX_RENDERED_LENGTH) break
    texts.push(text ?? '')
  }
  const text = texts.join(',')
  return { text: Array.isArray(value) ? `[${text}]` : text, truncated: texts.length < items.length }
}

/** `null` for cycles, what is nested too deep, and values that JSON does not have. */
function toJson(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null
  } catch {
    return null
  }
}
