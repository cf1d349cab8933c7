import { describe, expect, it } from 'vitest'
import type { ProviderHints } from '../../src/providers/guess-provider.ts'
import { guessProvider } from '../../src/providers/guess-provider.ts'
import { LINEAR, toCostPerUnit } from '../setup/cpu-time.ts'

const unknown: ProviderHints = { option: null, host: null, path: null, format: null, model: null }
const guess = (hints: Partial<ProviderHints>) => guessProvider({ ...unknown, ...hints })

describe('guessing the provider', () => {
  it.each<[string, Partial<ProviderHints>, string | null]>([
    ['o3-mini on /api/chat', { model: 'o3-mini', path: '/api/chat' }, 'openai'],
    ['o3-mini on /api/chat in Ollama form', { model: 'o3-mini', path: '/api/chat', format: 'ollama' }, 'openai'],
    ['o3-mini on /api/chat/completed', { model: 'o3-mini', path: '/api/chat/completed' }, 'openai'],
    ['deepseek-chat on /api/chat/completed', { model: 'deepseek-chat', path: '/api/chat/completed' }, 'deepseek'],
    ['command-r on /api/chat/completed', { model: 'command-r', path: '/api/chat/completed' }, 'cohere'],
    ['command-r on Ollama', { model: 'command-r', path: '/api/chat', format: 'ollama' }, 'ollama'],
    ['qwen on /v1/chat/completions', { model: 'qwen2', path: '/v1/chat/completions', format: 'openai-chat' }, null],
    ['gemma3 on /ollama', { model: 'gemma3', path: '/ollama/api/chat', format: 'ollama' }, 'ollama'],
    ['a renamed model on /ollama', { model: 'gpt-4', path: '/ollama/v1/chat/completions' }, 'ollama'],
    ['llama3 on /api/generate', { model: 'llama3', path: '/api/generate' }, 'ollama'],
    ['a tag', { model: 'gpt-oss:20b', path: '/api/chat/completions', format: 'openai-chat' }, 'ollama'],
    ['gpt-oss anywhere', { model: 'gpt-oss-20b', path: '/v1/chat/completions' }, null],
    ['a host', { host: 'api.groq.com', model: 'llama-3.3-70b-versatile', format: 'openai-chat' }, 'groq'],
    ['a host with a port', { host: 'localhost:11434', model: 'mistral' }, 'ollama'],
    ['a host that only looks like one', { host: 'api.openai.com.evil.example', model: null }, null],
    ['OpenRouter', { host: 'openrouter.ai', model: 'openai/gpt-4o' }, 'openrouter'],
    ['Azure by host', { host: 'me.openai.azure.com', model: 'gpt-4o' }, 'azure'],
    ['Azure by path', { path: '/openai/deployments/mine/chat/completions', model: 'gpt-4o' }, 'azure'],
    ['Gemini by path', { path: '/v1beta/models/tuned-1:streamGenerateContent' }, 'google'],
    ['Bedrock by model', { model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', format: 'anthropic' }, 'bedrock'],
    ['Bedrock by path', { path: '/model/abc/converse-stream' }, 'bedrock'],
    [
      'Claude anywhere',
      { model: 'claude-3-5-haiku', path: '/v1/chat/completions', format: 'openai-chat' },
      'anthropic',
    ],
    ['the Anthropic form without a model', { format: 'anthropic' }, 'anthropic'],
    ['DeepSeek in the Anthropic form', { model: 'deepseek-chat', format: 'anthropic' }, 'deepseek'],
    ['an unknown model in the Anthropic form', { model: 'my-model', format: 'anthropic' }, null],
    ['Mistral', { model: 'mistral-small-latest' }, 'mistral'],
    ['vendor/model', { model: 'openai/gpt-4o' }, 'openai'],
    ['an organisation that is no provider', { model: 'NousResearch/Hermes-3' }, null],
    ['what the operator says', { option: 'Ollama/local', host: 'api.openai.com', model: 'gpt-4' }, 'ollama'],
    ['an unknown name the operator says', { option: 'My Gateway' }, 'my gateway'],
    ['nothing', {}, null],
  ])('%s', (_, hints, provider) => {
    expect(guess(hints)).toBe(provider)
  })

  it('renames hosts and providers by aliases', () => {
    expect(guessProvider({ ...unknown, host: 'llm.example.org', model: 'gpt-4' }, { 'llm.example.org': 'azure' })).toBe(
      'azure',
    )
    expect(guessProvider({ ...unknown, model: 'claude-3-opus' }, { anthropic: 'bedrock' })).toBe('bedrock')
    expect(guessProvider({ ...unknown, option: 'constructor' }, {})).toBe('constructor')
  })

  it('answers hostile hints in bounded time', () => {
    const look = (text: string) => {
      for (let times = 0; times < 100; times++) guess({ host: text, path: text, model: text, format: text })
    }
    for (const part of ['a', '-', 'us.', '/']) {
      expect(
        toCostPerUnit((length) => look(part.repeat(length / part.length)), 120),
        part,
      ).toBeLessThan(LINEAR * 100)
    }
    // Longer ones are not looked at.
    expect(toCostPerUnit((length) => look('x'.repeat(length)), 250_000)).toBeLessThan(LINEAR * 100)
  })
})
