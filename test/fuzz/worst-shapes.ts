import type { Json } from './mutate.ts'

/** Inputs that once took time out of proportion, or that a search came up with: each grows to about so many bytes. */
export const worstShapes: readonly { readonly name: string; readonly target: string; make(bytes: number): Json }[] = [
  { name: 'a type in many spellings, nested', target: 'request openai-chat', make: toSpeltSchema },
  { name: 'a wide list of types', target: 'request openai-responses', make: toWideTypes },
  {
    name: 'texts of one letter',
    target: 'request openai-completions',
    make: (bytes) => ({ prompt: fill(bytes / 4, () => 'a') }),
  },
  {
    name: 'empty messages',
    target: 'request openai-chat',
    make: (bytes) => ({ messages: fill(bytes / 3, () => ({})) }),
  },
  {
    name: 'empty parts',
    target: 'request anthropic-messages',
    make: (bytes) => ({ messages: [{ content: fill(bytes / 3, () => ({})) }] }),
  },
  { name: 'tiny tool calls', target: 'request openai-chat', make: toToolCalls },
  { name: 'tiny images', target: 'request gemini-generate', make: toImages },
  { name: 'references in a circle', target: 'request openai-chat', make: toReferences },
  { name: 'ever new fields of usage', target: 'answer anthropic-messages', make: toNewFields },
  { name: 'ever new fields of usage in a stream', target: 'body sse', make: toNewFields },
  { name: 'ever new choices and calls', target: 'answer openai-chat', make: toNewChoices },
  {
    name: 'choices that break off',
    target: 'body sse',
    make: (bytes) => fill(bytes / 3_600, () => '"choices":[{"delta":{"content":"'.repeat(110)),
  },
  {
    name: 'lines that are no JSON',
    target: 'body lines',
    make: (bytes) => ['data: {', ...fill(bytes / 9, () => '\ndata: {x')],
  },
]

function fill<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: Math.ceil(count) }, (_, index) => make(index))
}

function spell(word: string, bits: number): string {
  return Array.from(word, (letter, at) => ((bits >> at) & 1 ? letter.toUpperCase() : letter)).join('')
}

function toSpeltSchema(bytes: number): Json {
  const depth = 8
  const types = fill(Math.min(64, bytes / depth / 9), (bits) => spell('object', bits))
  let schema: Json = { type: 'string' }
  for (let level = 0; level < depth; level++) schema = { type: types, properties: { a: schema } }
  return { messages: [], tools: [{ type: 'function', function: { name: 'f', parameters: schema } }] }
}

function toWideTypes(bytes: number): Json {
  const types = fill(bytes / 14, (bits) => spell('completely', bits))
  return { input: 'x', tools: [{ name: 'f', parameters: { type: 'object', properties: { a: { type: types } } } }] }
}

function toToolCalls(bytes: number): Json {
  return {
    messages: [{ role: 'assistant', tool_calls: fill(bytes / 34, () => ({ function: { name: 'f', arguments: '' } })) }],
  }
}

function toImages(bytes: number): Json {
  return { contents: [{ parts: fill(bytes / 48, () => ({ inlineData: { mimeType: 'image/png', data: '/9j/' } })) }] }
}

function toReferences(bytes: number): Json {
  const properties = Object.fromEntries(fill(bytes / 40, (index) => [`p${index}`, { $ref: '#/$defs/a' }]))
  const schema = { type: 'object', properties, $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] } } }
  return { messages: [], tools: [{ type: 'function', function: { name: 'f', parameters: schema } }] }
}

function toNewFields(bytes: number): Json {
  return fill(bytes / 62, (index) => ({ type: 'message_delta', usage: { [`k${index}`]: 1, output_tokens: 1 } }))
}

function toNewChoices(bytes: number): Json {
  return fill(bytes / 150, (index) => ({
    object: 'chat.completion.chunk',
    choices: [{ index, delta: { tool_calls: [{ index, function: { name: `n${index}`, arguments: 'x' } }] } }],
  }))
}
