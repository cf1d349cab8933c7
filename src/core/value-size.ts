/** What a value in an object or an array takes beside its text. */
const VALUE_BYTES = 64
/** Values that are looked at; an object with more counts as a large one. */
const MAX_VALUES = 5_000
const MANY_VALUES_BYTES = 16 * 1024 * 1024

/** Memory a parsed value takes, roughly: strings count two bytes a character. */
export function estimateValueBytes(value: unknown): number {
  const waiting: unknown[] = [value]
  let bytes = 0
  for (let seen = 0; waiting.length > 0; seen++) {
    if (seen >= MAX_VALUES) return MANY_VALUES_BYTES
    const current = waiting.pop()
    bytes += VALUE_BYTES
    if (typeof current === 'string') bytes += 2 * current.length
    else if (current instanceof Uint8Array) bytes += current.length
    else if (typeof current === 'object' && current !== null)
      waiting.push(...Object.values(current).slice(0, MAX_VALUES))
  }
  return bytes
}
