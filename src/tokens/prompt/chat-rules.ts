import type { Completion, MediaPart, Prompt, PromptMessage, ToolCall } from '../../core/records/conversation.ts'
import { WorkBudget } from '../../core/work-budget.ts'
import type { CallRule, ModelFamily } from '../families/model-family.ts'
import { countArguments } from './count-arguments.ts'
import { countMedia } from './image-tokens.ts'
import { renderJson } from './rendered-json.ts'
import type { Rendered } from './text-writer.ts'
import { isHostedTool, renderToolDefinitions } from './tool-definitions.ts'

/** What to count of a prompt or an answer: texts, each by itself, and the tokens that the chat format adds to them. */
export interface CountParts {
  readonly texts: readonly string[]
  readonly overhead: number
  /** True when every part has a rule or a known size. */
  readonly exact: boolean
  readonly lowerBound: boolean
}

/** Of a message's overhead, for its role. */
const ROLE = 1
/** These are one token in every encoding. Others are counted as text. */
const KNOWN_ROLES = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function'])
const NAME = 1
/** Saved where the definitions share a system message that is there anyway. */
const SHARED_SYSTEM_MESSAGE = 4
const RESPONSE_SCHEMA = 3
/** Of the head of an image, which is decoded, and of the arguments of a call, which are walked. */
const CHARACTERS_PER_STEP = 256

/** Steps that one side of an exchange is walked for: some ten milliseconds of work. */
export const MAX_STEPS = 100_000

/** Parts while they are gathered. */
interface Gathering {
  readonly budget: WorkBudget
  readonly texts: string[]
  overhead: number
  exact: boolean
  lowerBound: boolean
}

const startGathering = (budget: WorkBudget): Gathering => ({
  budget,
  texts: [],
  overhead: 0,
  exact: true,
  lowerBound: false,
})

/** What the budget did not reach is missing, so that the count is a lower bound. */
function toParts({ budget, texts, overhead, exact, lowerBound }: Gathering): CountParts {
  return { texts, overhead, exact: exact && !budget.isSpent, lowerBound: lowerBound || budget.isSpent }
}

/** The rules of OpenAI's chat format, checked on recorded traffic; other families stay close to them. */
export function toPromptParts(prompt: Prompt, family: ModelFamily, budget = new WorkBudget(MAX_STEPS)): CountParts {
  const parts = startGathering(budget)
  parts.overhead = prompt.tokenIds
  if (prompt.truncated) markIncomplete(parts)
  for (const message of prompt.messages) {
    if (!budget.take()) break
    if (prompt.kind === 'chat') addMessage(parts, message, family)
    else addText(parts, message.text)
    for (const media of message.media) addMedia(parts, media, family)
  }
  if (prompt.kind === 'chat' && prompt.messages.length > 0) parts.overhead += family.priming
  if (prompt.tools.length > 0) addTools(parts, prompt, family)
  if (prompt.responseSchema !== null && prompt.responseSchema !== undefined) {
    parts.overhead += RESPONSE_SCHEMA
    addRendered(parts, renderJson(prompt.responseSchema, budget))
  }
  return toParts(parts)
}

/** Visible text only: where reasoning is hidden or shortened the count is a lower bound. */
export function toCompletionParts(
  completion: Completion,
  family: ModelFamily,
  budget = new WorkBudget(MAX_STEPS),
): CountParts {
  const { text, reasoningText, toolCalls, forcedTool } = completion
  const parts = startGathering(budget)
  parts.lowerBound = family.shows === 'part' || (family.shows === 'summary' && reasoningText !== '')
  addText(parts, reasoningText)
  addText(parts, text)
  const { calls, forced } = family.tools
  const isForced = isForcedBy(forcedTool, family)
  const [call] = toolCalls
  if (call && isForced && toolCalls.length === 1 && forced.isInPrompt) {
    addText(parts, call.arguments)
    return toParts(parts)
  }
  addToolCalls(parts, toolCalls, isForced ? forced.calls : calls)
  if (parts.texts.length > 0) parts.overhead += family.answer
  return toParts(parts)
}

function addMessage(parts: Gathering, message: PromptMessage, { message: overhead, tools }: ModelFamily): void {
  parts.overhead += overhead
  if (!KNOWN_ROLES.has(message.role)) {
    parts.overhead -= Math.min(overhead, ROLE)
    addText(parts, message.role)
  }
  if (message.name !== null) {
    parts.overhead += NAME
    addText(parts, message.name)
  }
  addText(parts, message.text)
  addToolCalls(parts, message.toolCalls, tools.calls)
}

function addMedia(parts: Gathering, part: MediaPart, family: ModelFamily): void {
  if (!parts.budget.take(1 + (part.data?.length ?? 0) / CHARACTERS_PER_STEP)) return
  const media = countMedia(part, family.image)
  parts.overhead += media.tokens
  parts.exact &&= media.exact
  parts.lowerBound ||= media.unknown
}

function addTools(parts: Gathering, { tools, messages, forcedTool }: Prompt, family: ModelFamily): void {
  const { format, instructions, each, forced } = family.tools
  const isForced = isForcedBy(forcedTool, family)
  parts.overhead += (isForced ? forced.instructions : instructions) + tools.length * each
  if (isForced && forced.isInPrompt) addText(parts, forcedTool ?? '')
  // What the vendor tells the model of a tool of its own, and what the tool adds to the prompt, stands in no request.
  if (tools.some(isHostedTool)) markIncomplete(parts)
  if (format === 'json') {
    addRendered(parts, renderJson(tools, parts.budget))
    return
  }
  addRendered(parts, renderToolDefinitions(tools, parts.budget))
  if (messages.some(({ role }) => role === 'system' || role === 'developer')) parts.overhead -= SHARED_SYSTEM_MESSAGE
}

/** Where the name ends the prompt, only a function that is named is forced. */
function isForcedBy(forcedTool: string | null, { tools }: ModelFamily): boolean {
  return forcedTool !== null && (forcedTool !== '' || !tools.forced.isInPrompt)
}

function addToolCalls(parts: Gathering, told: readonly ToolCall[], rule: CallRule): void {
  const calls = told.filter((call) => call.name !== '' || call.arguments !== '')
  if (calls.length > 0) parts.overhead += rule.opening
  if (calls.length > 1) parts.overhead += rule.several
  for (const call of calls) {
    if (!parts.budget.take(1 + call.arguments.length / CHARACTERS_PER_STEP)) return
    parts.overhead += rule.each
    if (rule.parameter !== 0) parts.overhead += rule.parameter * countArguments(call.arguments)
    addText(parts, call.name)
    addText(parts, call.arguments)
  }
}

function addRendered(parts: Gathering, { text, truncated }: Rendered): void {
  addText(parts, text)
  if (truncated) markIncomplete(parts)
}

/** Whatever was left out, there are more tokens than are counted. */
function markIncomplete(parts: Gathering): void {
  parts.exact = false
  parts.lowerBound = true
}

function addText(parts: Gathering, text: string): void {
  if (text !== '') parts.texts.push(text)
}
