import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Words that the readers look for, out of their own sources: keys of fields, and the values that decide what is done. */
function readWords(folder: string): string[] {
  const words = new Set<string>()
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    for (const [, word] of readFileSync(join(folder, file), 'utf8').matchAll(/'([\w.:-]{1,40})'/g)) words.add(word!)
  }
  return [...words]
}

/** From the root of the package, where tests and scripts run. */
const source = 'src'

export const words: readonly string[] = [
  ...new Set([join(source, 'wire'), join(source, 'tokens/prompt'), join(source, 'interpret')].flatMap(readWords)),
]

/** Texts that make naive patterns, decoders and tokenisers slow when they are repeated. */
export const units: readonly string[] = [
  'a', 'A', 'aB', '1', ' ', '\n', ' \n', '\r\n', '\t', '=', '"', '\\', '\\"', '/', '[{', '{"', '}', '漢字', '龘', 'ภาษา', '😀', '👩‍👩‍👧‍👦',
  'e\u0301\u0302', '\ud83d', 'AAAA', '\u00a0', '\u0085', "'s", "''", '.', '-', '_', 'a ', 'a.', 'a\n', '1,', '<|endoftext|>', '\0',
  'data:image/png;base64,', 'data: ', 'data: {}\n\n', 'event: x\n', ':\n', '"choices":[{"delta":{"content":"', '"usage":', '"usage" :',
  'a@', '@a.', 'a@b.co ', '+1 555 ', '4111 1111 ', 'IBAN ', 'sk-', 'password=', 'token: ', '://a:b@', '%40', '&#64;', '::', 'f0:', '1.1.1.',
] // prettier-ignore

/** Parts of requests and answers with which a mutation may go on. */
export const snippets: readonly unknown[] = [
  null,
  0,
  1e308,
  -1,
  '',
  [],
  {},
  [[]],
  { type: 'text', text: 'x' },
  { type: 'object', properties: { a: { type: 'string' } } },
  { type: ['object', 'Object', 'OBJECT'], properties: { a: {} } },
  { type: 'array', items: {} },
  { anyOf: [{}, { type: 'object', properties: {} }] },
  { enum: ['a', 'b'] },
  { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } },
  { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,/9j/////////////////' } },
  { type: 'image', source: { data: '/9j/4AAQ' } },
  { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo' } },
  { type: 'tool_result', content: [{ type: 'text', text: 'x' }] },
  { toolResult: { content: [{ json: {} }] } },
  { functionResponse: { response: {} } },
  { type: 'tool_use', name: 'f', input: {} },
  { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } },
  { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } },
  { functionDeclarations: [{ name: 'f', parameters: {} }] },
  { role: 'user', content: [{ type: 'text', text: 'x' }] },
  { usage: { prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 1 } } },
  { usage: { input_tokens: 1, output_tokens: 1, cache_read_input_tokens: 1, iterations: [{ type: 'compaction' }] } },
  { usageMetadata: { promptTokenCount: 1, promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 1 }] } },
  { choices: [{ index: 0, delta: { content: 'x', tool_calls: [{ index: 0, function: { arguments: 'x' } }] } }] },
  { choices: [{ message: { content: 'x' } }, { message: { content: 'y' } }] },
  { candidates: [{ content: { parts: [{ text: 'x' }, { thought: true, text: 'y' }] } }] },
  {
    output: [
      { type: 'message', content: [{ text: 'x' }] },
      { type: 'reasoning', summary: [{ text: 'y' }] },
    ],
  },
]
