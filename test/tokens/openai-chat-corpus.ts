import { existsSync, readdirSync, readFileSync } from 'node:fs'
import {
  EMPTY_COMPLETION,
  type Completion,
  type MediaPart,
  type Prompt,
  type ToolCall,
} from '../../src/core/records/conversation.ts'
import { isObject, readArray, readNumber, readObject, readString } from '../../src/core/json.ts'

/** Recorded traffic that is not part of the package. */
const corpus = new URL('../../../shared/corpus/', import.meta.url)
export const hasCorpus = existsSync(corpus)

export interface RecordedChat {
  readonly id: string
  readonly model: string
  readonly prompt: Prompt
  readonly completion: Completion
  readonly input: number
  /** Without hidden reasoning. */
  readonly output: number
  readonly kind: 'text' | 'tools' | 'schema' | 'image' | 'other'
}

/** The OpenAI chat exchanges that report usage, from variants such as `openai-chat` and `openai-chat-stream`. */
export function readRecordedChats(variants: readonly string[]): RecordedChat[] {
  return variants.flatMap((variant) =>
    readdirSync(new URL(`${variant}/`, corpus)).flatMap((name) => readRecordedChat(`${variant}/${name}`) ?? []),
  )
}

function readRecordedChat(id: string): RecordedChat | null {
  const folder = new URL(`${id}/`, corpus)
  const meta = readObject(JSON.parse(readFileSync(new URL('meta.json', folder), 'utf8')))
  const body = readObject(readObject(JSON.parse(readFileSync(new URL('request.json', folder), 'utf8')))['body'])
  const expected = readObject(meta['expected'])
  const input = readNumber(expected['input'])
  const output = readNumber(expected['output'])
  const prompt = toPrompt(body)
  if (input === null || output === null || prompt.messages.length === 0) return null
  const response = readFileSync(new URL('response.body', folder), 'utf8')
  const answer = response.trimStart().startsWith('{') ? readJson(response) : readStream(response)
  const completion = { ...answer, forcedTool: prompt.forcedTool }
  const model = readString(meta['model']) ?? ''
  const kind = toKind(body, prompt)
  // Two recordings were edited to hold reasoning of a model that has none.
  const hidden = model.startsWith('gpt-4o') ? 0 : (readNumber(expected['reasoning']) ?? 0)
  return { id, model, prompt, completion, input, output: output - hidden, kind }
}

function toKind(body: ReturnType<typeof readObject>, prompt: Prompt): RecordedChat['kind'] {
  const isSpecial = 'web_search_options' in body || 'functions' in body || String(body['model']).includes('audio')
  if (isSpecial) return 'other'
  if (prompt.messages.some((message) => message.media.length > 0)) {
    return prompt.messages.every((message) => message.media.every((part) => part.kind === 'image')) ? 'image' : 'other'
  }
  if (prompt.responseSchema !== null) return 'schema'
  return prompt.tools.length > 0 || prompt.messages.some((message) => message.toolCalls.length > 0) ? 'tools' : 'text'
}

function toPrompt(body: ReturnType<typeof readObject>): Prompt {
  const messages = readArray(body['messages'])
    .map(readObject)
    .map((message) => {
      const content = message['content']
      const parts = readArray(content).map(readObject)
      return {
        role: readString(message['role']) ?? '',
        name: readString(message['name']),
        text: readString(content) ?? parts.map((part) => readString(part['text']) ?? '').join(''),
        media: parts.flatMap((part) => toMedia(part) ?? []),
        toolCalls: readToolCalls(message['tool_calls']),
      }
    })
  const responseSchema = readObject(readObject(body['response_format'])['json_schema'])['schema'] ?? null
  const forcedTool = readString(readObject(readObject(body['tool_choice'])['function'])['name'])
  return {
    kind: 'chat',
    messages,
    tools: readArray(body['tools']),
    responseSchema,
    tokenIds: 0,
    truncated: false,
    forcedTool,
  }
}

function toMedia(part: ReturnType<typeof readObject>): MediaPart | null {
  if (part['type'] === 'text') return null
  const image = readObject(part['image_url'])
  const url = readString(image['url'])
  const data = url?.startsWith('data:') ? url.slice(url.indexOf(',') + 1) : null
  const kind = part['type'] === 'image_url' ? 'image' : part['type'] === 'input_audio' ? 'audio' : 'file'
  return { kind, data, dataLength: data?.length ?? 0, detail: readString(image['detail']) }
}

function readToolCalls(value: unknown): ToolCall[] {
  return readArray(value)
    .map((call) => readObject(readObject(call)['function']))
    .map((call) => ({ name: readString(call['name']) ?? '', arguments: readString(call['arguments']) ?? '' }))
}

function readJson(response: string): Completion {
  const messages = readArray(readObject(JSON.parse(response))['choices']).map((choice) =>
    readObject(readObject(choice)['message']),
  )
  const text = messages.map((message) => readString(message['content']) ?? '').join('')
  return {
    ...EMPTY_COMPLETION,
    text,
    textLength: text.length,
    toolCalls: messages.flatMap((message) => readToolCalls(message['tool_calls'])),
  }
}

function readStream(response: string): Completion {
  const deltas = response
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .flatMap((line) => readArray(readObject(JSON.parse(line.slice(6)))['choices']))
    .map((choice) => readObject(readObject(choice)['delta']))
  const text = deltas.map((delta) => readString(delta['content']) ?? '').join('')
  const toolCalls = new Map<unknown, ToolCall>()
  for (const call of deltas.flatMap((delta) => readArray(delta['tool_calls'])).filter(isObject)) {
    const known = toolCalls.get(call['index']) ?? { name: '', arguments: '' }
    const added = readObject(call['function'])
    toolCalls.set(call['index'], {
      name: known.name + (readString(added['name']) ?? ''),
      arguments: known.arguments + (readString(added['arguments']) ?? ''),
    })
  }
  return { ...EMPTY_COMPLETION, text, textLength: text.length, toolCalls: [...toolCalls.values()] }
}
