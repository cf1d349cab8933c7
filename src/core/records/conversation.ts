/**
 * What a request asks and a response answers, reduced to what counting and sampling need.
 * Wire formats write these records; token counting and samples read them.
 */
export interface ToolCall {
  readonly name: string
  /** Arguments as the JSON text that travels on the wire. */
  readonly arguments: string
}

/** An image or audio part. Never fetched, never tokenised: `data` is the encoded head, enough to read its dimensions. */
export interface MediaPart {
  readonly kind: 'image' | 'audio' | 'file'
  /** First bytes of an inline payload in base64, at most 64 KiB; `null` where the part is a reference. */
  readonly data: string | null
  /** Length of the whole inline payload in characters. */
  readonly dataLength: number
  /** Detail level the request asks for (`low`, `high`, `auto`). */
  readonly detail: string | null
}

export interface PromptMessage {
  readonly role: string
  readonly name: string | null
  readonly text: string
  readonly media: readonly MediaPart[]
  readonly toolCalls: readonly ToolCall[]
}

/** A conversation, or bare texts (`completion`, `embedding`) for models that take no roles. */
export interface Prompt {
  readonly kind: 'chat' | 'completion' | 'embedding'
  readonly messages: readonly PromptMessage[]
  /** Tool definitions as sent. */
  readonly tools: readonly unknown[]
  /** JSON schema that the answer must follow, as sent; `null` when none. */
  readonly responseSchema: unknown
  /** Tokens that were sent as token ids and need no counting. */
  readonly tokenIds: number
  /** The function that the request makes the model call; `''` where it must call one, whichever. */
  readonly forcedTool: string | null
  /** The request holds more parts than are walked: what is here is not all of it. */
  readonly truncated: boolean
}

/** The visible answer. `text` joins all choices; past its cap only `textLength` grows. */
export interface Completion {
  readonly text: string
  /** Length in UTF-16 units of everything delivered, `text` included. */
  readonly textLength: number
  /** Visible reasoning ("thinking") text, bounded like `text`. */
  readonly reasoningText: string
  readonly reasoningLength: number
  readonly toolCalls: readonly ToolCall[]
  /** As in the prompt it answers. */
  readonly forcedTool: string | null
}

export const EMPTY_PROMPT: Prompt = Object.freeze({
  kind: 'chat',
  messages: Object.freeze([]),
  tools: Object.freeze([]),
  responseSchema: null,
  tokenIds: 0,
  forcedTool: null,
  truncated: false,
})

export const EMPTY_COMPLETION: Completion = Object.freeze({
  text: '',
  textLength: 0,
  reasoningText: '',
  reasoningLength: 0,
  toolCalls: Object.freeze([]),
  forcedTool: null,
})
