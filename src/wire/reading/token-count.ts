/** Past any real count, and small enough that sums of counts stay exact. */
const MAX_TOKENS = 1e12

/** A token count as a provider sent it: a whole number that is not negative. Everything else is unknown, never 0. */
export function readTokenCount(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TOKENS
    ? (value as number)
    : null
}

/** The first of several fields that holds a count: providers name the same thing differently. */
export function firstTokenCount(source: Readonly<Record<string, unknown>>, keys: readonly string[]): number | null {
  for (const key of keys) {
    const count = readTokenCount(source[key])
    if (count !== null) return count
  }
  return null
}

/** Sum of what is known; `null` only when nothing is. For parts of which an absent one means none. */
export function sumKnown(counts: readonly (number | null)[]): number | null {
  let sum: number | null = null
  for (const count of counts) sum = addKnown(sum, count)
  return sum
}

/** The same of two. */
export function addKnown(a: number | null, b: number | null): number | null {
  if (a === null) return b
  return b === null ? a : a + b
}
