import { describe, expect, it } from 'vitest'
import { guessProvider } from '../../src/providers/guess-provider.ts'
import { read, readCounts, toSse } from './read.ts'

const usage = { inputTokens: 30, outputTokens: 9, totalTokens: 39, reasoningTokens: 2, cachedInputTokens: 20 }
const parts = [
  { type: 'start', messageId: 'x' },
  { type: 'start-step' },
  { type: 'reasoning-delta', id: 'r', delta: 'Hm.' },
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', delta: 'Fair ' },
  { type: 'text-delta', id: 't', delta: 'winds' },
  { type: 'text-end', id: 't' },
  { type: 'tool-input-start', toolCallId: 'c', toolName: 'chart' },
  { type: 'tool-input-delta', toolCallId: 'c', inputTextDelta: '{"q":1}' },
  { type: 'tool-input-available', toolCallId: 'c', toolName: 'chart', input: { q: 1 } },
  { type: 'tool-input-available', toolCallId: 'd', toolName: 'log', input: { z: 2 } },
  { type: 'finish-step' },
]
const at = { path: '/api/chat' }

describe('the stream of the AI SDK', () => {
  it('is told from Ollama’s, which has the same path', () => {
    const body = toSse([...parts, { type: 'finish' }, '[DONE]'])
    const { facts, format } = read(body, at)
    expect(format?.name).toBe('ai-sdk-ui')
    expect(facts).toMatchObject({
      finished: true,
      error: null,
      completion: { text: 'Fair winds', reasoningText: 'Hm.' },
    })
    expect(facts.completion.toolCalls).toEqual([
      { name: 'chart', arguments: '{"q":1}' },
      { name: 'log', arguments: '{"z":2}' },
    ])
    expect(readCounts(body, at)).toEqual({})
    const hints = { option: null, host: null, path: '/api/chat', format: 'ai-sdk-ui', model: null }
    expect(guessProvider(hints)).toBeNull()
  })

  it.each<[string, object]>([
    ['in the metadata of the message', { messageMetadata: { totalUsage: usage, model: 'm' } }],
    ['under another name there', { messageMetadata: { usage } }],
    ['in the last part', { usage }],
  ])('has usage where the application puts it: %s', (_, more) => {
    const body = toSse([...parts, { type: 'finish', finishReason: 'stop', ...more }, '[DONE]'])
    expect(readCounts(body, at)).toEqual({ input: 30, output: 9, cacheRead: 20, reasoning: 2 })
  })

  it('reads details as later versions nest them, and leaves the usage of a step to the total', () => {
    const nested = {
      inputTokens: 30,
      outputTokens: 9,
      inputTokenDetails: { noCacheTokens: 5, cacheReadTokens: 20, cacheWriteTokens: 5 },
      outputTokenDetails: { textTokens: 7, reasoningTokens: 2 },
    }
    const step = { type: 'finish-step', usage: { inputTokens: 1, outputTokens: 1 } }
    expect(readCounts(toSse([...parts, step, { type: 'finish', totalUsage: nested }]), at)).toEqual({
      input: 30,
      output: 9,
      cacheRead: 20,
      cacheWrite: 5,
      reasoning: 2,
    })
  })

  it('tells of its error', () => {
    const { facts } = read(toSse([...parts, { type: 'error', errorText: 'Overboard' }]), at)
    expect(facts.error).toEqual({ code: null, message: 'Overboard' })
    expect(facts.finished).toBe(false)
  })

  it('is asked for with messages made of parts', () => {
    const { format } = read(toSse(parts), at)
    const facts = format?.readRequest({
      id: 'chat',
      messages: [{ id: 'm', role: 'user', parts: [{ type: 'text', text: 'Where to?' }] }],
    })
    expect(facts?.prompt.messages).toMatchObject([{ role: 'user', text: 'Where to?' }])
    expect(facts?.stream).toBe(true)
  })
})
