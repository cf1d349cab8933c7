import { encodeAwsMessage } from '../stream/aws-event.ts'
import { DONE, named, SSE, unnamed, type Provider } from './provider.ts'
import { completion } from './upstream.ts'

const chunkHead = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1 }
const toChunk = (model: string, delta: object, finish_reason: string | null, more: object = {}) =>
  unnamed({ ...chunkHead, model, choices: [{ index: 0, delta, finish_reason }], ...more })

/** Counts under a key of its own, in the chunk with the finish reason. */
export const groq: Provider = {
  whole: { ...completion, model: 'llama-3.3-70b-versatile', x_groq: { id: 'req_1' } },
  type: SSE,
  events: [
    toChunk('llama-3.3-70b-versatile', { role: 'assistant', content: '' }, null, { x_groq: { id: 'req_1' } }),
    toChunk('llama-3.3-70b-versatile', { content: 'Hello' }, null),
    toChunk('llama-3.3-70b-versatile', { content: ' there' }, null),
    toChunk('llama-3.3-70b-versatile', {}, 'stop', { x_groq: { id: 'req_1', usage: completion.usage } }),
    DONE,
  ],
}

/** Counts in the chunk with the finish reason, asked or not. */
export const mistral: Provider = {
  whole: { ...completion, model: 'mistral-small-latest' },
  type: SSE,
  events: [
    toChunk('mistral-small-latest', { role: 'assistant', content: '' }, null),
    toChunk('mistral-small-latest', { content: 'Hello' }, null),
    toChunk('mistral-small-latest', { content: ' there' }, 'stop', { usage: completion.usage }),
    DONE,
  ],
}

const cohereUsage = {
  billed_units: { input_tokens: 9, output_tokens: 2 },
  tokens: { input_tokens: 9, output_tokens: 2 },
}
const cohereText = (text: string) => ({ message: { content: { type: 'text', text } } })

export const cohere: Provider = {
  whole: {
    id: 'c1',
    finish_reason: 'COMPLETE',
    message: { role: 'assistant', content: [{ type: 'text', text: 'Hello there' }] },
    usage: cohereUsage,
  },
  type: SSE,
  events: [
    ...[
      { id: 'c1', type: 'message-start', delta: { message: { role: 'assistant', content: [] } } },
      { type: 'content-start', index: 0, delta: cohereText('') },
      { type: 'content-delta', index: 0, delta: cohereText('Hello') },
      { type: 'content-delta', index: 0, delta: cohereText(' there') },
      { type: 'content-end', index: 0 },
      { id: 'c1', type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: cohereUsage } },
    ].map(named),
    DONE,
  ],
}

const bedrockUsage = { inputTokens: 9, outputTokens: 2, totalTokens: 11 }

/** Converse, whose streams are binary. */
export const bedrock: Provider = {
  whole: {
    output: { message: { role: 'assistant', content: [{ text: 'Hello there' }] } },
    stopReason: 'end_turn',
    usage: bedrockUsage,
    metrics: { latencyMs: 5 },
  },
  type: 'application/vnd.amazon.eventstream',
  events: [
    encodeAwsMessage('messageStart', { role: 'assistant' }),
    ...['Hello', ' there'].map((text) =>
      encodeAwsMessage('contentBlockDelta', { contentBlockIndex: 0, delta: { text } }),
    ),
    encodeAwsMessage('contentBlockStop', { contentBlockIndex: 0 }),
    encodeAwsMessage('messageStop', { stopReason: 'end_turn' }),
    encodeAwsMessage('metadata', { usage: bedrockUsage, metrics: { latencyMs: 5 } }),
  ],
}
