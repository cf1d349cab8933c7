import { createBoundedText } from '../core/bounded-text.ts'
import type { Completion, ToolCall } from '../core/conversation.ts'
import { isObject } from '../core/json.ts'
import { createChoiceTexts } from './choice-texts.ts'
import { toJsonText } from './json-text.ts'

/** Tool calls kept of one response; further ones are still measured as text. */
const MAX_TOOL_CALLS = 128

/** Collects the visible answer while its pieces come in, bounded by `maxTextLength` for each kind of text. */
export interface CompletionBuilder {
  /** Pieces of several choices come interleaved, and are told apart by `choice`. */
  text(piece: unknown, choice?: number): void
  reasoning(piece: unknown): void
  /** Pieces of one call share a `key`; a name replaces, arguments append. */
  toolCall(key: string | number, name: unknown, argumentsPiece: unknown): void
  /** For calls that come whole and have no key of their own. */
  wholeToolCall(name: unknown, callArguments: unknown): void
  /** Of all text so far, reasoning not included, in UTF-16 units. */
  readonly length: number
  completion(): Completion
}

export function createCompletionBuilder(maxTextLength: number): CompletionBuilder {
  const reasoning = createBoundedText(maxTextLength)
  const texts = createChoiceTexts(maxTextLength)
  const calls = new Map<string | number, { name: string; pieces: string[] }>()
  let argumentsLength = 0
  let wholeCalls = 0

  function toolCall(key: string | number, name: unknown, argumentsPiece: unknown): void {
    const piece = toArgumentsText(argumentsPiece)
    argumentsLength += piece.length
    const known = calls.get(key)
    if ((!known && calls.size >= MAX_TOOL_CALLS) || argumentsLength > maxTextLength) {
      texts.append(piece, 0)
      return
    }
    const call = known ?? { name: '', pieces: [] }
    if (!known) calls.set(key, call)
    if (typeof name === 'string' && name !== '') call.name = name
    if (piece !== '') call.pieces.push(piece)
  }

  return {
    text(piece, choice = 0) {
      if (typeof piece === 'string') texts.append(piece, choice)
    },
    reasoning(piece) {
      if (typeof piece === 'string') reasoning.append(piece)
    },
    toolCall,
    wholeToolCall(name, callArguments) {
      toolCall(`whole:${wholeCalls++}`, name, callArguments)
    },
    get length() {
      return texts.length
    },
    completion() {
      const toolCalls: ToolCall[] = []
      for (const call of calls.values()) toolCalls.push({ name: call.name, arguments: call.pieces.join('') })
      return {
        text: texts.text,
        textLength: texts.length,
        reasoningText: reasoning.text,
        reasoningLength: reasoning.length,
        toolCalls,
        forcedTool: null,
      }
    },
  }
}

/** OpenAI sends arguments as JSON text, Ollama, Anthropic and Gemini as an object. */
export function toArgumentsText(value: unknown): string {
  if (typeof value === 'string') return value
  return isObject(value) ? toJsonText(value) : ''
}
