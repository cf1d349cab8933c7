import { describe, expect, it } from 'vitest'
import { CompletionBuilder } from '../../src/wire/reading/completion-builder.ts'
import { readChatPiece } from '../../src/wire/openai/openai-chat-piece.ts'
import { LINEAR, toCostPerUnit } from '../setup/cpu-time.ts'

/** The text of a chunk that can be read without parsing it, else `null`. */
function pieceOf(message: object | string): string | null {
  const completion = new CompletionBuilder(1000)
  const text = typeof message === 'string' ? message : JSON.stringify(message)
  return readChatPiece(text, completion) ? completion.completion().text : null
}

function chunk(choice: object, more: object = {}): object {
  return { id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [choice], usage: null, ...more }
}

describe('a chunk that only carries text', () => {
  it('is read in the orders of fields that providers use', () => {
    const choices = [
      { index: 0, delta: { content: 'Hi' }, logprobs: null, finish_reason: null },
      { index: 0, delta: { role: 'assistant', content: 'Hi' }, finish_reason: null, native_finish_reason: null },
      {
        delta: { content: 'Hi', function_call: null, refusal: null, role: null, tool_calls: null },
        finish_reason: null,
        index: 0,
      },
      { finish_reason: null, index: 0, logprobs: null, delta: { content: 'Hi' } },
    ]
    expect(choices.map((choice) => pieceOf(chunk(choice)))).toEqual(['Hi', 'Hi', 'Hi', 'Hi'])
    expect(
      pieceOf('{"model": "m", "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": null}]}'),
    ).toBe('Hi')
  })

  it('keeps escapes, quotes and other scripts', () => {
    const content = 'a "b" \\ \n\t\u0000 {"choices":[{"index":0}]} ü 🌍'
    expect(pieceOf(chunk({ index: 0, delta: { content }, finish_reason: null }))).toBe(content)
  })

  it('is parsed when it could say anything else', () => {
    const text = { index: 0, delta: { content: 'Hi' }, finish_reason: null }
    for (const message of [
      chunk(text, { usage: { prompt_tokens: 1, completion_tokens: 1 } }),
      chunk(text, { error: { message: 'broken' } }),
      chunk(text, { x_groq: { id: '1' } }),
      { usage: { prompt_tokens: 1 }, choices: [text] },
      { usage: { prompt_tokens: 1 }, model: 'm', choices: [text], id: 'c' },
      chunk({ ...text, finish_reason: 'stop' }),
      chunk({ ...text, delta: { content: 'Hi', tool_calls: [] } }),
      chunk({ ...text, delta: { content: 'Hi', reasoning: 'Hm' } }),
      chunk({ ...text, delta: { content: null } }),
      { choices: [text, { ...text, index: 1 }] },
      { wrapped: chunk(text) },
      chunk({ ...text, delta: { content: 'x'.repeat(5000) } }),
    ]) {
      expect([message, pieceOf(message)]).toEqual([message, null])
    }
  })

  it('does not stall on hostile repetition', () => {
    for (const text of ['"choices":[{', '"choices":[{"index":0,', '"a":null,', '\\"', '"content":"']) {
      const look = (length: number) => {
        for (let times = 0; times < 20; times++) {
          pieceOf(`{"choices":[{${text.repeat(length / text.length)}`)
          pieceOf(`{"choices":[{"delta":{"content":"${text.repeat(length / text.length)}`)
          pieceOf(text.repeat(length / text.length))
        }
      }
      expect(toCostPerUnit(look, 900), text).toBeLessThan(LINEAR)
    }
  })
})
