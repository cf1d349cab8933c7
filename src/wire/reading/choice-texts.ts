import { cutText } from '../../core/bounded-text.ts'

/** Choices told apart; the pieces of further ones join the last. */
const MAX_CHOICES = 128

/** Texts of the choices of one answer, whose pieces come interleaved, under one cap. */
export class ChoiceTexts {
  readonly #maxLength: number
  readonly #choices = new Map<number, string[]>()
  #last: string[] = []
  #kept = 0
  #length = 0

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  append(piece: string, choice: number): void {
    if (piece === '') return
    this.#length += piece.length
    const part = cutText(piece, this.#maxLength - this.#kept)
    // A piece that was cut ends the text, even where a surrogate pair leaves room for one unit.
    this.#kept = part.length < piece.length ? this.#maxLength : this.#kept + part.length
    if (part !== '') this.#piecesOf(choice).push(part)
  }

  /** All choices, joined by line breaks. */
  get text(): string {
    return [...this.#choices.values()].map((pieces) => pieces.join('')).join('\n')
  }

  /** Length of everything that was appended, line breaks between choices included. */
  get length(): number {
    return this.#length + Math.max(0, this.#choices.size - 1)
  }

  get choices(): number {
    return this.#choices.size
  }

  #piecesOf(choice: number): string[] {
    const known = this.#choices.get(choice)
    if (known || this.#choices.size >= MAX_CHOICES) return known ?? this.#last
    this.#last = []
    this.#choices.set(choice, this.#last)
    return this.#last
  }
}
