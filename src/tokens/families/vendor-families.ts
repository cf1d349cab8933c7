import { CALL_AS_JSON, toCalls, toToolRule, UNKNOWN_FAMILY, type FamilyRow, type ModelFamily } from './model-family.ts'

// Measured in November 2026 on recorded exchanges, as many as are told beside each figure.

/**
 * Roles and what opens the answer are not counted (20), nor the signs that make a call's arguments JSON (9). Vertex and
 * OpenRouter count less for tools than Google's own API, whose instructions these are (8).
 */
const GEMINI_CALLS = toCalls(0, -2)
const GEMINI: ModelFamily = {
  ...UNKNOWN_FAMILY,
  factor: 1.045,
  message: 0,
  priming: 0,
  tools: { ...toToolRule(0, GEMINI_CALLS), format: 'typescript' },
  image: { kind: 'squares', tile: 258 },
  served: [{ format: 'gemini-generate', differs: { tools: { ...toToolRule(4, GEMINI_CALLS), format: 'typescript' } } }],
}

/** Messages cost their text alone (3); the instructions for tools are long (5), those of Nova 2 longer (3). */
const NOVA: ModelFamily = { ...UNKNOWN_FAMILY, message: 0, priming: 0, tools: toToolRule(350, CALL_AS_JSON, 15) }
const NOVA_2: ModelFamily = { ...NOVA, tools: toToolRule(860) }

/** On Cohere's own API a preamble comes before each prompt: of command-r (6), command-a (3) and the oldest (6). */
function toCommand(preamble: number, instructions: number, call: number): ModelFamily {
  const differs = { priming: 3 + preamble, tools: toToolRule(instructions, toCalls(call)) }
  return { ...UNKNOWN_FAMILY, served: [{ provider: 'cohere', differs }] }
}

/** Where the vendor serves it itself, a system message of its own comes first (4), and the tools cost less beside it (4). */
const GROK_4: ModelFamily = {
  ...UNKNOWN_FAMILY,
  tools: toToolRule(288, toCalls(12, 7)),
  shows: 'part',
  served: [
    { format: 'openai-responses', differs: { priming: 187, tools: toToolRule(44, toCalls(6)) } },
    // Azure counts the text alone (6).
    { provider: 'azure', differs: { message: 0, priming: 0, tools: toToolRule(141, toCalls(12, 7)) } },
  ],
}

export const vendorFamilies: readonly FamilyRow[] = [
  [/\b(?:gemini-[2-9]\.[5-9]|gemini-[3-9])/, { ...GEMINI, shows: 'part' }],
  [/\b(?:gemini|gemma|learnlm|text-embedding-00)/, GEMINI],
  [/\bnova-2/, NOVA_2],
  [/\bnova-(?:micro|lite|pro|premier)/, NOVA],
  [/\bcommand-a-plus/, toCommand(0, 190, 25)],
  [/\bcommand-a\b/, toCommand(490, 890, 33)],
  [/\bcommand-r7b/, toCommand(490, 890, 12)],
  [/\bcommand-r\b/, toCommand(190, 750, 33)],
  [/\bcommand\b/, toCommand(55, 100, 33)],
  [/\bgrok-[4-9]/, GROK_4],
  // Three recordings with tools; arguments are elements of their own (6 answers).
  [/\bgrok-/, { ...UNKNOWN_FAMILY, tools: toToolRule(56, toCalls(12, 7)) }],
]
