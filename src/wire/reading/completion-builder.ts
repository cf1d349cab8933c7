import { BoundedText } from '../../core/bounded-text.ts'
import type { Completion, ToolCall } from '../../core/records/conversation.ts'
import { isObject, toJsonText } from '../../core/json.ts'
import { ChoiceTexts } from './choice-texts.ts'

/** Tool calls kept of one response; further ones are still measured as text. */
const MAX_TOOL_CALLS = 128

/** Collects the visible answer while its pieces come in, bounded by `maxTextLength` for each kind of text. */
export class CompletionBuilder {
  readonly #maxTextLength: number
  readonly #reasoning: BoundedText
  readonly #texts: ChoiceTexts
  readonly #calls = new Map<string | number, { name: string; readonly pieces: string[] }>()
  #argumentsLength = 0
  #wholeCalls = 0
  #hasUnread = false

  constructor(maxTextLength: number) {
    this.#maxTextLength = maxTextLength
    this.#reasoning = new BoundedText(maxTextLength)
    this.#texts = new ChoiceTexts(maxTextLength)
  }

  /** Pieces of several choices come interleaved, and are told apart by `choice`. */
  text(piece: unknown, choice = 0): void {
    if (typeof piece === 'string') this.#texts.append(piece, choice)
  }

  reasoning(piece: unknown): void {
    if (typeof piece === 'string') this.#reasoning.append(piece)
  }

  /** Pieces of one call share a `key`; a name replaces, arguments append. */
  toolCall(key: string | number, name: unknown, argumentsPiece: unknown): void {
    const piece = toArgumentsText(argumentsPiece)
    this.#argumentsLength += piece.length
    const known = this.#calls.get(key)
    if ((!known && this.#calls.size >= MAX_TOOL_CALLS) || this.#argumentsLength > this.#maxTextLength) {
      this.#texts.append(piece, 0)
      return
    }
    const call = known ?? { name: '', pieces: [] }
    if (!known) this.#calls.set(key, call)
    if (typeof name === 'string' && name !== '') call.name = name
    if (piece !== '') call.pieces.push(piece)
  }

  /** For calls that come whole and have no key of their own. */
  wholeToolCall(name: unknown, callArguments: unknown): void {
    this.toolCall(`whole:${this.#wholeCalls++}`, name, callArguments)
  }

  /** A part that holds no text: a picture, or of a kind that is not known. */
  unread(): void {
    this.#hasUnread = true
  }

  get hasUnread(): boolean {
    return this.#hasUnread
  }

  /** Of all text so far, reasoning not included, in UTF-16 units. */
  get length(): number {
    return this.#texts.length
  }

  /** Choices that said anything. */
  get choices(): number {
    return this.#texts.choices
  }

  completion(): Completion {
    const toolCalls: ToolCall[] = []
    for (const call of this.#calls.values()) toolCalls.push({ name: call.name, arguments: call.pieces.join('') })
    return {
      text: this.#texts.text,
      textLength: this.#texts.length,
      reasoningText: this.#reasoning.text,
      reasoningLength: this.#reasoning.length,
      toolCalls,
      forcedTool: null,
    }
  }
}

/** OpenAI sends arguments as JSON text, Ollama, Anthropic and Gemini as an object. */
export function toArgumentsText(value: unknown): string {
  if (typeof value === 'string') return value
  return isObject(value) ? toJsonText(value) : ''
}
