import { createBoundedText } from '../core/bounded-text.ts'
import type { Completion, ToolCall } from '../core/conversation.ts'
import { isObject, readArray, readObject, readString } from '../core/json.ts'

/** Tool calls kept of one response; further ones are still measured as text. */
const MAX_TOOL_CALLS = 128

/** Collects the visible answer while its pieces come in, bounded by `maxTextLength` for each kind of text. */
export interface CompletionBuilder {
  text(piece: unknown): void
  reasoning(piece: unknown): void
  /** Pieces of one call share a `key`; a name replaces, arguments append. */
  toolCall(key: string, name: unknown, argumentsPiece: unknown): void
  completion(): Completion
}

export function createCompletionBuilder(maxTextLength: number): CompletionBuilder {
  const text = createBoundedText(maxTextLength)
  const reasoning = createBoundedText(maxTextLength)
  const calls = new Map<string, { name: string; pieces: string[] }>()
  let argumentsLength = 0

  return {
    text(piece) {
      if (typeof piece === 'string') text.append(piece)
    },
    reasoning(piece) {
      if (typeof piece === 'string') reasoning.append(piece)
    },
    toolCall(key, name, argumentsPiece) {
      let call = calls.get(key)
      if (!call) {
        if (calls.size >= MAX_TOOL_CALLS) return
        calls.set(key, (call = { name: '', pieces: [] }))
      }
      if (typeof name === 'string' && name !== '') call.name = name
      const piece = toArgumentsText(argumentsPiece)
      argumentsLength += piece.length
      if (argumentsLength <= maxTextLength) call.pieces.push(piece)
      else text.append(piece)
    },
    completion() {
      const toolCalls: ToolCall[] = []
      for (const call of calls.values()) toolCalls.push({ name: call.name, arguments: call.pieces.join('') })
      return {
        text: text.text,
        textLength: text.length,
        reasoningText: reasoning.text,
        reasoningLength: reasoning.length,
        toolCalls,
      }
    },
  }
}

/** OpenAI sends arguments as JSON text, Ollama as an object. */
export function toArgumentsText(value: unknown): string {
  if (typeof value === 'string') return value
  return isObject(value) ? JSON.stringify(value) : ''
}

/** Tool calls of a message in OpenAI's and Ollama's shape. */
export function readToolCalls(value: unknown): ToolCall[] {
  return readArray(value).map((item) => {
    const call = readObject(readObject(item)['function'])
    return { name: readString(call['name']) ?? '', arguments: toArgumentsText(call['arguments']) }
  })
}
