import { UNKNOWN_FAMILY, type CallRule, type ModelFamily, type ToolRule } from './model-family.ts'

/**
 * Calls are written as elements, one for each argument. Measured in November 2026 on 8 answers of Claude 3.5 to 4.6 on
 * Messages and chat completions: 34 tokens for a call without arguments, 45 with one, 54 with two, 72 for two calls.
 */
const CALLS: CallRule = { opening: 15, each: 16, parameter: 11, several: 0 }
/** A call that the request demands needs less around it (6 answers). */
const FORCED_CALLS: CallRule = { opening: 0, each: 13, parameter: 11, several: 0 }
/** Of 5 (4 answers), whose factor is higher. */
const NEWER_CALLS: CallRule = { opening: 10, each: 15, parameter: 11, several: 0 }
/** What a definition costs beside its JSON: 4 to 15 tokens in 8 prompts. */
const TOOL = 8

const CLAUDE: ModelFamily = { ...UNKNOWN_FAMILY, answer: 3, image: { kind: 'area', pixels: 750, longest: 1568 } }

function toClaude(factor: number, instructions: number, forced: number, calls = CALLS): ModelFamily {
  const tools: ToolRule = {
    format: 'json',
    instructions,
    each: TOOL,
    calls,
    forced: { instructions: forced, isInPrompt: false, calls: FORCED_CALLS },
  }
  return { ...CLAUDE, factor, tools, shows: factor === OLD ? 'all' : 'summary' }
}

/** Tokens of Claude for one of o200k_base: to 3.x, to 4.6, and from 4.7 on. */
const OLD = 1.16
const MIDDLE = 1.1
const NEW = 1.45

const NEWEST = toClaude(NEW, 290, 410, NEWER_CALLS)
const OLDEST = toClaude(OLD, 346, 313)
/**
 * The instructions that come with tools, where the model may choose and where it must call one: Anthropic's documentation,
 * November 2026, which recorded prompts confirm. From the newest version down.
 */
const versions: readonly (readonly [number, ModelFamily])[] = [
  [4.8, NEWEST],
  [4.7, toClaude(NEW, 675, 804, NEWER_CALLS)],
  [4.5, toClaude(MIDDLE, 496, 588)],
  [4, toClaude(MIDDLE, 313, 315)],
  [0, OLDEST],
]
const CLAUDE_3_HAIKU = toClaude(OLD, 264, 340)
const CLAUDE_5_SONNET = toClaude(NEW, 354, 474, NEWER_CALLS)

/** `claude-3-5-haiku`, `claude-opus-4-20250514`, `claude-4.6-sonnet`, `claude-v2`: dates are no minor versions. */
const VERSION = /\bclaude-(?:[a-z]+-)?v?(\d{1,2})(?:[.-](\d{1,2})(?!\d))?(?!\d)/

/** By version, in whatever place it stands; a name that tells none means the newest. */
export function findClaudeFamily(name: string): ModelFamily | undefined {
  if (!/\bclaude|anthropic/.test(name)) return undefined
  const [, major, minor = '0'] = VERSION.exec(name) ?? []
  if (major === undefined) return name.includes('instant') ? OLDEST : NEWEST
  if (Number(major) === 3 && name.includes('haiku')) return CLAUDE_3_HAIKU
  if (Number(major) === 5 && name.includes('sonnet')) return CLAUDE_5_SONNET
  const version = Number(major) + Math.min(Number(minor), 9) / 10
  return versions.find(([from]) => version >= from)?.[1] ?? OLDEST
}
