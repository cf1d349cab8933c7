/**
 * Windows bound what one regex match and one merge can cost, and make long counts divisible. V8 also throws a
 * RangeError when one match runs over millions of characters.
 */
export const MAX_WINDOW = 8_192

/** How far back from its end a window looks for a border before it is cut anywhere. */
const BORDER_SEARCH = 2_048

/**
 * In every encoding a piece ends after a letter or digit that no letter, digit, mark or apostrophe follows, and no piece
 * looks back: a cut there changes no count. `\p{Cs}` is half of a pair whose other half might be a letter.
 */
const border = /^[\p{L}\p{N}][^\p{L}\p{N}\p{M}\p{Cs}'’]$/u

/** End of the window that begins at `start`: at a border where there is one, never inside a surrogate pair. */
export function toWindowEnd(text: string, start: number, size: number): number {
  const limit = start + size
  if (limit >= text.length) return text.length
  const lowest = Math.max(start + 1, limit - BORDER_SEARCH)
  for (let end = limit; end >= lowest; end--) {
    if (border.test(text.slice(end - 1, end + 1))) return end
  }
  return isInsidePair(text, limit) ? limit - 1 : limit
}

/** Longer texts are sampled: many small windows are far closer than a few large ones. */
export const MAX_EXACT_LENGTH = 4 * 1024 * 1024
export const SAMPLES = 256
export const SAMPLE_LENGTH = 4_096

/**
 * One window out of each of so many equal stretches of the text, at changing places so that a repeating text cannot fall
 * into step with them.
 */
export function toSamples(text: string, samples = SAMPLES): string[] {
  const stretch = Math.floor(text.length / samples)
  const room = Math.max(stretch - SAMPLE_LENGTH, 0)
  return Array.from({ length: samples }, (_, index) => {
    const place = Math.floor(((index * 0.618_034) % 1) * room)
    const start = index * stretch + place
    const end = Math.min(start + SAMPLE_LENGTH, text.length)
    return text.slice(isInsidePair(text, start) ? start + 1 : start, isInsidePair(text, end) ? end - 1 : end)
  })
}

function isInsidePair(text: string, at: number): boolean {
  return isBetween(text.charCodeAt(at - 1), 0xd800, 0xdbff) && isBetween(text.charCodeAt(at), 0xdc00, 0xdfff)
}

function isBetween(code: number, low: number, high: number): boolean {
  return code >= low && code <= high
}
