import type { WorkBudget } from '../../core/work-budget.ts'

/** Part of a prompt that is an object on the wire, as text. */
export interface Rendered {
  readonly text: string
  /** True when a part was left out, because it is too long, too deep, or no JSON. */
  readonly truncated: boolean
}

/** Schemas and tool definitions are rendered on the event loop, so up to this many characters only. */
export const MAX_RENDERED_LENGTH = 262_144

/** Collects a text piece by piece, up to a length and within a budget of steps. */
export class TextWriter {
  readonly #budget: WorkBudget
  #pieces: string[] = []
  #length = 0
  #isFull = false

  constructor(budget: WorkBudget) {
    this.#budget = budget
  }

  /** To be asked before each part that may bring others: false when no more is to be written. */
  step(): boolean {
    this.#isFull ||= !this.#budget.take()
    return !this.#isFull
  }

  write(text: string): void {
    if (!this.hasRoomFor(text.length)) return
    this.#length += text.length
    this.#pieces.push(text)
  }

  /** False, and the writer is full, when so many more characters would be too many. */
  hasRoomFor(length: number): boolean {
    this.#isFull ||= this.#length + length > MAX_RENDERED_LENGTH
    return !this.#isFull
  }

  get isFull(): boolean {
    return this.#isFull
  }

  get pieces(): number {
    return this.#pieces.length
  }

  /** Forgets what was written after the first so many pieces. */
  cutTo(pieces: number): void {
    this.#pieces.length = pieces
  }

  get text(): string {
    return this.#pieces.join('')
  }
}
