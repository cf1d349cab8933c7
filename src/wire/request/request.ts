import { EMPTY_PROMPT, type Prompt, type PromptMessage } from '../../core/records/conversation.ts'
import { MAX_ITEMS, readArray, readNumber, readObject, readString, readText, type JsonObject } from '../../core/json.ts'
import type { RequestFacts, SamplingParameters } from '../format.ts'
import { readForcedTool } from './forced-tool.ts'
import { readModelName } from '../reading/model-name.ts'
import { readContent } from './message-content.ts'

/** Facts of a request whose top level has the usual names; a format replaces what it writes otherwise. */
export function readCommonRequest(body: JsonObject, prompt: Prompt): RequestFacts {
  return {
    model: readModelName(body['model']),
    stream: body['stream'] === true,
    userId: readUserId(body),
    parameters: readSamplingParameters(body),
    prompt: withForcedTool(prompt, readForcedTool(body)),
    units: {},
    messageKey: null,
  }
}

function withForcedTool(prompt: Prompt, forcedTool: string | null): Prompt {
  return forcedTool === null ? prompt : { ...prompt, forcedTool }
}

const MAX_TOKENS_KEYS = [
  'max_completion_tokens',
  'max_output_tokens',
  'max_tokens',
  'max_tokens_to_sample',
  'max_new_tokens',
  'maxOutputTokens',
  'maxTokens',
  'maxTokenCount',
  'max_gen_len',
  'num_predict',
] as const

/** Sampling parameters under any of the names in use; their meanings do not differ. */
export function readSamplingParameters(source: JsonObject): SamplingParameters {
  return {
    temperature: readNumber(source['temperature']),
    maxTokens: firstNumber(source, MAX_TOKENS_KEYS),
    topP: firstNumber(source, ['top_p', 'topP', 'p']),
    frequencyPenalty: firstNumber(source, ['frequency_penalty', 'frequencyPenalty']),
    presencePenalty: firstNumber(source, ['presence_penalty', 'presencePenalty']),
  }
}

function firstNumber(source: JsonObject, keys: readonly string[]): number | null {
  for (const key of keys) {
    const value = readNumber(source[key])
    if (value !== null) return value
  }
  return null
}

/** `user`, or the id inside `metadata` where Anthropic and gateways put it. */
function readUserId(body: JsonObject): string | null {
  return readId(body['user']) ?? readId(readObject(body['metadata'])['user_id'])
}

/** Clients send numbers as well as text; nothing but blanks is nobody. */
function readId(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : readString(value)
  return text === null || text.trim() === '' ? null : text
}

/** Chat and message of a request that Open WebUI's own interface sends; `null` for other callers. */
export function readMessageKey(body: JsonObject): string | null {
  const chat = readText(body['chat_id'])
  const message = readText(body['message_id']) ?? readText(body['id'])
  return chat === null || message === null ? null : `${chat}:${message}`
}

export function toChatPrompt(messages: readonly PromptMessage[], tools: unknown, responseSchema: unknown): Prompt {
  return {
    ...EMPTY_PROMPT,
    messages,
    tools: readArray(tools),
    responseSchema: responseSchema ?? null,
  }
}

/** A message of a role whose content may have any format's shape. */
export function toMessage(role: unknown, content: unknown): PromptMessage {
  return { role: readString(role) ?? '', name: null, ...readContent(content) }
}

/** A text, several texts, token ids, or several lists of token ids. */
export function readTextPrompt(value: unknown, kind: 'completion' | 'embedding'): Prompt {
  const messages: PromptMessage[] = []
  let tokenIds = 0
  let truncated = false
  for (const item of Array.isArray(value) ? value : [value]) {
    if (typeof item === 'number') tokenIds++
    else if (Array.isArray(item)) tokenIds += item.length
    else if (messages.length < MAX_ITEMS) messages.push(toMessage('', item))
    else truncated = true
  }
  return {
    ...EMPTY_PROMPT,
    kind,
    messages: messages.filter((message) => message.text !== '' || message.media.length > 0),
    tokenIds,
    truncated,
  }
}
