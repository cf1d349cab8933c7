/** Collects text up to a cap, and goes on measuring past it. */
export class BoundedText {
  readonly #maxLength: number
  /** Joined on demand: concatenating thousands of deltas builds a rope that V8 must flatten at once. */
  #parts: string[] = []
  #kept = 0
  #length = 0

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  append(text: string): void {
    this.#length += text.length
    const room = this.#maxLength - this.#kept
    if (room <= 0 || text === '') return
    const part = text.length <= room ? text : cutText(text, room)
    this.#kept = part.length < text.length ? this.#maxLength : this.#kept + part.length
    this.#parts.push(part)
  }

  /** What was kept: never more than the cap, never ending inside a surrogate pair. */
  get text(): string {
    if (this.#parts.length > 1) this.#parts = [this.#parts.join('')]
    return this.#parts[0] ?? ''
  }

  /** Length of everything that was appended. */
  get length(): number {
    return this.#length
  }

  get truncated(): boolean {
    return this.#kept < this.#length
  }
}

/** The first `maxLength` UTF-16 units, one fewer where the cut would split a surrogate pair. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const last = text.charCodeAt(maxLength - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? maxLength - 1 : maxLength)
}
