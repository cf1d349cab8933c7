import { isObject, parseJson, type JsonObject } from '../../src/core/json.ts'
import { createSanitiser } from '../../src/privacy/sanitise.ts'
import { createBpeCounter, countAll } from '../../src/tokens/kernel/bpe-counter.ts'
import { loadEncoding } from '../../src/tokens/kernel/encodings.ts'
import { findModelFamily } from '../../src/tokens/families/model-families.ts'
import { toCountableCompletion, toCountablePrompt } from '../../src/tokens/prompt/countable.ts'
import { wireFormats } from '../../src/wire/formats.ts'
import { toOptions } from '../privacy/sanitiser-options.ts'
import { read, toLines, toSse } from '../wire/read.ts'
import { samples } from '../wire/samples.ts'
import { snippets } from './dictionary.ts'
import type { Json } from './mutate.ts'

/** Work that an input makes. */
export interface Target {
  readonly name: string
  readonly seeds: readonly Json[]
  /** What would be sent, in bytes as on the wire. */
  toBytes(input: Json): string
  /** Everything that is not to be measured is done before the function that it answers is called. */
  prepare(bytes: string): () => unknown
}

const families = ['gpt-5', 'claude-sonnet-4-5'].map((model) => findModelFamily({ model, provider: null }))
const known = {
  userId: 'u-1',
  email: 'jo@example.com',
  name: 'Jo Doe',
  ip: '10.0.0.1',
  sessionId: 's',
  conversationId: 'c',
}

const tool = {
  type: 'function',
  function: {
    name: 'f',
    description: 'd',
    parameters: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
  },
}
const turn = {
  role: 'user',
  content: [
    { type: 'text', text: 'Hello' },
    { type: 'image_url', image_url: { url: 'https://a.example' } },
  ],
}
const call = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
}

/** Requests in the shapes of all formats at once: each reader takes what it knows. */
const requests: readonly Json[] = [
  {
    model: 'gpt-4o',
    messages: [{ role: 'system', content: 'Be brief.' }, turn, call],
    tools: [tool],
    response_format: {
      type: 'json_schema',
      json_schema: { schema: { type: 'object', properties: { a: { enum: ['x'] } } } },
    },
  },
  {
    system: [{ type: 'text', text: 's' }],
    messages: [{ role: 'user', content: [{ type: 'tool_result', content: [{ type: 'text', text: 'r' }] }] }],
    tools: [{ name: 'f', input_schema: { type: 'object', properties: { a: { type: ['string', 'null'] } } } }],
  },
  {
    instructions: 'i',
    input: [
      { role: 'user', content: [{ type: 'input_text', text: 't' }] },
      { type: 'function_call', name: 'f', arguments: '{}' },
    ],
    text: { format: { schema: { type: 'object' } } },
  },
  {
    contents: [{ role: 'user', parts: [{ text: 't' }, { functionCall: { name: 'f', args: { a: 1 } } }] }],
    systemInstruction: { parts: [{ text: 's' }] },
    tools: [
      { functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING' } } } }] },
    ],
  },
  {
    messages: [
      {
        role: 'user',
        content: [{ toolUse: { name: 'f', input: {} } }, { toolResult: { content: [{ json: { a: 1 } }] } }],
      },
    ],
    toolConfig: {
      tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object', properties: { a: {} } } } } }],
    },
  },
  { prompt: ['a', 'b'], inputText: 't', inputs: 't', suffix: 's', query: 'q', documents: ['d', { text: 'e' }] },
  {
    input: ['a', [1, 2, 3]],
    texts: ['a'],
    requests: [{ content: { parts: [{ text: 't' }] } }],
    instances: [{ content: 't' }],
  },
  { message: 'm', chat_history: [{ role: 'USER', message: 'm' }], preamble: 'p', additional_messages: [turn] },
]

/** The messages of a body, whatever its framing. */
function toMessages(sample: string | Buffer): Json[] {
  const text = sample.toString()
  const whole = parseJson(text)
  if (Array.isArray(whole)) return whole.filter(isObject) as Json[]
  if (isObject(whole)) return [whole as Json]
  return text.split('\n').flatMap((line) => {
    const message = parseJson(line.replace(/^data: ?/, ''))
    return isObject(message) ? [message as Json] : []
  })
}

const answers: readonly Json[] = samples.map(toMessages).filter((messages) => messages.length > 0)

function countBoth(input: JsonObject, format: (typeof wireFormats)[number]): void {
  const countable = toCountablePrompt(format.readRequest(input).prompt)
  countable.text()
  for (const family of families) countable.parts(family)
}

const requestTargets: readonly Target[] = wireFormats.map((format) => ({
  name: `request ${format.name}`,
  seeds: requests,
  toBytes: (input) => JSON.stringify(isObject(input) ? input : { messages: input, tools: input }),
  prepare(bytes) {
    const body = JSON.parse(bytes) as JsonObject
    return () => countBoth(body, format)
  },
}))

const answerTargets: readonly Target[] = wireFormats.map((format) => ({
  name: `answer ${format.name}`,
  seeds: answers,
  toBytes: (input) => JSON.stringify(Array.isArray(input) ? input.filter(isObject) : []),
  prepare(bytes) {
    const messages = JSON.parse(bytes) as JsonObject[]
    return () => {
      const reader = format.createReader({ maxTextLength: 1_048_576 })
      for (const message of messages) {
        const type = message['type']
        format.recognises(message, '')
        reader.read(message, typeof type === 'string' ? type : '')
      }
      const countable = toCountableCompletion(reader.facts().completion)
      countable.text()
      for (const family of families) countable.parts(family)
    }
  },
}))

const toList = (input: Json): Json[] => (Array.isArray(input) ? input : [input])

const framings: Readonly<Record<string, (input: Json) => string>> = {
  json: (input) => JSON.stringify(toList(input)[0] ?? {}),
  sse: (input) => toSse(toList(input).map((item) => (isObject(item) ? item : JSON.stringify(item)))),
  ndjson: (input) => toLines(toList(input)),
  'json array': (input) => JSON.stringify(toList(input)),
  // Texts as they are: what is no message, and no JSON.
  lines: (input) =>
    toList(input)
      .map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
      .join('\n'),
}

const bodyTargets: readonly Target[] = Object.entries(framings).map(([name, toBytes]) => ({
  name: `body ${name}`,
  seeds: [...answers, ['data: x', '', ': ping', 'data: {"a":1}', '']],
  toBytes,
  prepare: (text) => {
    const bytes = Buffer.from(text)
    return () => read(bytes, { contentType: name === 'sse' ? 'text/event-stream' : null, path: '/v1/chat/completions' })
  },
}))

/** A text in JSON: a list is joined, so that mutations can repeat and mix its parts. */
function toText(input: Json): string {
  if (typeof input === 'string') return input
  return Array.isArray(input) ? input.map(toText).join('') : JSON.stringify(input)
}

const texts: readonly Json[] = [
  ['The harbour was quiet that morning, ', 'and nobody could say when the ferry had left.\n'],
  ['a', ' '],
  [...snippets] as Json,
]

export async function createTargets(): Promise<readonly Target[]> {
  const counter = createBpeCounter(await loadEncoding('o200k_base'))
  const { redactText } = createSanitiser(toOptions({ redactPii: true }))
  const textTargets: Target[] = [
    { name: 'count text', seeds: texts, toBytes: toText, prepare: (text) => () => countAll(counter, text) },
    { name: 'redact text', seeds: texts, toBytes: toText, prepare: (text) => () => redactText(text, known) },
  ]
  return [...requestTargets, ...answerTargets, ...bodyTargets, ...textTargets]
}
