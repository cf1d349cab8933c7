import { describe, expect, it } from 'vitest'
import { findModelFamily } from '../../src/tokens/families/model-families.ts'
import { UNKNOWN_FAMILY } from '../../src/tokens/families/model-family.ts'
import { toCpuRatio } from '../setup/cpu-time.ts'

const find = (model: string | null, provider: string | null = null) => findModelFamily({ model, provider })

describe('the vocabulary of a model', () => {
  it.each([
    ['gpt-3.5-turbo-0125', 'cl100k_base'],
    ['gpt-35-turbo', 'cl100k_base'],
    ['gpt-4', 'cl100k_base'],
    ['gpt-4-turbo-2024-04-09', 'cl100k_base'],
    ['GPT-4-32K', 'cl100k_base'],
    ['openai/gpt-4-0613', 'cl100k_base'],
    ['ft:gpt-3.5-turbo-0125:acme::8abc', 'cl100k_base'],
    ['text-embedding-ada-002', 'cl100k_base'],
    ['text-embedding-3-large', 'cl100k_base'],
    ['davinci-002', 'cl100k_base'],
    ['text-davinci-003', 'p50k_base'],
    ['code-davinci-002', 'p50k_base'],
    ['gpt-4o', 'o200k_base'],
    ['gpt-4-o-preview', 'o200k_base'],
    ['gpt-4o-mini-2024-07-18', 'o200k_base'],
    ['ft:gpt-4o-mini-2024-07-18:acme:bot:9xyz', 'o200k_base'],
    ['gpt-4.1-nano', 'o200k_base'],
    ['gpt-4.5-preview', 'o200k_base'],
    ['chatgpt-4o-latest', 'o200k_base'],
    ['o1', 'o200k_base'],
    ['o3-pro-2025-06-10', 'o200k_base'],
    ['openrouter/openai/o4-mini', 'o200k_base'],
    ['gpt-5-codex', 'o200k_base'],
    ['gpt-5.2', 'o200k_base'],
    ['gpt-7-preview', 'o200k_base'],
    ['gpt-4o-realtime-preview', 'o200k_base'],
    ['my-gpt-4o-deployment', 'o200k_base'],
  ])('of %s is %s, exactly', (model, encoding) => {
    expect(find(model)).toMatchObject({ encoding, exact: true, factor: 1 })
  })

  it.each([
    ['claude-2.1', 1.16],
    ['claude-instant-1.2', 1.16],
    ['claude-instant', 1.16],
    ['anthropic.claude-v2', 1.16],
    ['claude-3-haiku-20240307', 1.16],
    ['us.anthropic.claude-3-7-sonnet-20250219-v1:0', 1.16],
    ['claude-opus-4-20250514', 1.1],
    ['claude-sonnet-4', 1.1],
    ['claude-sonnet-4-5-20250929', 1.1],
    ['anthropic/claude-opus-4.6', 1.1],
    ['claude-opus-4-7', 1.45],
    ['anthropic/claude-opus-4.8', 1.45],
    ['claude-opus-4-12', 1.45],
    ['claude-sonnet-5', 1.45],
    ['claude-latest', 1.45],
    ['anthropic/claude-4.6-sonnet-20260217', 1.1],
    ['anthropic/claude-4.7-opus', 1.45],
    ['claude-haiku-4-5@20251001', 1.1],
    ['gemini-2.5-flash', 1.045],
    ['models/gemini-1.5-pro', 1.045],
    ['mistral-large-latest', 1.04],
    ['open-mixtral-8x7b', 1.04],
    ['deepseek-chat', 1.03],
    ['meta-llama/llama-2-70b-chat', 1.2],
    ['llama3.2:1b', 1],
    ['deepseek-r1-distill-llama-70b', 1],
    ['gpt-oss-120b', 1],
    ['gpt-j-6b', 1],
    ['marco-o1', 1],
    ['a-model-nobody-knows', 1],
  ])('of %s is estimated with a factor of %d', (model, factor) => {
    expect(find(model)).toMatchObject({ exact: false, factor })
  })

  it('is that of cl100k_base for Llama 3 and 4', () => {
    expect(find('llama-4-scout').encoding).toBe('cl100k_base')
  })

  it('is guessed by the provider where the model says nothing', () => {
    expect(find(null, 'anthropic').factor).toBe(1.45)
    expect(find('prod-alias', 'deepseek').factor).toBe(1.03)
    expect(find('prod-alias', 'openai')).toBe(UNKNOWN_FAMILY)
    expect(find('phi3', 'ollama')).toBe(UNKNOWN_FAMILY)
    expect(find(null)).toBe(UNKNOWN_FAMILY)
  })

  it('takes no time to find for a name of a million characters', () => {
    const toNames = (length: number) =>
      ['claude-', 'gpt-5.', 'a', '-4.'].map((part) => part.repeat(Math.ceil(length / part.length)))
    const findAll = (names: readonly string[]) => () => {
      for (let round = 0; round < 20; round++) for (const name of names) find(name)
    }
    expect(toCpuRatio(findAll(toNames(1_000_000)), findAll(toNames(500)))).toBeLessThan(10)
  })
})

describe('what a model shows of the tokens that it generates', () => {
  it.each([
    ['o3', 'part'],
    ['gpt-5', 'part'],
    ['gpt-5.1-codex', 'part'],
    ['gpt-audio-mini', 'part'],
    ['gemini-2.5-pro', 'part'],
    ['gemini-3-flash', 'part'],
    ['grok-4', 'part'],
    ['claude-sonnet-4-5', 'summary'],
    ['claude-3-7-sonnet', 'all'],
    ['gpt-4o', 'all'],
    ['gpt-5-chat-latest', 'all'],
    ['gemini-2.0-flash', 'all'],
    ['deepseek-reasoner', 'all'],
    ['gpt-oss-20b', 'all'],
  ])('is, for %s, %s', (model, shows) => {
    expect(find(model).shows).toBe(shows)
  })
})

describe('the instructions that come with tools', () => {
  it.each([
    ['claude-3-5-haiku-latest', 264, 340],
    ['claude-3-7-sonnet', 346, 313],
    ['claude-opus-4-20250514', 313, 315],
    ['claude-opus-4-1', 313, 315],
    ['claude-sonnet-4-6', 496, 588],
    ['claude-opus-4-7', 675, 804],
    ['claude-opus-4-8', 290, 410],
    ['claude-sonnet-5', 354, 474],
    ['claude-opus-5', 290, 410],
  ])('of %s are %d tokens, and %d where a call is demanded', (model, instructions, forced) => {
    expect(find(model).tools).toMatchObject({ instructions, forced: { instructions: forced } })
  })

  it.each([
    ['gpt-5-mini', 'openai', 'openai-chat', 90],
    ['gpt-5-mini', 'openai', 'openai-responses', 9],
    ['gpt-4o', 'openai', 'openai-responses', 9],
    ['meta-llama/llama-4-scout', 'groq', 'openai-chat', 612],
    ['meta-llama/llama-4-scout', 'together', 'openai-chat', 126],
    ['us.amazon.nova-2-lite-v1:0', 'bedrock', 'bedrock-converse', 860],
    ['command-a-03-2025', 'cohere', 'cohere-chat', 890],
  ])('of %s at %s by %s are %d', (model, provider, format, instructions) => {
    expect(findModelFamily({ model, provider, format }).tools.instructions).toBe(instructions)
  })
})
