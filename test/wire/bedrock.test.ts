import { describe, expect, it } from 'vitest'
import { encodeAwsChunk, encodeAwsEvent, encodeAwsMessage } from '../stream/aws-event.ts'
import { read, readCounts } from './read.ts'

const usage = {
  inputTokens: 3,
  outputTokens: 121,
  totalTokens: 2072,
  cacheReadInputTokens: 1712,
  cacheWriteInputTokens: 236,
  cacheDetails: [{ ttl: '5m', inputTokens: 236 }],
}
const counts = { input: 1951, output: 121, cacheRead: 1712, cacheWrite: 236, cacheWriteByLifetime: { '5m': 236 } }

describe('Bedrock Converse', () => {
  it('adds the cache to its input', () => {
    const content = [{ reasoningContent: { reasoningText: { text: 'Hm.' } } }, { text: 'Hi' }]
    const body = { output: { message: { role: 'assistant', content } }, stopReason: 'end_turn', usage }
    expect(read(body).format?.name).toBe('bedrock-converse')
    expect(readCounts(body)).toEqual(counts)
    expect(read(body).facts.completion).toMatchObject({ text: 'Hi', reasoningText: 'Hm.' })
  })

  it('tells its counts in the metadata of a binary stream', () => {
    const body = Buffer.concat([
      encodeAwsMessage('messageStart', { role: 'assistant' }),
      encodeAwsMessage('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hi' } }),
      encodeAwsMessage('contentBlockStart', { contentBlockIndex: 1, start: { toolUse: { name: 'f' } } }),
      encodeAwsMessage('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '{}' } } }),
      encodeAwsMessage('messageStop', { stopReason: 'tool_use' }),
      encodeAwsMessage('metadata', { usage, metrics: { latencyMs: 5 }, serviceTier: { type: 'flex' } }),
    ])
    const { facts } = read(body)
    expect(facts.finished).toBe(true)
    expect(facts.completion).toMatchObject({ text: 'Hi', toolCalls: [{ name: 'f', arguments: '{}' }] })
    expect(readCounts(body)).toEqual({ ...counts, serviceTier: 'flex' })
  })

  it('reports an exception in the stream by its name', () => {
    const exception = { ':message-type': 'exception', ':exception-type': 'throttlingException' }
    const { facts } = read(encodeAwsEvent(exception, { message: 'Too many tokens' }))
    expect(facts.error).toEqual({ code: 'throttlingException', message: 'Too many tokens' })
  })
})

describe('Bedrock InvokeModel', () => {
  it('takes the count of Bedrock before that of the model, and keeps the cache that only the model tells', () => {
    const body = Buffer.concat([
      encodeAwsChunk({
        type: 'message_start',
        message: { model: 'claude-b', usage: { input_tokens: 4, cache_read_input_tokens: 50, output_tokens: 1 } },
      }),
      encodeAwsChunk({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } }),
      encodeAwsChunk({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 130 } }),
      encodeAwsChunk({
        type: 'message_stop',
        'amazon-bedrock-invocationMetrics': { inputTokenCount: 4, outputTokenCount: 98 },
      }),
    ])
    const { facts, format } = read(body)
    expect(format?.name).toBe('anthropic-messages')
    expect([facts.model, facts.completion.text]).toEqual(['claude-b', 'Hi'])
    expect(readCounts(body)).toEqual({ input: 54, output: 98, cacheRead: 50 })
  })

  it('reads the cumulative counts of Llama', () => {
    const body = Buffer.concat([
      encodeAwsChunk({ generation: 'The', prompt_token_count: 9, generation_token_count: 1, stop_reason: null }),
      encodeAwsChunk({ generation: ' end', prompt_token_count: null, generation_token_count: 2, stop_reason: 'stop' }),
    ])
    expect(readCounts(body)).toEqual({ input: 9, output: 2 })
    expect(read(body).facts).toMatchObject({ finished: true, completion: { text: 'The end' } })
  })

  it('reads the counts of Titan', () => {
    const body = {
      inputTextTokenCount: 5,
      results: [{ tokenCount: 10, outputText: 'Hello', completionReason: 'FINISH' }],
    }
    expect(readCounts(body)).toEqual({ input: 5, output: 10 })
    expect(read(body).facts.completion.text).toBe('Hello')
  })

  it('counts nothing where a guardrail answered in place of the model', () => {
    const blocked = {
      outputText: 'Blocked',
      inputTextTokenCount: 6,
      totalOutputTextTokenCount: 3,
      'amazon-bedrock-guardrailAction': 'INTERVENED',
    }
    expect(readCounts(encodeAwsChunk(blocked))).toEqual({})
  })

  it('counts in the headers where the body has no counts', () => {
    const body = { id: 1234, completions: [{ data: { text: 'Hola' }, finishReason: { reason: 'endoftext' } }] }
    const headers = { 'x-amzn-bedrock-input-token-count': '26', 'x-amzn-bedrock-output-token-count': '42' }
    const path = '/model/ai21.j2/invoke'
    expect(readCounts(body, { path, headers })).toEqual({ input: 26, output: 42 })
    expect(readCounts(body, { path, headers: { 'x-amzn-bedrock-input-token-count': 'NaN' } })).toEqual({})
    expect(read(body, { path }).facts.completion.text).toBe('Hola')
  })

  it('adds the cache of the headers to their input', () => {
    const headers = {
      'x-amzn-bedrock-input-token-count': '4',
      'x-amzn-bedrock-output-token-count': '10',
      'x-amzn-bedrock-cache-read-input-token-count': '7',
      'x-amzn-bedrock-cache-write-input-token-count': '1209',
    }
    expect(readCounts({}, { headers })).toEqual({ input: 1220, output: 10, cacheRead: 7, cacheWrite: 1209 })
  })
})

describe('Bedrock Agents', () => {
  const trace = (step: string, told: object) =>
    encodeAwsMessage('trace', {
      agentId: 'A',
      trace: { [step]: { modelInvocationOutput: { metadata: { usage: told } } } },
    })
  const text = encodeAwsMessage('chunk', { bytes: Buffer.from('Land in sight.').toString('base64') })

  it('sum what their traces tell of each call', () => {
    const body = Buffer.concat([
      trace('preProcessingTrace', { inputTokens: 300, outputTokens: 20 }),
      trace('orchestrationTrace', { inputTokens: 900, outputTokens: 55 }),
      encodeAwsMessage('trace', { trace: { orchestrationTrace: { observation: { type: 'FINISH' } } } }),
      trace('orchestrationTrace', { inputTokens: 950, outputTokens: 5 }),
      text,
    ])
    for (const wantText of [false, true]) expect(readCounts(body, { wantText })).toEqual({ input: 2150, output: 80 })
    const { facts, format } = read(body)
    expect(format?.name).toBe('bedrock-agents')
    expect(facts).toMatchObject({ finished: true, completion: { text: 'Land in sight.' } })
  })

  it('tell nothing but the text where no traces were asked for', () => {
    const { facts, malformed } = read(text)
    expect([facts.usage.output, facts.completion.text, malformed]).toEqual([null, 'Land in sight.', 0])
  })
})

describe('the headers of an answer', () => {
  const body = { type: 'message', role: 'assistant', content: [], usage: { input_tokens: 5, output_tokens: 2 } }

  it('state the tier that was served, which wins over the body', () => {
    const tier = (headers: Record<string, string>, more: object = {}) =>
      read({ ...body, usage: { ...body.usage, ...more } }, { headers }).facts.usage.serviceTier
    expect(tier({ 'x-amzn-bedrock-service-tier': 'priority' }, { service_tier: 'standard' })).toBe('priority')
    expect(tier({ 'x-gemini-service-tier': 'Flex' })).toBe('flex')
    expect(tier({}, { service_tier: 'standard' })).toBe('standard')
  })

  it('count an embedding whose body does not', () => {
    const headers = { 'x-amzn-bedrock-input-token-count': '7' }
    expect(readCounts({ embeddings: [[0.1]], id: 'e', response_type: 'embeddings_floats' }, { headers })).toEqual({
      input: 7,
      output: 0,
    })
  })
})
