import { describe, expect, it } from 'vitest'
import { readForcedTool } from '../../src/wire/request/forced-tool.ts'
import { readRequestFacts } from '../../src/interpret/bodies/request-facts.ts'
import { anthropicMessages } from '../../src/wire/anthropic/anthropic-messages.ts'
import { openAiChat } from '../../src/wire/openai/openai-chat.ts'

const tools = [{ name: 'stop', input_schema: { type: 'object' } }]
const toolConfig = { tools: [{ toolSpec: { name: 'stop' } }] }

describe('the tool that a request makes Claude call', () => {
  it.each([
    [{ tools, tool_choice: { type: 'tool', name: 'stop' } }, 'stop'],
    [{ tools, tool_choice: { type: 'any' } }, ''],
    [{ tools, tool_choice: { type: 'auto' } }, null],
    [{ tools, tool_choice: 'required' }, ''],
    [{ tools, tool_choice: 'auto' }, null],
    [{ tools }, null],
    [{ toolConfig: { ...toolConfig, toolChoice: { tool: { name: 'stop' } } } }, 'stop'],
    [{ toolConfig: { ...toolConfig, toolChoice: { any: {} } } }, ''],
    [{ toolConfig: { ...toolConfig, toolChoice: { auto: {} } } }, null],
    [{ tool_choice: null, toolConfig: 'many' }, null],
  ])('of %j is %j', (body, expected) => {
    expect(readForcedTool(body)).toBe(expected)
  })

  it('stands in the facts of the request, where the format says nothing of its own', () => {
    const messages = [{ role: 'user', content: 'Go' }]
    const body = { messages, tools, tool_choice: { type: 'tool', name: 'stop' } }
    expect(readRequestFacts(body, anthropicMessages)?.prompt.forcedTool).toBe('stop')
    const chat = { messages, tool_choice: { type: 'function', function: { name: 'go' } } }
    expect(readRequestFacts(chat, openAiChat)?.prompt.forcedTool).toBe('go')
  })
})
