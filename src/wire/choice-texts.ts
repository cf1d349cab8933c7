import { cutText } from '../core/bounded-text.ts'

/** Choices told apart; the pieces of further ones join the last. */
const MAX_CHOICES = 128

/** Texts of the choices of one answer, whose pieces come interleaved, under one cap. */
export interface ChoiceTexts {
  append(piece: string, choice: number): void
  /** All choices, joined by line breaks. */
  readonly text: string
  /** Length of everything that was appended, line breaks between choices included. */
  readonly length: number
}

export function createChoiceTexts(maxLength: number): ChoiceTexts {
  const choices = new Map<number, string[]>()
  let last: string[] = []
  let kept = 0
  let length = 0

  function piecesOf(choice: number): string[] {
    const known = choices.get(choice)
    if (known || choices.size >= MAX_CHOICES) return known ?? last
    last = []
    choices.set(choice, last)
    return last
  }

  return {
    append(piece, choice) {
      if (piece === '') return
      length += piece.length
      const part = cutText(piece, maxLength - kept)
      // A piece that was cut ends the text, even where a surrogate pair leaves room for one unit.
      kept = part.length < piece.length ? maxLength : kept + part.length
      if (part !== '') piecesOf(choice).push(part)
    },
    get text() {
      return [...choices.values()].map((pieces) => pieces.join('')).join('\n')
    },
    get length() {
      return length + Math.max(0, choices.size - 1)
    },
  }
}
