import { describe, expect, it } from 'vitest'
import {
  EMPTY_COMPLETION,
  EMPTY_PROMPT,
  type Completion,
  type Prompt,
  type PromptMessage,
} from '../../src/core/records/conversation.ts'
import { redactToLength, SAMPLE_MARGIN, type Redact } from '../../src/privacy/redact-to-length.ts'
import { toCompletionSample, toPromptSample } from '../../src/privacy/samples.ts'
import { createSanitiser } from '../../src/privacy/sanitise.ts'
import { surround, VALUES } from './labelled-texts.ts'
import { createRandom } from './random.ts'
import { toOptions } from './sanitiser-options.ts'

const { redactText } = createSanitiser(toOptions({ redactPii: true }))

/** As the choke point reads it. */
function readPrompt(prompt: Prompt, limit: number, redact: Redact | null): string {
  return redactToLength(toPromptSample(prompt, limit), limit, redact) ?? ''
}

function readCompletion(completion: Completion, limit: number, redact: Redact | null = redactText): string {
  return redactToLength(toCompletionSample(completion, limit), limit, redact) ?? ''
}

function toMessage(text: string, changes: Partial<PromptMessage> = {}): PromptMessage {
  return { role: 'user', name: null, text, media: [], toolCalls: [], ...changes }
}

function toPrompt(messages: PromptMessage[], kind: Prompt['kind'] = 'chat'): Prompt {
  return { ...EMPTY_PROMPT, kind, messages }
}

function toCompletion(text: string, textLength = text.length): Completion {
  return { ...EMPTY_COMPLETION, text, textLength }
}

/** A piece of five characters of `value` that stands in `sample` and comes from nowhere else. */
function findFragment(sample: string, value: string, surroundings: string): string | null {
  for (let start = 0; start + 5 <= value.length; start++) {
    const fragment = value.slice(start, start + 5)
    if (sample.includes(fragment) && !surroundings.includes(fragment)) return fragment
  }
  return null
}

describe('toPromptSample', () => {
  it('writes a chat as one line for each message, media as a word', () => {
    const image = { kind: 'image', data: null, dataLength: 0, detail: null } as const
    const prompt = toPrompt([
      toMessage('Be brief.', { role: 'system' }),
      toMessage('What is this?', { media: [image, { ...image, kind: 'audio' }] }),
      toMessage('', { media: [image] }),
      toMessage('', { role: 'assistant', toolCalls: [{ name: 'find', arguments: '{"q":1}' }] }),
    ])
    expect(readPrompt(prompt, 500, null)).toBe(
      'system: Be brief.\nuser: What is this? [image] [audio]\nuser: [image]\nassistant: \nfind({"q":1})',
    )
  })

  it('writes bare texts without roles', () => {
    expect(readPrompt(toPrompt([toMessage('one'), toMessage('two')], 'embedding'), 500, null)).toBe('one\ntwo')
  })

  it('cuts at the limit, never inside a surrogate pair', () => {
    expect(readPrompt(toPrompt([toMessage('ab😀')], 'completion'), 3, null)).toBe('ab')
  })

  it('reads no further than the limit and its margin', () => {
    const messages = [toMessage('x'.repeat(1_000))]
    const unread = toMessage('')
    Object.defineProperty(unread, 'text', {
      get() {
        throw new Error('read')
      },
    })
    expect(readPrompt(toPrompt([...messages, unread], 'completion'), 100, redactText)).toBe('x'.repeat(100))
  })

  it('is empty when redaction gives nothing back', () => {
    expect(readPrompt(toPrompt([toMessage('hello')]), 500, () => null)).toBe('')
  })
})

describe('toCompletionSample', () => {
  it('fills the limit when nothing is found', () => {
    const text = 'lorem ipsum dolor sit amet '.repeat(100)
    expect(readCompletion(toCompletion(text), 500, redactText)).toBe(text.slice(0, 500))
  })

  it('keeps the end of a text that was not cut', () => {
    expect(readCompletion(toCompletion('write to alice@example.com'), 500, redactText)).toBe('write to [EMAIL]')
  })

  it('drops the open tail of a text that was cut before it came here', () => {
    const sample = readCompletion(toCompletion(`${'word '.repeat(40)}alice@exam`, 1_000), 500, redactText)
    expect(sample).toBe('word '.repeat(29))
  })

  it('adds tool calls, redacted', () => {
    const completion = { ...toCompletion('ok'), toolCalls: [{ name: 'mail', arguments: '{"to":"alice@example.com"}' }] }
    expect(readCompletion(completion, 500, redactText)).toBe('ok\nmail({"to":"[EMAIL]"})')
  })

  it.each([1, 2, 8, 14, 15])('cuts in front of a placeholder that ends beyond a limit of %i', (limit) => {
    const expected = limit < 15 ? 'write to'.slice(0, limit) + (limit > 8 ? ' ' : '') : 'write to [IBAN]'
    expect(readCompletion(toCompletion('write to DE89370400440532013000'), limit, redactText)).toBe(expected)
  })

  it('leaves no five characters of an entity wherever a stream or the limit is cut', () => {
    const random = createRandom(8)
    const entities = Object.keys(VALUES)
    for (let count = 0; count < 1_000; count++) {
      const value = VALUES[entities[count % entities.length]!]!(random)
      const body = surround(random, value)
      const at = body.indexOf(value)
      if (at === -1) continue
      // Replaced addresses shrink the text, so that the cut end of the raw text comes into view.
      const head = 'Ask somebody@example.com or someone.else@example.com. '.repeat(count % 8)
      const text = `${head}${body} and so on.`
      const surroundings = text.replace(value, '')
      for (let cut = head.length + at; cut <= head.length + at + value.length; cut++) {
        const streamed = readCompletion(toCompletion(text.slice(0, cut), text.length), 400, redactText)
        const limited = readCompletion(toCompletion(text), cut, redactText)
        const byMargin = readCompletion(toCompletion(text), Math.max(1, cut - SAMPLE_MARGIN), redactText)
        for (const sample of [streamed, limited, byMargin]) {
          expect(findFragment(sample, value, surroundings)).toBeNull()
          expect(sample).not.toMatch(/\[[A-Z_]*$/)
        }
      }
    }
  })
})
