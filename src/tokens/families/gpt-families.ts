import type { ImageRule } from '../prompt/image-tokens.ts'
import { UNKNOWN_FAMILY, type CallRule, type FamilyRow, type ModelFamily, type ToolRule } from './model-family.ts'

// Measured in November 2026 on recorded exchanges: on chat completions 194 texts and 11 with tools, on Responses 15 and 7,
// with the medians of 70 more with tools.

/** A second call brings a wrapper that runs them side by side. */
const CALLS: CallRule = { opening: 0, each: 7, parameter: 0, several: 14 }
const NO_CALLS: CallRule = { opening: 0, each: 0, parameter: 0, several: 0 }

function toNamespaceRule(instructions: number): ToolRule {
  const forced = { instructions: instructions + 6, isInPrompt: true, calls: NO_CALLS }
  return { format: 'typescript', instructions, each: 0, calls: CALLS, forced }
}

/** On Responses the preamble is short for all, and a function that is forced does not lengthen it (4). */
const RESPONSES = 'openai-responses'
const ON_RESPONSES: ToolRule = {
  ...toNamespaceRule(9),
  forced: { instructions: 9, isInPrompt: false, calls: CALLS },
}
const GPT: ModelFamily = {
  ...UNKNOWN_FAMILY,
  exact: true,
  tools: toNamespaceRule(9),
  served: [{ format: RESPONSES, differs: { tools: ON_RESPONSES, answer: 1 } }],
}
/** gpt-5 and the o-series: the answer has a channel header; on chat completions the tools come with a longer preamble. */
const REASONING_GPT: ModelFamily = {
  ...GPT,
  priming: 2,
  tools: toNamespaceRule(90),
  answer: 9,
  shows: 'part',
  served: [{ format: RESPONSES, differs: { tools: ON_RESPONSES } }],
}
const O_SERIES: ModelFamily = {
  ...REASONING_GPT,
  served: [{ format: RESPONSES, differs: { tools: ON_RESPONSES, answer: 6 } }],
}
const O_1: ModelFamily = {
  ...REASONING_GPT,
  served: [{ format: RESPONSES, differs: { tools: ON_RESPONSES, answer: 0 } }],
}
/** gpt-5.1 and later answer without reasoning by default, which shortens the header. */
const NEWER_GPT: ModelFamily = { ...REASONING_GPT, answer: 3 }
/**
 * Open weights: who serves them adds the system message of the published template, and shows the reasoning, which has a
 * channel of its own in the answer (12 recordings).
 */
const GPT_OSS: ModelFamily = {
  ...UNKNOWN_FAMILY,
  priming: 63,
  answer: 9,
  tools: {
    ...toNamespaceRule(22),
    forced: { instructions: 22, isInPrompt: false, calls: CALLS },
  },
}
const O_IMAGE: ImageRule = { kind: 'tiles', base: 75, tile: 150 }
const GPT_5_IMAGE: ImageRule = { kind: 'tiles', base: 70, tile: 140 }

export const gptFamilies: readonly FamilyRow[] = [
  [/\btext-davinci-00[23]|\bcode-(?:davinci|cushman)/, { ...GPT, encoding: 'p50k_base' }],
  [
    /\bgpt-3\.5|\bgpt-35|\bgpt-4(?!o|\.\d|-o)|\btext-embedding-(?:ada|3)|\b(?:davinci|babbage)-002/,
    { ...GPT, encoding: 'cl100k_base' },
  ],
  [/\bgpt-[\w.-]*(?:audio|realtime)/, { ...GPT, shows: 'part' }],
  [/\bgpt-oss/, GPT_OSS],
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
  [/(?:^|[/:.])o1-(?:mini|preview)/, { ...O_SERIES, priming: 10 }],
  [/(?:^|[/:.])o1\b/, { ...O_1, image: O_IMAGE }],
  [/(?:^|[/:.])o4-mini|\bcodex-mini/, { ...O_SERIES, image: { kind: 'patches', factor: 1.72 } }],
  [/(?:^|[/:.])o\d\b/, { ...O_SERIES, image: O_IMAGE }],
  // The open GPTs of other houses share no vocabulary with OpenAI's.
  [/\b(?:chat)?gpt-(?!2|j\b|neo)|\bcomputer-use/, GPT],
]
