import type { EncodingName } from './kernel/encodings.ts'
import type { ImageRule } from './prompt/image-tokens.ts'

/** Names as they stand on the wire. */
export interface ModelNames {
  readonly model: string | null
  readonly provider: string | null
}

/** What counting needs to know of a model. */
export interface ModelFamily {
  readonly encoding: EncodingName
  /** True where `encoding` is the model's own vocabulary. */
  readonly exact: boolean
  /** Tokens of the model for one token of `encoding`: medians over recorded traffic, mostly English. */
  readonly factor: number
  /** Tokens that open the answer, once for each request. */
  readonly priming: number
  /** How the definitions of tools reach the model, and the tokens of the instructions that come with them. */
  readonly tools: { readonly format: 'typescript' | 'json'; readonly overhead: number }
  /** Tokens that the format adds to a visible answer. */
  readonly answer: number
  /** What of the generated tokens can be seen: `part` leaves out reasoning or audio, `summary` shortens the reasoning. */
  readonly shows: 'all' | 'summary' | 'part'
  readonly image: ImageRule
}

/** Of models that no rule knows: a plain guess with the newest vocabulary. */
export const UNKNOWN_FAMILY: ModelFamily = {
  encoding: 'o200k_base',
  exact: false,
  factor: 1,
  priming: 3,
  tools: { format: 'json', overhead: 100 },
  answer: 0,
  shows: 'all',
  image: { kind: 'tiles', base: 85, tile: 170 },
}
const GPT: ModelFamily = { ...UNKNOWN_FAMILY, exact: true, tools: { format: 'typescript', overhead: 9 } }
/** gpt-5 and the o-series: the answer has a channel header, the tools a longer preamble. */
const REASONING_GPT: ModelFamily = {
  ...GPT,
  priming: 2,
  tools: { format: 'typescript', overhead: 90 },
  answer: 9,
  shows: 'part',
}
/** gpt-5.1 and later answer without reasoning by default, which shortens the header. */
const NEWER_GPT: ModelFamily = { ...REASONING_GPT, answer: 3 }
const GPT_5_IMAGE: ImageRule = { kind: 'tiles', base: 70, tile: 140 }
const CLAUDE: ModelFamily = {
  ...UNKNOWN_FAMILY,
  tools: { format: 'json', overhead: 340 },
  image: { kind: 'area', pixels: 750, longest: 1568 },
}
const GEMINI: ModelFamily = {
  ...UNKNOWN_FAMILY,
  factor: 1.045,
  tools: { format: 'typescript', overhead: 0 },
  image: { kind: 'squares', tile: 258 },
}

function toFamily(factor: number, toolOverhead: number, encoding: EncodingName = 'o200k_base'): ModelFamily {
  return { ...UNKNOWN_FAMILY, encoding, factor, tools: { format: 'json', overhead: toolOverhead } }
}

/** First match wins. Names come with prefixes (`openai/`, `ft:`, `us.anthropic.`) and in any case. */
const families: readonly (readonly [RegExp, ModelFamily])[] = [
  [/\bclaude-(?:[123]\b|instant|v\d)/, { ...CLAUDE, factor: 1.16 }],
  [/\bclaude-(?:[a-z]+-4(?:[.-][0-6](?!\d)|(?![.-]\d)|[.-]\d{6})|4\b)/, { ...CLAUDE, factor: 1.1, shows: 'summary' }],
  // 4.7 and later; a name that tells no version means the newest.
  [/\bclaude|anthropic/, { ...CLAUDE, factor: 1.45, shows: 'summary' }],
  [/\b(?:gemini-[2-9]\.[5-9]|gemini-[3-9])/, { ...GEMINI, shows: 'part' }],
  [/\b(?:gemini|gemma|learnlm|text-embedding-00)/, GEMINI],
  // Before its teachers: a distilled `deepseek-r1-distill-llama` has the vocabulary of Llama.
  [/(?<!\bo)llama-?2/, toFamily(1.2, 126)],
  [/(?<!\bo)llama/, toFamily(1, 126, 'cl100k_base')],
  [/\b(?:mistral|mixtral|ministral|codestral|magistral|devstral|pixtral)/, toFamily(1.04, 25)],
  [/\bqwen[\w.-]*coder/, toFamily(1.03, 248)],
  [/\bqwen|\bqwq/, toFamily(1.03, 110)],
  [/deepseek/, toFamily(1.03, 227)],
  [/\bglm-/, toFamily(1.03, 114)],
  [/\bkimi-/, toFamily(1, 68)],
  [/\bgrok-[4-9]/, { ...toFamily(1, 288), shows: 'part' }],
  [/\bgrok-/, toFamily(1, 56)],

  [/\btext-davinci-00[23]|\bcode-(?:davinci|cushman)/, { ...GPT, encoding: 'p50k_base' }],
  [
    /\bgpt-3\.5|\bgpt-35|\bgpt-4(?!o|\.\d|-o)|\btext-embedding-(?:ada|3)|\b(?:davinci|babbage)-002/,
    { ...GPT, encoding: 'cl100k_base' },
  ],
  [/\bgpt-[\w.-]*(?:audio|realtime)/, { ...GPT, shows: 'part' }],
  // Open weights: who serves them adds the system message of the published template, and shows the reasoning.
  [/\bgpt-oss/, { ...UNKNOWN_FAMILY, priming: 63, tools: { format: 'typescript', overhead: 22 } }],
  [/\bgpt-4o-mini/, { ...GPT, image: { kind: 'tiles', base: 2833, tile: 5667 } }],
  [/\bgpt-4\.1-mini/, { ...GPT, image: { kind: 'patches', factor: 1.62 } }],
  [/\bgpt-4\.1-nano/, { ...GPT, image: { kind: 'patches', factor: 2.46 } }],
  [/\bgpt-5-mini/, { ...REASONING_GPT, image: { kind: 'patches', factor: 1.62 } }],
  [/\bgpt-5-nano/, { ...REASONING_GPT, image: { kind: 'patches', factor: 2.46 } }],
  [/\bgpt-5[\d.]*-chat/, { ...GPT, image: GPT_5_IMAGE }],
  [/\bgpt-5(?![.\d])/, { ...REASONING_GPT, image: GPT_5_IMAGE }],
  [/\bgpt-5\.\d+-mini/, { ...NEWER_GPT, image: { kind: 'patches', factor: 1.62 } }],
  [/\bgpt-5\.\d+-nano/, { ...NEWER_GPT, image: { kind: 'patches', factor: 2.46 } }],
  [/\bgpt-(?:[5-9]|\d\d)/, { ...NEWER_GPT, image: GPT_5_IMAGE }],
  [/(?:^|[/:.])o1-(?:mini|preview)/, { ...REASONING_GPT, priming: 10 }],
  [/(?:^|[/:.])o4-mini|\bcodex-mini/, { ...REASONING_GPT, image: { kind: 'patches', factor: 1.72 } }],
  [/(?:^|[/:.])o\d\b/, { ...REASONING_GPT, image: { kind: 'tiles', base: 75, tile: 150 } }],
  // The open GPTs of other houses share no vocabulary with OpenAI's.
  [/\b(?:chat)?gpt-(?!2|j\b|neo)|\bcomputer-use/, GPT],
]

/** Longer names say nothing more; the cap bounds what the patterns cost. */
const MAX_NAME_LENGTH = 256

/** The family of the model, else of the provider. By rule, so that new names need no new list. */
export function findModelFamily({ model, provider }: ModelNames): ModelFamily {
  return findByName(model) ?? findByName(provider) ?? UNKNOWN_FAMILY
}

function findByName(name: string | null): ModelFamily | undefined {
  if (name === null) return undefined
  const known = name.slice(0, MAX_NAME_LENGTH).toLowerCase()
  return families.find(([pattern]) => pattern.test(known))?.[1]
}
