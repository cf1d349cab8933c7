/** Characters looked at; a longer text is judged by that many, evenly spread. */
export const MAX_HEURISTIC_SAMPLE = 65_536

/**
 * A guess from the scripts a text is written in, for when counting is not possible in time. Tokens for each UTF-16 unit
 * are averages of o200k_base over prose.
 */
export function countHeuristically(text: string): number {
  if (text === '') return 0
  const step = Math.ceil(text.length / MAX_HEURISTIC_SAMPLE)
  let tokens = 0
  for (let at = 0; at < text.length; at += step) tokens += toWeight(text.charCodeAt(at))
  return Math.ceil((tokens / Math.ceil(text.length / step)) * text.length)
}

function toWeight(code: number): number {
  if (code < 0x80) return 0.25
  // Latin with accents, Cyrillic, Greek, Arabic, the scripts of India.
  if (code < 0x2e80) return 0.33
  // Emoji and rare signs come in pairs of units.
  if (code >= 0xd800 && code <= 0xdfff) return 1
  return 0.75
}
