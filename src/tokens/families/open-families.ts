import type { EncodingName } from '../vocabularies/vocabulary.ts'
import { CALL_AS_JSON, toCalls, toToolRule, UNKNOWN_FAMILY, type FamilyRow, type ModelFamily } from './model-family.ts'

// Open weights. Measured in November 2026 on recorded exchanges, as many as are told beside each figure.

function toFamily(
  factor: number,
  instructions: number,
  calls = CALL_AS_JSON,
  encoding: EncodingName = 'o200k_base',
): ModelFamily {
  return { ...UNKNOWN_FAMILY, encoding, factor, tools: toToolRule(instructions, calls) }
}

/** What ends the answer counts (11). */
const LLAMA: ModelFamily = { ...toFamily(1, 126, CALL_AS_JSON, 'cl100k_base'), answer: 1 }
/** From 3.1 on the template brings a system message with dates (9). Groq's instructions for tools are its own (2). */
const LLAMA_3: ModelFamily = {
  ...LLAMA,
  priming: 30,
  tools: toToolRule(99),
  served: [{ provider: 'groq', differs: { tools: toToolRule(156) } }],
}
/** The instructions of Groq make up most of a short prompt (2, the median of all Llama prompts in a larger set agrees). */
const LLAMA_4: ModelFamily = {
  ...LLAMA,
  served: [{ provider: 'groq', differs: { tools: toToolRule(612, toCalls(18)) } }],
}

/** Calls are written as elements, one for each argument (7 answers, 6 prompts with calls). */
const DEEPSEEK: ModelFamily = {
  ...toFamily(1.03, 226, { opening: 15, each: 10, parameter: 10, several: 0 }),
  message: 1,
  // A preamble of the vendor's (6).
  served: [{ format: 'openai-responses', differs: { message: 4, priming: 79, answer: 1 } }],
}

/** Roles are single signs (11); calls are JSON with little around it (7). */
const MISTRAL: ModelFamily = { ...toFamily(1.04, 28, toCalls(3)), message: 1 }

export const openFamilies: readonly FamilyRow[] = [
  // Before its teachers: a distilled `deepseek-r1-distill-llama` has the vocabulary of Llama.
  [/(?<!\bo)llama-?2/, toFamily(1.2, 126)],
  [/distill-llama/, { ...LLAMA, tools: toToolRule(63) }],
  [/(?<!\bo)llama-?3(?:\.[1-9]|-[1-9]-)/, LLAMA_3],
  [/(?<!\bo)llama-?4/, LLAMA_4],
  [/(?<!\bo)llama/, LLAMA],
  [/\b(?:mistral|mixtral|ministral|codestral|magistral|devstral|pixtral)/, MISTRAL],
  [/\bqwen[\w.-]*coder/, { ...toFamily(1.03, 248, toCalls(8, 5)), priming: 4 }],
  // Prompts 12, tools 10.
  [/\bqwen|\bqwq/, { ...toFamily(1.03, 108, toCalls(10)), priming: 5 }],
  [/deepseek/, DEEPSEEK],
  // Prompts 16, tools 8.
  [/\bglm-/, { ...toFamily(1.03, 116), message: 1, priming: 4 }],
  [/\bkimi-/, toFamily(1, 68, toCalls(16))],
]
