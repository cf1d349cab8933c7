/** Collects text up to a cap, and goes on measuring past it. */
export interface BoundedText {
  append(text: string): void
  /** What was kept: never more than the cap, never ending inside a surrogate pair. */
  readonly text: string
  /** Length of everything that was appended. */
  readonly length: number
  readonly truncated: boolean
}

export function createBoundedText(maxLength: number): BoundedText {
  // Parts are joined on demand: concatenating thousands of deltas builds a rope that V8 must flatten at once.
  let parts: string[] = []
  let kept = 0
  let length = 0
  return {
    append(text) {
      length += text.length
      const room = maxLength - kept
      if (room <= 0 || text === '') return
      const part = text.length <= room ? text : cutText(text, room)
      kept = part.length < text.length ? maxLength : kept + part.length
      parts.push(part)
    },
    get text() {
      if (parts.length > 1) parts = [parts.join('')]
      return parts[0] ?? ''
    },
    get length() {
      return length
    },
    get truncated() {
      return kept < length
    },
  }
}

/** The first `maxLength` UTF-16 units, one fewer where the cut would split a surrogate pair. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const last = text.charCodeAt(maxLength - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? maxLength - 1 : maxLength)
}
