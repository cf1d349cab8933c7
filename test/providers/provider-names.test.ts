import { describe, expect, it } from 'vitest'
import {
  canonicalProvider,
  knownProvider,
  servedProviders,
  toConventionalName,
  toDatasetId,
} from '../../src/providers/provider-names.ts'
import { PROVIDERS } from '../../src/providers/providers.ts'

describe('the table of providers', () => {
  it('gives every name and alias to one provider only', () => {
    const keys = PROVIDERS.flatMap(({ name, aliases = [] }) =>
      [name, ...aliases].map((alias) => alias.replaceAll('-', '')),
    )
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([])
  })

  it('knows a provider under its aliases, however they are spelt', () => {
    const names = ['Azure-OpenAI', 'azure_openai', 'x-ai', 'Vertex AI', 'aws.bedrock', 'open-router', 'Hugging Face']
    expect(names.map(knownProvider)).toEqual([
      'azure',
      'azure',
      'xai',
      'google',
      'bedrock',
      'openrouter',
      'huggingface',
    ])
    expect(canonicalProvider('Ollama/local')).toBe('ollama')
    expect(canonicalProvider('My Gateway')).toBe('my gateway')
    expect(knownProvider('My Gateway')).toBeNull()
  })

  it('tells what others call a provider, and leaves unknown names alone', () => {
    expect(['bedrock', 'google', 'watsonx', 'groq', 'mine'].map(toConventionalName)).toEqual([
      'aws.bedrock',
      'gcp.gemini',
      'ibm.watsonx.ai',
      'groq',
      'mine',
    ])
    expect(['bedrock', 'xai', 'openai', 'constructor'].map(toDatasetId)).toEqual([
      'aws',
      'x-ai',
      'openai',
      'constructor',
    ])
    expect(servedProviders('azure')).toEqual(['openai'])
    expect(servedProviders('openai')).toEqual([])
  })
})
