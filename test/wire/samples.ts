import { encodeAwsChunk, encodeAwsMessage } from '../stream/aws-event.ts'
import { toLines, toSse, toTypedSse } from './read.ts'

const openAiUsage = {
  prompt_tokens: 12,
  completion_tokens: 1,
  total_tokens: 303,
  prompt_tokens_details: { cached_tokens: 11, audio_tokens: 2 },
  completion_tokens_details: { reasoning_tokens: 290 },
  cost: 0.25,
}
const anthropicUsage = {
  input_tokens: 6,
  cache_creation_input_tokens: 3300,
  cache_read_input_tokens: 6000,
  cache_creation: { ephemeral_5m_input_tokens: 3000, ephemeral_1h_input_tokens: 300 },
  output_tokens: 200,
  iterations: [{ type: 'compaction', input_tokens: 60_000, output_tokens: 500 }],
}
const responsesUsage = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 3, cache_write_tokens_details: { ttl_30m_tokens: 5 } },
  output_tokens: 50,
  output_tokens_details: { reasoning_tokens: 20 },
}
const geminiUsage = {
  promptTokenCount: 100,
  cachedContentTokenCount: 40,
  candidatesTokenCount: 20,
  thoughtsTokenCount: 50,
  toolUsePromptTokenCount: 7,
  totalTokenCount: 177,
  promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 30 }],
}
const bedrockUsage = {
  inputTokens: 3,
  outputTokens: 9,
  cacheReadInputTokens: 7,
  cacheDetails: [{ ttl: '5m', inputTokens: 2 }],
}
const cohereUsage = {
  billed_units: { input_tokens: 12, output_tokens: 7 },
  tokens: { input_tokens: 507, output_tokens: 10 },
}

function chatChunk(content: string): object {
  return {
    object: 'chat.completion.chunk',
    model: 'm',
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  }
}

/** One body of each format and framing. */
export const samples: readonly (string | Buffer)[] = [
  toSse([chatChunk('Hel'), chatChunk('lo'), { choices: [], model: 'm', usage: openAiUsage }, '[DONE]']),
  JSON.stringify({
    object: 'chat.completion',
    model: 'm',
    choices: [{ message: { content: 'Hi' } }],
    usage: openAiUsage,
  }),
  toSse([
    { object: 'text_completion', choices: [{ text: 'a' }] },
    { choices: [], usage: openAiUsage },
  ]),
  toTypedSse([
    { type: 'response.created', response: { object: 'response', usage: null } },
    { type: 'response.output_text.delta', delta: 'Hi' },
    {
      type: 'response.completed',
      response: { object: 'response', model: 'm', status: 'completed', usage: responsesUsage },
    },
  ]),
  toTypedSse([
    { type: 'message_start', message: { type: 'message', role: 'assistant', model: 'm', usage: anthropicUsage } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: anthropicUsage },
    { type: 'message_stop' },
  ]),
  JSON.stringify([
    { candidates: [{ content: { parts: [{ text: 'Hi' }] } }], usageMetadata: { trafficType: 'ON_DEMAND' } },
    { candidates: [{ finishReason: 'STOP' }], usageMetadata: geminiUsage, modelVersion: 'm' },
  ]),
  toSse([
    {
      event_type: 'interaction.completed',
      interaction: { usage: { total_input_tokens: 4, total_thought_tokens: 9, total_output_tokens: 2 } },
    },
  ]),
  toLines([
    { model: 'm', message: { content: 'Hi' }, done: false },
    { model: 'm', message: { content: '' }, done: true, prompt_eval_count: 26, eval_count: 282, total_duration: 5 },
  ]),
  toSse([{ type: 'message-start' }, { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: cohereUsage } }]),
  toLines([
    { event_type: 'text-generation', is_finished: false, text: 'a' },
    { event_type: 'stream-end', is_finished: true, response: { meta: cohereUsage } },
  ]),
  Buffer.concat([
    encodeAwsMessage('contentBlockDelta', { delta: { text: 'Hi' } }),
    encodeAwsMessage('metadata', { usage: bedrockUsage }),
  ]),
  Buffer.concat([
    encodeAwsChunk({ generation: 'a', prompt_token_count: 9, generation_token_count: 1 }),
    encodeAwsChunk({
      generation: '',
      stop_reason: 'stop',
      'amazon-bedrock-invocationMetrics': { inputTokenCount: 9, outputTokenCount: 2 },
    }),
  ]),
  JSON.stringify({ data: [{ object: 'embedding', embedding: [0.1] }], usage: { prompt_tokens: 8, total_tokens: 8 } }),
  JSON.stringify({ results: [{ relevance_score: 0.4 }], meta: { billed_units: { search_units: 1 } } }),
  JSON.stringify({ inputTextTokenCount: 5, results: [{ tokenCount: 10, outputText: 'Hello' }] }),
  JSON.stringify({ chat_id: 'c', messages: [{ id: 'a', role: 'assistant', content: 'Hi', usage: openAiUsage }] }),
  toSse([['thread.run.completed', { object: 'thread.run', status: 'completed', usage: openAiUsage }]]),
  JSON.stringify({ content: 'Hi', stop: true, tokens_evaluated: 12, tokens_predicted: 3, timings: { cache_n: 8 } }),
  JSON.stringify({ text: 'Hi', usage: { type: 'tokens', input_tokens: 26, output_tokens: 4 } }),
]
