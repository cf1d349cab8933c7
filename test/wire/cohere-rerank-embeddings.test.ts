import { describe, expect, it } from 'vitest'
import { read, readCounts, toLines, toSse } from './read.ts'

const usage = {
  billed_units: { input_tokens: 12, output_tokens: 7 },
  tokens: { input_tokens: 507, output_tokens: 10, reasoning_tokens: 3 },
  cached_tokens: 448,
}
const counts = { input: 507, output: 10, billedInput: 12, billedOutput: 7, cacheRead: 448, reasoning: 3 }

describe('a Cohere chat', () => {
  it('counts what was processed and keeps what is billed', () => {
    const body = {
      id: '1',
      message: { role: 'assistant', content: [{ type: 'text', text: 'Hi' }] },
      finish_reason: 'COMPLETE',
      usage,
    }
    expect(read(body).format?.name).toBe('cohere-chat')
    expect(readCounts(body)).toEqual(counts)
  })

  it('tells its counts in the last event', () => {
    const body = toSse([
      ['message-start', { type: 'message-start', delta: { message: { role: 'assistant', content: [] } } }],
      ['content-delta', { type: 'content-delta', index: 0, delta: { message: { content: { text: 'H' } } } }],
      ['content-delta', { type: 'content-delta', index: 0, delta: { message: { content: { text: 'i' } } } }],
      [
        'tool-call-start',
        {
          type: 'tool-call-start',
          index: 0,
          delta: { message: { tool_calls: { function: { name: 'f', arguments: '' } } } },
        },
      ],
      [
        'tool-call-delta',
        { type: 'tool-call-delta', index: 0, delta: { message: { tool_calls: { function: { arguments: '{}' } } } } },
      ],
      ['message-end', { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage } }],
    ])
    const { facts } = read(body)
    expect(facts.finished).toBe(true)
    expect(facts.completion).toMatchObject({ text: 'Hi', toolCalls: [{ name: 'f', arguments: '{}' }] })
    expect(readCounts(body)).toEqual(counts)
  })

  it('of version 1 streams lines, and repeats its text in the last one', () => {
    const body = toLines([
      { is_finished: false, event_type: 'stream-start', generation_id: 'g' },
      { is_finished: false, event_type: 'text-generation', text: 'Ar' },
      { is_finished: false, event_type: 'text-generation', text: 'rr' },
      {
        is_finished: true,
        event_type: 'stream-end',
        finish_reason: 'COMPLETE',
        response: { text: 'Arrr', generation_id: 'g', meta: usage },
      },
    ])
    const { facts, format } = read(body, { contentType: 'application/stream+json' })
    expect(format?.name).toBe('cohere-chat-v1')
    expect(facts.completion.text).toBe('Arrr')
    expect(readCounts(body)).toEqual(counts)
  })

  it('of version 1 has billed units only, in old answers', () => {
    const body = {
      response_id: 'r',
      generation_id: 'g',
      text: 'Hi',
      meta: { billed_units: { input_tokens: 23, output_tokens: 60 } },
    }
    expect(readCounts(body)).toEqual({ input: 23, output: 60, billedInput: 23, billedOutput: 60 })
  })
})

describe('reranking', () => {
  it('of Cohere is charged by the search and counts no tokens', () => {
    const body = { id: '1', results: [{ index: 3, relevance_score: 0.9 }], meta: { billed_units: { search_units: 2 } } }
    expect(read(body).format?.name).toBe('rerank')
    expect(readCounts(body)).toEqual({ toolCalls: { search_units: 2 } })
  })

  it('of Voyage counts a total, which is its input', () => {
    const body = {
      object: 'list',
      data: [{ relevance_score: 0.4, index: 0 }],
      model: 'rerank-2',
      usage: { total_tokens: 26 },
    }
    expect(readCounts(body)).toEqual({ input: 26, output: 0 })
  })
})

describe('a Cohere generation', () => {
  it('is charged by what stands in its meta', () => {
    const body = {
      id: 'g',
      generations: [{ id: 'x', text: ' Fair winds.', finish_reason: 'COMPLETE' }],
      meta: { api_version: { version: '1' }, billed_units: { input_tokens: 7, output_tokens: 30 } },
    }
    expect(read(body).format?.name).toBe('cohere-generate')
    expect(readCounts(body)).toMatchObject({ input: 7, output: 30, billedOutput: 30 })
    expect(read(body).facts).toMatchObject({ finished: true, completion: { text: ' Fair winds.' } })
  })
})

describe('embeddings generate no tokens', () => {
  const cases: Record<string, [body: object, counts: object]> = {
    OpenAI: [
      {
        object: 'list',
        data: [{ object: 'embedding', embedding: [0.1] }],
        model: 'e',
        usage: { prompt_tokens: 8, total_tokens: 8 },
      },
      { input: 8, output: 0 },
    ],
    Voyage: [
      { object: 'list', data: [{ embedding: 'AA==' }], model: 'v', usage: { total_tokens: 12 } },
      { input: 12, output: 0 },
    ],
    'Voyage, of an empty text': [
      { data: [{ embedding: [] }], usage: { total_tokens: 0 } },
      { input: 0, output: 0 },
    ],
    Cohere: [
      { embeddings: { float: [[0.1]] }, meta: { billed_units: { input_tokens: 4, image_tokens: 0 } } },
      { input: 4, output: 0, billedInput: 4, imageInput: 0 },
    ],
    'Vertex, which counts each text': [
      {
        predictions: [
          { embeddings: { statistics: { token_count: 4 } } },
          { embeddings: { statistics: { token_count: 7 } } },
        ],
      },
      { input: 11, output: 0 },
    ],
    Gemini: [
      { embedding: { values: [0.1] }, usageMetadata: { promptTokenCount: 11, totalTokenCount: 11 } },
      { input: 11, output: 0 },
    ],
    'Titan on Bedrock': [
      { embedding: [0.1], embeddingsByType: { float: [0.1] }, inputTextTokenCount: 3 },
      { input: 3, output: 0 },
    ],
    'Gemini without counts': [{ embeddings: [{ values: [0.1] }] }, {}],
    Ollama: [
      { model: 'nomic', embeddings: [[0.1]], total_duration: 5, prompt_eval_count: 6 },
      { input: 6, output: 0 },
    ],
  }

  it.each(Object.entries(cases))('%s', (_name, [body, expected]) => {
    expect(read(body).format?.name).toBe('embeddings')
    expect(readCounts(body)).toEqual(expected)
  })
})
