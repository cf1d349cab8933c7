import { describe, expect, it } from 'vitest'
import type { RequestFacts, WireFormat } from '../../src/wire/format.ts'
import { formatOfPath } from '../../src/wire/detect.ts'

function readRequest(path: string, body: object): RequestFacts {
  const format = formatOfPath(path) as WireFormat
  return format.readRequest(body as Record<string, unknown>)
}

/** Role and text of every message, short enough to compare at a glance. */
function textsOf({ prompt }: RequestFacts): string[] {
  return prompt.messages.map((message) => `${message.role}: ${message.text}`)
}

const image = 'data:image/png;base64,iVBORw0KGgo='

function texts(path: string, body: object): string[] {
  return readRequest(path, body).prompt.messages.map(({ text }) => text)
}

describe('a request', () => {
  it('of OpenAI chat', () => {
    const facts = readRequest('/v1/chat/completions', {
      model: 'gpt-test',
      stream: true,
      user: 'u-1',
      temperature: 0.5,
      max_completion_tokens: 100,
      max_tokens: 5,
      top_p: 0.9,
      frequency_penalty: 0.1,
      presence_penalty: -0.2,
      tools: [{ type: 'function', function: { name: 'f' } }],
      response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' } } },
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          name: 'ann',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: image, detail: 'low' } },
            { type: 'image_url', image_url: { url: 'https://example.org/a.png' } },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [{ function: { name: 'f', arguments: '{}' } }] },
      ],
    })
    expect(facts).toMatchObject({ model: 'gpt-test', stream: true, userId: 'u-1', messageKey: null })
    expect(facts.parameters).toEqual({
      temperature: 0.5,
      maxTokens: 100,
      topP: 0.9,
      frequencyPenalty: 0.1,
      presencePenalty: -0.2,
    })
    expect(textsOf(facts)).toEqual(['system: Be brief.', 'user: What is this?', 'assistant: '])
    expect(facts.prompt.messages[1]).toMatchObject({
      name: 'ann',
      media: [
        { kind: 'image', data: 'iVBORw0KGgo=', dataLength: 12, detail: 'low' },
        { kind: 'image', data: null, dataLength: 0, detail: null },
      ],
    })
    expect(facts.prompt.messages[2]?.toolCalls).toEqual([{ name: 'f', arguments: '{}' }])
    expect(facts.prompt.tools).toHaveLength(1)
    expect(facts.prompt.responseSchema).toEqual({ type: 'object' })
  })

  it('of the interface of Open WebUI names the message that it asks for', () => {
    const body = { model: 'm', messages: [], chat_id: 'c9', id: 'a1', session_id: 's' }
    expect(readRequest('/api/chat/completions', body).messageKey).toBe('c9:a1')
  })

  it('of OpenAI completions may hold texts or token ids', () => {
    const facts = readRequest('/v1/completions', { model: 'm', prompt: ['a', 'b'] })
    expect(textsOf(facts)).toEqual([': a', ': b'])
    expect(readRequest('/v1/completions', { prompt: [[1, 2, 3], [4]] }).prompt.tokenIds).toBe(4)
    expect(readRequest('/v1/completions', { prompt: [1, 2, 3] }).prompt).toMatchObject({ tokenIds: 3, messages: [] })
  })

  it('of OpenAI Responses', () => {
    const facts = readRequest('/v1/responses', {
      model: 'gpt-r',
      instructions: 'Be brief.',
      max_output_tokens: 64,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'Hi' },
            { type: 'input_image', image_url: image },
          ],
        },
        { type: 'function_call', name: 'f', arguments: '{"q":1}' },
        { type: 'function_call_output', output: 'forty' },
      ],
    })
    expect(textsOf(facts)).toEqual(['system: Be brief.', 'user: Hi', 'assistant: ', ': forty'])
    expect(facts.prompt.messages[1]?.media).toHaveLength(1)
    expect(facts.prompt.messages[2]?.toolCalls).toEqual([{ name: 'f', arguments: '{"q":1}' }])
    expect(facts.parameters.maxTokens).toBe(64)
    expect(textsOf(readRequest('/v1/responses', { input: 'Hello' }))).toEqual(['user: Hello'])
  })

  it('of Anthropic messages', () => {
    const facts = readRequest('/v1/messages', {
      model: 'claude-test',
      max_tokens: 1024,
      metadata: { user_id: 'u-2' },
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', data: 'AAAA' } },
            { type: 'text', text: 'Hi' },
          ],
        },
        { role: 'assistant', content: [{ type: 'tool_use', name: 'f', input: { q: 1 } }] },
        { role: 'user', content: [{ type: 'tool_result', content: [{ type: 'text', text: 'forty' }] }] },
      ],
    })
    expect(facts).toMatchObject({ model: 'claude-test', userId: 'u-2', parameters: { maxTokens: 1024 } })
    expect(textsOf(facts)).toEqual(['system: Be brief.', 'user: Hi', 'assistant: ', 'user: forty'])
    expect(facts.prompt.messages[1]?.media).toEqual([{ kind: 'image', data: 'AAAA', dataLength: 4, detail: null }])
    expect(facts.prompt.messages[2]?.toolCalls).toEqual([{ name: 'f', arguments: '{"q":1}' }])
  })

  it('of Gemini', () => {
    const facts = readRequest('/v1beta/models/g:generateContent', {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }, { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } }] },
        { role: 'model', parts: [{ functionCall: { name: 'f', args: { q: 1 } } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: { n: 40 } } }] },
      ],
      tools: [{ functionDeclarations: [{ name: 'f' }, { name: 'g' }] }],
      generationConfig: { temperature: 1, maxOutputTokens: 9, topP: 0.5 },
    })
    expect(textsOf(facts)).toEqual(['system: Be brief.', 'user: Hi', 'model: ', 'user: {"n":40}'])
    expect(facts.prompt.messages[1]?.media[0]?.kind).toBe('audio')
    expect(facts.prompt.messages[2]?.toolCalls).toEqual([{ name: 'f', arguments: '{"q":1}' }])
    expect(facts.prompt.tools).toHaveLength(2)
    expect(facts.parameters).toMatchObject({ temperature: 1, maxTokens: 9, topP: 0.5 })
  })

  it('of Ollama streams unless it says otherwise', () => {
    const facts = readRequest('/api/chat', {
      model: 'llama-test',
      messages: [{ role: 'user', content: 'Hi', images: ['iVBORw0KGgo='] }],
      options: { num_predict: 50, temperature: 0 },
    })
    expect(facts).toMatchObject({ stream: true, parameters: { maxTokens: 50, temperature: 0 } })
    expect(facts.prompt.messages[0]?.media).toHaveLength(1)
    expect(readRequest('/api/chat', { stream: false }).stream).toBe(false)
    expect(textsOf(readRequest('/api/generate', { system: 'S', prompt: 'P', suffix: 'X' }))).toEqual([': S\nP\nX'])
  })

  it('of Cohere in both versions', () => {
    const second = readRequest('/v2/chat', { model: 'command', messages: [{ role: 'user', content: 'Hi' }], p: 0.7 })
    expect(textsOf(second)).toEqual(['user: Hi'])
    expect(second.parameters.topP).toBe(0.7)
    const first = readRequest('/v1/chat', {
      preamble: 'S',
      chat_history: [{ role: 'CHATBOT', message: 'Hello' }],
      message: 'Hi',
    })
    expect(textsOf(first)).toEqual(['system: S', 'CHATBOT: Hello', 'user: Hi'])
  })

  it('of Bedrock Converse', () => {
    const facts = readRequest('/model/m/converse', {
      system: [{ text: 'S' }],
      messages: [
        { role: 'user', content: [{ text: 'Hi' }, { image: { format: 'png', source: { bytes: 'AAAA' } } }] },
        { role: 'assistant', content: [{ toolUse: { name: 'f', input: { q: 1 } } }] },
        { role: 'user', content: [{ toolResult: { content: [{ json: { n: 40 } }] } }] },
      ],
      inferenceConfig: { maxTokens: 9, topP: 0.5 },
    })
    expect(textsOf(facts)).toEqual(['system: S', 'user: Hi', 'assistant: ', 'user: {"n":40}'])
    expect(facts.prompt.messages[1]?.media).toHaveLength(1)
    expect(facts.parameters).toMatchObject({ maxTokens: 9, topP: 0.5 })
  })

  it('for embeddings, in the fields of every provider', () => {
    expect(texts('/v1/embeddings', { input: ['a', 'b'] })).toEqual(['a', 'b'])
    expect(texts('/v2/embed', { texts: ['a'] })).toEqual(['a'])
    expect(texts('/v1beta/models/e:embedContent', { content: { parts: [{ text: 'a' }] } })).toEqual(['a'])
    expect(
      texts('/v1beta/models/e:batchEmbedContents', {
        requests: [{ content: { parts: [{ text: 'a' }] } }, { content: { parts: [{ text: 'b' }] } }],
      }),
    ).toEqual(['a', 'b'])
    expect(texts('/v1/models/e:predict', { instances: [{ content: 'a' }] })).toEqual(['a'])
  })

  it('for reranking counts the query and the documents', () => {
    const { prompt } = readRequest('/v2/rerank', { query: 'q', documents: ['a', { text: 'b' }] })
    expect(prompt.messages.map(({ text }) => text)).toEqual(['q', 'a', 'b'])
  })

  it('keeps the head of a large payload only', () => {
    const content = [{ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(1_000_000)}` } }]
    const { prompt } = readRequest('/v1/chat/completions', { messages: [{ role: 'user', content }] })
    const part = prompt.messages[0]?.media[0]
    expect([part?.data?.length, part?.dataLength]).toEqual([65_536, 1_000_000])
  })
})
