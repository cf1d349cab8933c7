import type { EncodingName } from '../vocabularies/vocabulary.ts'
import type { ImageRule } from '../prompt/image-tokens.ts'

/** What tool calls cost beside their names and arguments, in an answer and in the history of a prompt. */
export interface CallRule {
  /** Opens and closes the calls of one message. */
  readonly opening: number
  readonly each: number
  /** For each argument that a call names: some models write them as elements of their own, others without JSON's signs. */
  readonly parameter: number
  /** Once, where a message holds more than one. */
  readonly several: number
}

export interface ToolRule {
  /** How the definitions reach the model. */
  readonly format: 'typescript' | 'json'
  /** The instructions that come with them. */
  readonly instructions: number
  /** For each tool. */
  readonly each: number
  readonly calls: CallRule
  /** Where the request demands a call. */
  readonly forced: {
    readonly instructions: number
    /** True where the function's name ends the prompt, instead of being generated. */
    readonly isInPrompt: boolean
    readonly calls: CallRule
  }
}

/** What counting needs to know of a model. */
export interface ModelFamily {
  readonly encoding: EncodingName
  /** True where `encoding` is the model's own vocabulary. */
  readonly exact: boolean
  /** Tokens of the model for one token of `encoding`: medians over recorded traffic, mostly English. */
  readonly factor: number
  /** Tokens around each message of a chat, its role included. */
  readonly message: number
  /** Tokens once for each request: what opens the answer, and a system message of the vendor's own. */
  readonly priming: number
  readonly tools: ToolRule
  /** Tokens that the format adds to a visible answer. */
  readonly answer: number
  /** What of the generated tokens can be seen: `part` leaves out reasoning or audio, `summary` shortens the reasoning. */
  readonly shows: 'all' | 'summary' | 'part'
  readonly image: ImageRule
  /** How the family differs where it is served: overheads belong to API and family. The first that fits wins. */
  readonly served?: readonly ServedFamily[]
}

export interface ServedFamily {
  /** Name of the wire format; any where absent. */
  readonly format?: string
  /** Any where absent. */
  readonly provider?: string
  readonly differs: Partial<Omit<ModelFamily, 'served'>>
}

/** First match wins. Names come with prefixes (`openai/`, `ft:`, `us.anthropic.`), in lower case. */
export type FamilyRow = readonly [RegExp, ModelFamily]

export const CALL_AS_JSON: CallRule = { opening: 0, each: 7, parameter: 0, several: 0 }

export function toCalls(each: number, parameter = 0): CallRule {
  return { ...CALL_AS_JSON, each, parameter }
}

/** Tools that are written as JSON, whoever is forced to call which. */
export function toToolRule(instructions: number, calls: CallRule = CALL_AS_JSON, each = 0): ToolRule {
  return { format: 'json', instructions, each, calls, forced: { instructions, isInPrompt: false, calls } }
}

/** Of models that no rule knows: a plain guess with the newest vocabulary. */
export const UNKNOWN_FAMILY: ModelFamily = {
  encoding: 'o200k_base',
  exact: false,
  factor: 1,
  message: 4,
  priming: 3,
  tools: toToolRule(100),
  answer: 0,
  shows: 'all',
  image: { kind: 'tiles', base: 85, tile: 170 },
}
