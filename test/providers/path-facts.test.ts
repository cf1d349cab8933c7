import { describe, expect, it } from 'vitest'
import { formatOfPath } from '../../src/wire/detect.ts'
import { isConsumingCall, isStreamPath, readPathModel } from '../../src/providers/path-facts.ts'
import { LINEAR, toCostPerUnit } from '../setup/cpu-time.ts'

describe('a path', () => {
  it('hints at the format that is usually served there', () => {
    const paths: Record<string, string | undefined> = {
      '/v1/chat/completions': 'openai-chat',
      '/openai/deployments/my-gpt/chat/completions/': 'openai-chat',
      '/V1/Completions': 'openai-completions',
      '/v1/responses': 'openai-responses',
      '/v1/responses/compact': 'openai-responses',
      '/v1/messages': 'anthropic-messages',
      '/v1/embeddings': 'embeddings',
      '/api/embed': 'embeddings',
      '/v1beta/models/gemini-2.5-flash:streamGenerateContent': 'gemini-generate',
      '/v1beta/models/text-embedding-004:batchEmbedContents': 'embeddings',
      '/api/chat': 'ollama-chat',
      '/api/generate': 'ollama-generate',
      '/api/chat/completed': 'open-webui',
      '/v2/chat': 'cohere-chat',
      '/v1/chat': 'cohere-chat-v1',
      '/model/amazon.nova-pro-v1%3A0/converse-stream': 'bedrock-converse',
      '/model/ai21.j2/invoke': 'bedrock-invoke',
      '/health': undefined,
    }
    const found = Object.keys(paths).map((path) => [path, formatOfPath(path)?.name])
    expect(Object.fromEntries(found)).toEqual(paths)
  })

  it('is looked at in linear time, whatever it repeats', () => {
    for (const part of ['/', '/model/', '/runs/', '/threads/', '/batches', ':stream', 'a', '/v1/chat/completions']) {
      const look = (length: number) => {
        const path = `${part.repeat(length / part.length)}x`
        formatOfPath(path)
        isConsumingCall('POST', path)
        isStreamPath(path)
      }
      expect(toCostPerUnit(look, 60_000), part).toBeLessThan(LINEAR)
    }
  })

  it('may ask for a stream', () => {
    expect(isStreamPath('/v1beta/models/g:streamGenerateContent')).toBe(true)
    expect(isStreamPath('/model/m/converse-stream')).toBe(true)
    expect(isStreamPath('/model/m/invoke-with-response-stream')).toBe(true)
    expect(isStreamPath('/v1/chat/completions')).toBe(false)
  })

  it('may be one whose calls consume nothing', () => {
    for (const path of [
      '/v1/messages/count_tokens',
      '/v1/responses/input_tokens',
      '/v1beta/models/g:countTokens',
      '/tokenize',
      '/v1/responses/resp_1/cancel',
      '/v1/messages/batches',
      '/v1/batches/b1/cancel',
    ]) {
      expect([path, isConsumingCall('POST', path)]).toEqual([path, false])
    }
    expect(isConsumingCall('POST', '/v1/messages')).toBe(true)
    expect(isConsumingCall('POST', '/v1beta/models/g:batchEmbedContents')).toBe(true)
  })

  it('asks for a quote in any spelling', () => {
    for (const path of [
      '/v1/messages/count_tokens',
      '/v1/messages/COUNT_TOKENS/',
      '/model/anthropic.claude-v2%3A1/count-tokens',
      '/model/m/count-tokens/',
      '/v1/responses/input_tokens',
      '/v1/responses/input-tokens//',
      '/v1beta/models/g:countTokens',
      '/v1beta/models/g:COUNTTOKENS/',
      '/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict',
    ]) {
      expect([path, isConsumingCall('POST', path)]).toEqual([path, false])
    }
    for (const path of ['/v1/messages', '/v1/my_count_tokens', '/v1/count_tokens/messages']) {
      expect([path, isConsumingCall('POST', path)]).toEqual([path, true])
    }
  })

  it('administers what is generated with, or repeats an answer, and consumes nothing', () => {
    for (const path of [
      '/openai/v1/files',
      '/openai/v1/vector_stores/vs_1/files',
      '/v1/moderations',
      '/openai/fine_tuning/jobs',
      '/v1/fine_tuning/jobs/1/cancel',
      '/openai/v1/threads',
      '/v1/threads/t/messages',
      '/v1/assistants',
      '/v1/realtime/client_secrets',
      '/v1/chat/completions/chatcmpl-1',
      '/api/chat/actions/my-function',
    ]) {
      expect([path, isConsumingCall('POST', path)]).toEqual([path, false])
    }
    for (const path of [
      '/v1/threads/t/runs',
      '/openai/threads/runs',
      '/v1/threads/t/runs/r/submit_tool_outputs',
      '/files/v1/chat/completions',
      '/api/threads/7/chat/completions',
      '/v1/conversations',
    ]) {
      expect([path, isConsumingCall('POST', path)]).toEqual([path, true])
    }
  })

  it('may name the model or what it is deployed as', () => {
    expect(readPathModel('/v1beta/models/gemini-2.5-pro:streamGenerateContent').model).toBe('gemini-2.5-pro')
    expect(readPathModel('/model/amazon.nova-pro-v1%3A0/converse').model).toBe('amazon.nova-pro-v1:0')
    expect(readPathModel('/openai/deployments/mine/chat/completions')).toEqual({ model: 'mine', deployment: 'mine' })
    expect(readPathModel('/v1/chat/completions')).toEqual({ model: null, deployment: null })
  })
})
