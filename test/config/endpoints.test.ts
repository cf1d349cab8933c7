import { describe, expect, it } from 'vitest'
import { createEndpointFilter } from '../../src/config/endpoints.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { LINEAR, toCostPerUnit } from '../setup/cpu-time.ts'

describe('createEndpointFilter', () => {
  const isDefault = createEndpointFilter(loadConfig({}).monitoredEndpoints, [])

  it.each([
    '/v1/chat/completions',
    '/V1/Chat/Completions/',
    '/api/chat/completions',
    '/ollama/api/chat',
    '/api/generate',
    '/v1beta/models/gemini-2.5-pro:generateContent',
    '/openai/deployments/my-gpt/chat/completions',
    '/model/anthropic.claude-v2/converse-stream',
    '/openai/v1/responses',
    '/v1/messages',
    '/v1/models/gemini-3-flash:generateContent',
    '/v1/models/gemini-3-flash:streamGenerateContent',
    '/v1/projects/p/locations/eu/publishers/google/models/gemini-3-flash:generateContent',
    '/v1/projects/p/locations/eu/publishers/anthropic/models/claude-x:streamRawPredict',
    '/v1beta1/projects/p/locations/eu/endpoints/openapi/chat/completions',
    '/openai/responses',
    '/v1beta/openai/chat/completions',
    '/ollama/v1/chat/completions',
    '/api/v1/messages',
    '/api/v1/tasks/title/completions',
    '/gateway/groq/openai/v1/chat/completions',
    '/v1/audio/speech',
    '/v1/images/generations',
    '/agents/A1/agentAliases/B2/sessions/s/text',
    '/v1beta1/publishers/google/models/gemini-3-flash:generateContent',
    '/gemini/v1beta/models/gemini-3-flash:generateContent',
    '/v1/acct/gw/google-ai-studio/v1beta/models/gemini-3-flash:generateContent',
    '/v1alpha/models/gemini-3-flash:generateContent',
    '/vertex_ai/v1/projects/p/locations/eu/publishers/google/models/gemini-3-flash:generateContent',
    '/v1/acct/gw/anthropic/v1/messages',
    '/api/anthropic/v1/messages',
    '/coding/v1/messages',
    '/v1/acct/gw/openai/responses',
    '/responses',
    '/bedrock/model/nova/converse',
    '/api/v1/embeddings',
    '/inference/v1/completions',
    '/serving-endpoints/llama/invocations',
    '/ollama/v1/chat/completions/0',
    '/v1/threads/t/runs',
  ])('watches %s by default', (path) => {
    expect(isDefault('POST', path)).toBe(true)
  })

  it.each([
    '/',
    '/v1/models',
    '/v1/chat/completions-admin',
    '/api/chats',
    '/v1/messages/count_tokens',
    '/v1/responses/input_tokens',
    '/v1/responses/input-tokens/',
    '/v1beta/models/gemini-2.5-pro:countTokens',
    '/V1beta/models/gemini-2.5-pro:COUNTTOKENS',
    '/model/anthropic.claude-v2/count-tokens',
    '/v1/projects/p/locations/eu/publishers/anthropic/models/count-tokens:rawPredict',
    '/openai/v1/vector_stores',
    '/openai/v1/conversations/c/items',
    '/v1/audio/voices',
    '/api/v1/tasks/config/update',
    '/v1/messages/estimate-token-count',
    '/openai/v1/files',
    '/v1/chat/completions/chatcmpl-1',
    '/api/chat/actions/a',
    '/v1/models/gpt-4o',
  ])('leaves %s alone by default', (path) => {
    expect(isDefault('POST', path)).toBe(false)
  })

  it('watches POST only, where answers are not fetched later', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', undefined]) {
      expect(isDefault(method, '/v1/chat/completions')).toBe(false)
    }
  })

  it.each([
    '/v1/responses/resp_1',
    '/openai/v1/responses/resp_1/',
    '/v1beta/interactions/i1',
    '/v1/threads/t1/runs/r1',
    '/openai/threads/t1/runs/r1',
  ])('watches GET %s', (path) => {
    expect(isDefault('GET', path)).toBe(true)
    for (const method of ['HEAD', 'DELETE']) expect(isDefault(method, path)).toBe(false)
    expect(createEndpointFilter(['/'], ['/**'])('GET', path)).toBe(false)
  })

  it.each([
    '/v1/responses',
    '/v1/responses/resp_1/input_items',
    '/v1/threads/t1/runs',
    '/v1/threads/t1',
    '/v1/files/f',
    '/',
  ])('does not watch GET %s', (path) => {
    expect(isDefault('GET', path)).toBe(false)
  })

  it('lets exclusions win', () => {
    const filter = createEndpointFilter(['/v1'], ['/v1/internal/**', '/v1/exact'])
    expect(filter('POST', '/v1/chat')).toBe(true)
    expect(filter('POST', '/v1/internal/a/b')).toBe(false)
    expect(filter('POST', '/v1/exact')).toBe(false)
  })

  it.each([
    ['/a/*/c', '/a/b/c', true],
    ['/a/*/c', '/a/b/b/c', false],
    ['/a/**/c', '/a/b/b/c', true],
    ['/a/**/c', '/a/c', true],
    ['/a/**/c', '/a/c/below', true],
    ['/a/m-*:go', '/a/m-1:go', true],
    ['/a/m-*:go', '/a/m-1:stop', false],
    ['/a/*', '/a', false],
    ['/**', '/anything/at/all', true],
    ['/a*b*c', '/aXXbYYc', true],
    ['/a*b*c', '/aXXcYYb', false],
  ])('matches %s with %s: %s', (pattern, path, expected) => {
    expect(createEndpointFilter([pattern], [])('POST', path)).toBe(expected)
  })

  it('takes linear time on evil paths', () => {
    const filter = createEndpointFilter(['/' + '**/a/'.repeat(20) + 'b', '/' + 'a*'.repeat(20) + 'b'], [])
    expect(toCostPerUnit((length) => filter('POST', '/' + 'a/'.repeat(length)), 5_000)).toBeLessThan(LINEAR)
    expect(toCostPerUnit((length) => filter('POST', '/' + 'a'.repeat(length)), 10_000)).toBeLessThan(LINEAR)
  })

  it('answers alike for more paths than it remembers', () => {
    for (let index = 0; index < 3_000; index++)
      expect(isDefault('POST', `/openai/deployments/${index}/chat/completions`)).toBe(true)
    expect(isDefault('POST', '/v1/models')).toBe(false)
  })
})
