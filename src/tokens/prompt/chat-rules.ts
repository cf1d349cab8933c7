import type { Completion, MediaPart, Prompt, PromptMessage, ToolCall } from '../../core/conversation.ts'
import { countMedia } from './image-tokens.ts'
import type { ModelFamily } from '../model-families.ts'
import { renderJson, type Rendered } from './rendered-json.ts'
import { renderToolDefinitions } from './tool-definitions.ts'

/** What to count of a prompt or an answer: texts, each by itself, and the tokens that the chat format adds to them. */
export interface CountParts {
  readonly texts: readonly string[]
  readonly overhead: number
  /** True when every part has a rule or a known size. */
  readonly exact: boolean
  readonly lowerBound: boolean
}

/** Start, separator and end of a message. */
const MESSAGE = 3
const ROLE = 1
/** These are one token in every encoding. Others are counted as text. */
const KNOWN_ROLES = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function'])
const NAME = 1
/** Saved where the definitions share a system message that is there anyway. */
const SHARED_SYSTEM_MESSAGE = 4
const RESPONSE_SCHEMA = 3
const TOOL_CALL = 7
const SEVERAL_TOOL_CALLS = 14
const FORCED_TOOL = 6

/** Parts while they are gathered. */
type Draft = { -readonly [Key in keyof CountParts]: CountParts[Key] } & { readonly texts: string[] }

const createDraft = (): Draft => ({ texts: [], overhead: 0, exact: true, lowerBound: false })

/** The rules of OpenAI's chat format, checked on recorded traffic; other families stay close to them. */
export function toPromptParts(prompt: Prompt, family: ModelFamily): CountParts {
  const draft = createDraft()
  draft.overhead = prompt.tokenIds
  for (const message of prompt.messages) {
    if (prompt.kind === 'chat') addMessage(draft, message)
    else addText(draft, message.text)
    for (const part of message.media) addMedia(draft, part, family)
  }
  if (prompt.kind === 'chat' && prompt.messages.length > 0) draft.overhead += family.priming
  if (prompt.tools.length > 0) addTools(draft, prompt, family)
  if (prompt.forcedTool) {
    draft.overhead += FORCED_TOOL
    addText(draft, prompt.forcedTool)
  }
  if (prompt.responseSchema !== null && prompt.responseSchema !== undefined) {
    draft.overhead += RESPONSE_SCHEMA
    addRendered(draft, renderJson(prompt.responseSchema))
  }
  return draft
}

/** Visible text only: where reasoning is hidden or shortened the count is a lower bound. */
export function toCompletionParts(completion: Completion, family: ModelFamily): CountParts {
  const { text, reasoningText, toolCalls, forcedTool } = completion
  const draft = createDraft()
  draft.lowerBound = family.shows === 'part' || (family.shows === 'summary' && reasoningText !== '')
  addText(draft, reasoningText)
  addText(draft, text)
  const [call] = toolCalls
  if (call && forcedTool && toolCalls.length === 1) {
    addText(draft, call.arguments)
    return draft
  }
  addToolCalls(draft, toolCalls)
  if (draft.texts.length > 0) draft.overhead += family.answer
  return draft
}

function addMessage(draft: Draft, message: PromptMessage): void {
  draft.overhead += MESSAGE
  if (KNOWN_ROLES.has(message.role)) draft.overhead += ROLE
  else addText(draft, message.role)
  if (message.name !== null) {
    draft.overhead += NAME
    addText(draft, message.name)
  }
  addText(draft, message.text)
  addToolCalls(draft, message.toolCalls)
}

function addMedia(draft: Draft, part: MediaPart, family: ModelFamily): void {
  const media = countMedia(part, family.image)
  draft.overhead += media.tokens
  draft.exact &&= media.exact
  draft.lowerBound ||= media.unknown
}

function addTools(draft: Draft, { tools, messages }: Prompt, family: ModelFamily): void {
  const { format, overhead } = family.tools
  draft.overhead += overhead
  if (format === 'json') {
    addRendered(draft, renderJson(tools))
    return
  }
  addRendered(draft, renderToolDefinitions(tools))
  if (messages.some(({ role }) => role === 'system' || role === 'developer')) draft.overhead -= SHARED_SYSTEM_MESSAGE
}

function addToolCalls(draft: Draft, calls: readonly ToolCall[]): void {
  for (const call of calls) {
    draft.overhead += TOOL_CALL
    addText(draft, call.name)
    addText(draft, call.arguments)
  }
  if (calls.length > 1) draft.overhead += SEVERAL_TOOL_CALLS
}

function addRendered(draft: Draft, { text, truncated }: Rendered): void {
  addText(draft, text)
  draft.lowerBound ||= truncated
}

function addText(draft: Draft, text: string): void {
  if (text !== '') draft.texts.push(text)
}
