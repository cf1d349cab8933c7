import { describe, expect, it } from 'vitest'
import { EMPTY_COMPLETION, EMPTY_PROMPT, type Prompt, type PromptMessage } from '../../src/core/records/conversation.ts'
import { WorkBudget } from '../../src/core/work-budget.ts'
import { toCompletionParts, toPromptParts } from '../../src/tokens/prompt/chat-rules.ts'
import { findModelFamily } from '../../src/tokens/families/model-families.ts'
import { toPng } from './image-heads.ts'

const gpt4o = findModelFamily({ model: 'gpt-4o', provider: null })
const find = (model: string, format: string | null = null) => findModelFamily({ model, provider: null, format })
const gpt5 = find('gpt-5')
const claude = find('claude-sonnet-4-5')

const toMessage = (message: Partial<PromptMessage>): PromptMessage => ({
  role: 'user',
  name: null,
  text: '',
  media: [],
  toolCalls: [],
  ...message,
})
const toPrompt = (messages: Partial<PromptMessage>[], prompt: Partial<Prompt> = {}): Prompt => ({
  ...EMPTY_PROMPT,
  messages: messages.map(toMessage),
  ...prompt,
})
const weather = { name: 'get_weather', arguments: '{"city":"Bern"}' }

describe('the overhead of a chat prompt', () => {
  it('is 3 tokens and the role for each message, and 3 to open the answer', () => {
    const prompt = toPrompt([
      { role: 'system', text: 'Be brief.' },
      { text: 'Hello' },
      { role: 'assistant', text: 'Hi' },
    ])
    expect(toPromptParts(prompt, gpt4o)).toEqual({
      texts: ['Be brief.', 'Hello', 'Hi'],
      overhead: 3 * (3 + 1) + 3,
      exact: true,
      lowerBound: false,
    })
  })

  it('is a lower bound where the request or the budget ends before all is walked', () => {
    const prompt = toPrompt([{ text: 'Hello' }, { text: 'world' }])
    expect(toPromptParts(prompt, gpt4o, new WorkBudget(2)).lowerBound).toBe(false)
    expect(toPromptParts(prompt, gpt4o, new WorkBudget(1))).toEqual({
      texts: ['Hello'],
      overhead: 4 + 3,
      exact: false,
      lowerBound: true,
    })
    expect(toPromptParts({ ...prompt, truncated: true }, gpt4o)).toMatchObject({ exact: false, lowerBound: true })
  })

  it('is 2 to open the answer for gpt-5', () => {
    expect(toPromptParts(toPrompt([{ text: 'Hello' }]), gpt5).overhead).toBe(4 + 2)
  })

  it('is one more for a name, which counts itself too', () => {
    expect(toPromptParts(toPrompt([{ text: 'Hello', name: 'Mara' }]), gpt4o)).toMatchObject({
      texts: ['Mara', 'Hello'],
      overhead: 4 + 1 + 3,
    })
  })

  it('counts a role nobody knows as text', () => {
    expect(toPromptParts(toPrompt([{ role: 'ipython', text: 'x' }]), gpt4o)).toMatchObject({
      texts: ['ipython', 'x'],
      overhead: 3 + 3,
    })
  })

  it('is 7 for a tool call in the history', () => {
    const prompt = toPrompt([{ role: 'assistant', toolCalls: [weather] }])
    expect(toPromptParts(prompt, gpt4o)).toMatchObject({
      texts: ['get_weather', '{"city":"Bern"}'],
      overhead: 4 + 7 + 3,
    })
  })

  it('is 9 for tool definitions, and 4 less where a system message is there anyway', () => {
    const tools = [{ name: 'stop' }]
    const alone = toPromptParts(toPrompt([{ text: 'Go' }], { tools }), gpt4o)
    const shared = toPromptParts(toPrompt([{ role: 'system', text: 'Go' }], { tools }), gpt4o)
    expect(alone.texts[1]).toContain('type stop = () => any;')
    expect([alone.overhead, shared.overhead]).toEqual([4 + 3 + 9, 4 + 3 + 9 - 4])
  })

  it('of tools belongs to API and family: 90 for gpt-5 on chat completions, 9 on Responses', () => {
    const prompt = toPrompt([{ text: 'Go' }], { tools: [{ name: 'stop' }] })
    const toOverhead = (format: string) => toPromptParts(prompt, find('gpt-5', format)).overhead
    expect([toOverhead('openai-chat'), toOverhead('openai-responses')]).toEqual([4 + 2 + 90, 4 + 2 + 9])
  })

  it('of tools of Claude is what its version tells the model, more where a call is demanded, and 8 for each', () => {
    const tools = [{ name: 'stop' }, { name: 'go' }]
    const toOverhead = (forcedTool: string | null) =>
      toPromptParts(toPrompt([{ text: 'Go' }], { tools, forcedTool }), claude).overhead
    expect([toOverhead(null), toOverhead('stop'), toOverhead('')]).toEqual(
      [496, 588, 588].map((instructions) => 4 + 3 + instructions + 2 * 8),
    )
  })

  it('of a call in the history of Claude is what it costs in an answer', () => {
    const toOverhead = (toolCalls: PromptMessage['toolCalls']) =>
      toPromptParts(toPrompt([{ role: 'assistant', toolCalls }]), claude).overhead - 4 - 3
    expect(toOverhead([weather])).toBe(15 + 16 + 11)
    expect(toOverhead([{ name: 'now', arguments: '{}' }])).toBe(15 + 16)
  })

  it('is a lower bound with tools of the vendor, whose definition stands in no request', () => {
    const toParts = (tool: object) => toPromptParts(toPrompt([{ text: 'Go' }], { tools: [tool] }), gpt4o)
    expect(toParts({ type: 'web_search' })).toMatchObject({ exact: false, lowerBound: true })
    expect(toParts({ type: 'function', name: 'stop' })).toMatchObject({ exact: true, lowerBound: false })
  })

  it('is an estimate and a lower bound where a schema is cut', () => {
    const values = Array.from({ length: 1_001 }, (_, at) => `v${at}`)
    const toParts = (count: number) => {
      const parameters = { properties: { value: { enum: values.slice(0, count) } } }
      return toPromptParts(toPrompt([], { tools: [{ name: 'pick', parameters }] }), gpt4o)
    }
    expect(toParts(1_000)).toMatchObject({ exact: true, lowerBound: false })
    expect(toParts(1_001)).toMatchObject({ exact: false, lowerBound: true })
  })

  it('is 3 for a response schema, which counts as JSON', () => {
    const prompt = toPrompt([{ text: 'Go' }], { responseSchema: { type: 'object' } })
    expect(toPromptParts(prompt, gpt4o)).toMatchObject({ texts: ['Go', '{"type":"object"}'], overhead: 4 + 3 + 3 })
  })

  it('holds the tokens of images', () => {
    const media = [{ kind: 'image', data: toPng(512, 512), dataLength: 1_000, detail: null }] as const
    expect(toPromptParts(toPrompt([{ text: 'What is this?', media }]), gpt4o)).toMatchObject({
      overhead: 4 + 3 + 255,
      exact: true,
      lowerBound: false,
    })
  })

  it('is a lower bound with audio', () => {
    const media = [{ kind: 'audio', data: null, dataLength: 1_000, detail: null }] as const
    expect(toPromptParts(toPrompt([{ media }]), gpt4o)).toMatchObject({ exact: false, lowerBound: true })
  })

  it('is a lower bound with a schema that cannot be written', () => {
    let responseSchema: object = {}
    for (let depth = 0; depth < 100_000; depth++) responseSchema = { responseSchema }
    expect(toPromptParts(toPrompt([], { responseSchema }), gpt4o)).toMatchObject({ texts: [], lowerBound: true })
  })

  it('is nothing for embeddings and bare completions, apart from tokens that were sent as such', () => {
    const messages = [toMessage({ text: 'one' }), toMessage({ text: 'two' })]
    for (const kind of ['embedding', 'completion'] as const) {
      const parts = toPromptParts({ ...EMPTY_PROMPT, kind, messages, tokenIds: 17 }, gpt4o)
      expect(parts).toMatchObject({ texts: ['one', 'two'], overhead: 17 })
    }
  })

  it('is nothing for an empty prompt', () => {
    expect(toPromptParts(EMPTY_PROMPT, gpt4o)).toEqual({ texts: [], overhead: 0, exact: true, lowerBound: false })
  })
})

describe('the overhead of an answer', () => {
  it('is nothing for text, which includes visible reasoning', () => {
    const completion = { ...EMPTY_COMPLETION, text: 'Bern', reasoningText: 'Let me think.' }
    expect(toCompletionParts(completion, gpt4o)).toEqual({
      texts: ['Let me think.', 'Bern'],
      overhead: 0,
      exact: true,
      lowerBound: false,
    })
  })

  it('is 7 for one tool call and 14 + 7 k for several', () => {
    const overheads = [[weather], [weather, weather], [weather, weather, weather]].map(
      (toolCalls) => toCompletionParts({ ...EMPTY_COMPLETION, toolCalls }, gpt4o).overhead,
    )
    expect(overheads).toEqual([7, 14 + 2 * 7, 14 + 3 * 7])
  })

  it('is 34 for a call of Claude, 11 more for each argument, and less for a second call, or one that is demanded', () => {
    const toOverhead = (toolCalls: (typeof weather)[], forcedTool: string | null = null) =>
      toCompletionParts({ ...EMPTY_COMPLETION, toolCalls, forcedTool }, claude).overhead
    const now = { name: 'now', arguments: '{}' }
    expect([toOverhead([now]), toOverhead([weather]), toOverhead([weather, weather])]).toEqual([34, 45, 72])
    for (const forced of ['get_weather', '']) expect(toOverhead([weather], forced)).toBe(3 + 13 + 11)
  })

  it('is nothing for a call without name and arguments', () => {
    const completion = { ...EMPTY_COMPLETION, text: 'Bern', toolCalls: [{ name: '', arguments: '' }] }
    expect(toCompletionParts(completion, gpt4o)).toMatchObject({ texts: ['Bern'], overhead: 0 })
  })

  it('is nothing for the one call that the request has forced, and whose name ends the prompt instead', () => {
    const completion = { ...EMPTY_COMPLETION, toolCalls: [weather], forcedTool: 'get_weather' }
    expect(toCompletionParts(completion, gpt4o)).toMatchObject({ texts: ['{"city":"Bern"}'], overhead: 0 })
    const tools = [{ name: 'get_weather' }]
    const prompt = { ...toPrompt([{ text: 'Go' }], { tools }), forcedTool: 'get_weather' }
    const parts = toPromptParts(prompt, gpt4o)
    expect(parts.texts.slice(0, 2)).toEqual(['Go', 'get_weather'])
    expect(parts.overhead).toBe(4 + 3 + 9 + 6)
    expect(toPromptParts({ ...prompt, forcedTool: '' }, gpt4o).overhead).toBe(4 + 3 + 9)
    expect(toCompletionParts({ ...completion, forcedTool: '' }, gpt4o).overhead).toBe(7)
  })

  it('is a lower bound for Claude 4 and later only where reasoning is shown, as a summary', () => {
    const completion = { ...EMPTY_COMPLETION, text: 'Bern' }
    expect(toCompletionParts(completion, claude).lowerBound).toBe(false)
    expect(toCompletionParts({ ...completion, reasoningText: 'Hm.' }, claude).lowerBound).toBe(true)
  })

  it('is 9 for gpt-5, whose hidden reasoning makes it a lower bound', () => {
    expect(toCompletionParts({ ...EMPTY_COMPLETION, text: 'Bern' }, gpt5)).toMatchObject({
      overhead: 9,
      lowerBound: true,
    })
    expect(toCompletionParts(EMPTY_COMPLETION, gpt5)).toMatchObject({ overhead: 0, lowerBound: true })
  })
})
