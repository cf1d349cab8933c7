/**
 * Counts the tokens of a text for models that this library has no vocabulary for. Whole numbers from 0 up; fractions are
 * rounded. For a prompt `text` is the texts of all messages joined with `\n`, without any overhead for the chat format;
 * for an answer it is the visible reasoning, the text and the tool calls joined with `\n`.
 */
export type CustomCounter = (text: string, context: { model: string }) => number | Promise<number>

/** What is known of the model that a text is counted for; names as they stand on the wire. */
export interface CountContext {
  readonly model: string | null
  readonly provider: string | null
}

export interface TokenCount {
  readonly tokens: number
  /** `custom`: a registered counter; `tiktoken`: the model's own vocabulary; `estimated`: another vocabulary, or a guess. */
  readonly source: 'custom' | 'tiktoken' | 'estimated'
  /** True when parts that nobody shows (hidden reasoning, audio, files) could not be counted. */
  readonly lowerBound: boolean
  /** True when only samples of a huge text were counted. */
  readonly sampled: boolean
}
