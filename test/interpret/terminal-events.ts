import { encodeAwsChunk, encodeAwsMessage } from '../stream/aws-event.ts'
import { toLines, toSse, toTypedSse } from '../wire/read.ts'

/** A stream of one format, cut where its terminal event begins. Each says 9 tokens in, 2 out, and `Hello there`. */
export interface TerminatedStream {
  readonly path: string
  readonly type: string
  readonly before: string | Buffer
  readonly terminal: string | Buffer
  /** Counts that stand before the terminal event; else they come with it, and are estimated without it. */
  readonly isCountedBefore?: boolean
  /** Counts that no event has. */
  readonly isNeverCounted?: boolean
}

const SSE = 'text/event-stream'
const LINES = 'application/x-ndjson'
const AWS = 'application/vnd.amazon.eventstream'

const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }
const tokens = { input_tokens: 9, output_tokens: 2, total_tokens: 11 }
const metrics = { 'amazon-bedrock-invocationMetrics': { inputTokenCount: 9, outputTokenCount: 2 } }

const toChat = (content: string | null, finish_reason: string | null, more: object = {}, index = 0) => ({
  object: 'chat.completion.chunk',
  model: 'gpt-4o',
  choices: [{ index, delta: content === null ? {} : { content }, finish_reason }],
  ...more,
})
const chatUsage = { object: 'chat.completion.chunk', model: 'gpt-4o', choices: [], usage }
const chatText = [toChat('Hello', null), toChat(' there', null)]

const toText = (text: string, finish_reason: string | null, more: object = {}) => ({
  object: 'text_completion',
  model: 'gpt-4o',
  choices: [{ index: 0, text, finish_reason }],
  ...more,
})

const toGemini = (text: string, more: object, index = 0) => ({ index, content: { parts: [{ text }] }, ...more })
const geminiUsage = { promptTokenCount: 9, candidatesTokenCount: 2, totalTokenCount: 11 }
const gemini = (candidates: object[], usageMetadata: object | undefined) => ({
  candidates,
  usageMetadata,
  modelVersion: 'gemini-2.5-flash',
})
const geminiStart = gemini([toGemini('Hello', {})], { promptTokenCount: 9, totalTokenCount: 9 })
const geminiEnd = gemini([toGemini(' there', { finishReason: 'STOP' })], geminiUsage)

const anthropicStart = [
  {
    type: 'message_start',
    message: { type: 'message', role: 'assistant', model: 'm', usage: { input_tokens: 9, output_tokens: 1 } },
  },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello there' } },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
]

const responsesStart = [
  { type: 'response.created', response: { object: 'response', model: 'gpt-4o', status: 'in_progress' } },
  { type: 'response.output_text.delta', output_index: 0, delta: 'Hello there' },
  { type: 'response.output_text.done', output_index: 0, text: 'Hello there' },
  { type: 'response.output_item.done', output_index: 0, item: { type: 'message', status: 'completed', content: [] } },
]
const toResponse = (status: string) => ({
  type: `response.${status}`,
  response: { object: 'response', model: 'gpt-4o', status, output: [], usage: tokens },
})

const run = { object: 'thread.run', model: 'gpt-4o', usage: null }
const cohereStart = [
  { type: 'message-start' },
  { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hello there' } } } },
  { type: 'content-end', index: 0 },
]
const cohereUsage = { billed_units: tokens, tokens }
const cohereV1 = [
  { event_type: 'stream-start', is_finished: false, generation_id: 'g' },
  { event_type: 'text-generation', is_finished: false, text: 'Hello there' },
]
const ollama = (content: string, more: object) => ({ model: 'm', message: { role: 'assistant', content }, ...more })
const ollamaEnd = { done: true, done_reason: 'stop', prompt_eval_count: 9, eval_count: 2 }
const converse = [
  encodeAwsMessage('messageStart', { role: 'assistant' }),
  encodeAwsMessage('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hello there' } }),
  encodeAwsMessage('contentBlockStop', { contentBlockIndex: 0 }),
  encodeAwsMessage('messageStop', { stopReason: 'end_turn' }),
]
const converseUsage = { usage: { inputTokens: 9, outputTokens: 2, totalTokens: 11 } }

const chat = { path: '/v1/chat/completions', type: SSE }
const geminiPath = '/v1beta/models/gemini-2.5-flash:streamGenerateContent'
const invokePath = '/model/m/invoke-with-response-stream'

/** What ends a stream, format by format. */
export const terminatedStreams: Readonly<Record<string, TerminatedStream>> = {
  'the usage chunk of a chat': {
    ...chat,
    before: toSse([...chatText, toChat(null, 'stop')]),
    terminal: toSse([chatUsage]),
  },
  'the usage chunk of a chat that was counted as zeros until then': {
    ...chat,
    before: toSse([...chatText, toChat(null, 'stop', { usage: { prompt_tokens: 0, completion_tokens: 0 } })]),
    terminal: toSse([chatUsage]),
  },
  'the usage chunk of a chat that is read while it flows': {
    ...chat,
    before: toSse([...Array.from({ length: 3_000 }, () => toChat('word ', null)), toChat(null, 'stop')]),
    terminal: toSse([chatUsage]),
  },
  '[DONE] of a chat without usage': {
    ...chat,
    before: toSse([...chatText, toChat(null, 'stop')]),
    terminal: toSse(['[DONE]']),
    isNeverCounted: true,
  },
  '[DONE] of a chat whose line break never comes': {
    ...chat,
    before: toSse([...chatText, toChat(null, 'stop')]),
    terminal: 'data: [DONE]',
    isNeverCounted: true,
  },
  'the finish reason of a chat that counts beside it': {
    ...chat,
    before: toSse(chatText),
    terminal: toSse([toChat('', 'stop', { usage })]),
  },
  'the finish reason of the last choice of a chat that counts all along': {
    ...chat,
    before: toSse([...chatText, toChat('Hi', null, { usage }, 1), toChat('', 'stop', { usage })]),
    terminal: toSse([toChat('', 'stop', { usage }, 1)]),
    isCountedBefore: true,
  },
  'the usage chunk of a completion': {
    path: '/v1/completions',
    type: SSE,
    before: toSse([toText('Hello there', null), toText('', 'stop')]),
    terminal: toSse([{ object: 'text_completion', model: 'gpt-4o', choices: [], usage }]),
  },
  '[DONE] of a completion without usage': {
    path: '/v1/completions',
    type: SSE,
    before: toSse([toText('Hello there', null), toText('', 'stop')]),
    terminal: toSse(['[DONE]']),
    isNeverCounted: true,
  },
  'response.completed': {
    path: '/v1/responses',
    type: SSE,
    before: toTypedSse(responsesStart),
    terminal: toTypedSse([toResponse('completed')]),
  },
  'response.incomplete': {
    path: '/v1/responses',
    type: SSE,
    before: toTypedSse(responsesStart),
    terminal: toTypedSse([toResponse('incomplete')]),
  },
  'response.completed that is too large to be kept': {
    path: '/v1/responses',
    type: SSE,
    before: toTypedSse(responsesStart),
    terminal: toTypedSse([
      {
        type: 'response.completed',
        response: {
          object: 'response',
          status: 'completed',
          output: [{ type: 'image_generation_call', result: 'A'.repeat(1_500_000) }],
          usage: tokens,
        },
      },
    ]),
  },
  'thread.run.completed': {
    path: '/v1/threads/t/runs',
    type: SSE,
    before: toSse([
      ['thread.run.created', { ...run, status: 'queued' }],
      ['thread.run.in_progress', { ...run, status: 'in_progress' }],
      [
        'thread.message.delta',
        { object: 'thread.message.delta', delta: { content: [{ type: 'text', text: { value: 'Hello there' } }] } },
      ],
      ['thread.message.completed', { object: 'thread.message', status: 'completed' }],
    ]),
    terminal: toSse([['thread.run.completed', { ...run, status: 'completed', usage }]]),
  },
  message_stop: {
    path: '/v1/messages',
    type: SSE,
    before: toTypedSse(anthropicStart),
    terminal: toTypedSse([{ type: 'message_stop' }]),
    isCountedBefore: true,
  },
  'message_stop of the second of two turns': {
    path: '/v1/messages',
    type: SSE,
    before: toTypedSse([...anthropicStart, { type: 'message_stop' }, ...anthropicStart]),
    terminal: toTypedSse([{ type: 'message_stop' }]),
    isCountedBefore: true,
  },
  'the stop reason of a legacy completion of Anthropic': {
    path: '/v1/complete',
    type: SSE,
    before: toSse([['completion', { type: 'completion', completion: 'Hello there', stop_reason: null, model: 'm' }]]),
    terminal: toSse([['completion', { type: 'completion', completion: '', stop_reason: 'stop_sequence', model: 'm' }]]),
    isNeverCounted: true,
  },
  'finish of the AI SDK': {
    path: '/api/chat',
    type: SSE,
    before: toSse([
      { type: 'start' },
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'Hello there' },
      { type: 'text-end', id: 't' },
      { type: 'finish-step' },
    ]),
    terminal: toSse([
      { type: 'finish', messageMetadata: { model: 'gpt-4o', usage: { inputTokens: 9, outputTokens: 2 } } },
    ]),
  },
  'the finish reason of Gemini': {
    path: geminiPath,
    type: SSE,
    before: toSse([geminiStart]),
    terminal: toSse([geminiEnd]),
  },
  'the finish reason of Gemini in an array of JSON': {
    path: geminiPath,
    type: 'application/json',
    before: `[${JSON.stringify(geminiStart)}\n`,
    terminal: `,\n${JSON.stringify(geminiEnd)}\n`,
  },
  'the finish reason of the last candidate of Gemini': {
    path: geminiPath,
    type: SSE,
    before: toSse([
      gemini([toGemini('Hello', {}), toGemini('Hi', {}, 1)], undefined),
      gemini([toGemini(' there', { finishReason: 'STOP' })], undefined),
    ]),
    terminal: toSse([gemini([toGemini('!', { finishReason: 'STOP' }, 1)], geminiUsage)]),
  },
  'the counts of Gemini behind its finish reason': {
    path: geminiPath,
    type: SSE,
    before: toSse([gemini([toGemini('Hello there', { finishReason: 'STOP' })], undefined)]),
    terminal: toSse([{ usageMetadata: geminiUsage, modelVersion: 'gemini-2.5-flash' }]),
  },
  'interaction.completed': {
    path: '/v1beta/interactions',
    type: SSE,
    before: toSse([
      { event_type: 'interaction.created', interaction: { id: 'i', object: 'interaction', status: 'in_progress' } },
      { event_type: 'step.delta', index: 0, delta: { type: 'text', text: 'Hello there' } },
      { event_type: 'interaction.status_update', interaction_id: 'i', status: 'completed' },
    ]),
    terminal: toSse([
      {
        event_type: 'interaction.completed',
        interaction: { id: 'i', status: 'completed', usage: { total_input_tokens: 9, total_output_tokens: 2 } },
      },
    ]),
  },
  'done of a chat of Ollama': {
    path: '/api/chat',
    type: LINES,
    before: toLines([ollama('Hello', { done: false }), ollama(' there', { done: false })]),
    terminal: toLines([ollama('', ollamaEnd)]),
  },
  'done of a generation of Ollama, whose type is not named': {
    path: '/api/generate',
    type: 'application/json',
    before: toLines([
      { model: 'm', response: 'Hello', done: false },
      { model: 'm', response: ' there', done: false },
    ]),
    terminal: toLines([{ model: 'm', response: '', ...ollamaEnd }]),
  },
  'message-end of Cohere': {
    path: '/v2/chat',
    type: SSE,
    before: toTypedSse(cohereStart),
    terminal: toTypedSse([{ type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: cohereUsage } }]),
  },
  'stream-end of Cohere': {
    path: '/v1/chat',
    type: 'application/stream+json',
    before: toLines(cohereV1),
    terminal: toLines([{ event_type: 'stream-end', is_finished: true, response: { meta: cohereUsage } }]),
  },
  'metadata of Bedrock': {
    path: '/model/m/converse-stream',
    type: AWS,
    before: Buffer.concat(converse),
    terminal: encodeAwsMessage('metadata', converseUsage),
  },
  'message_stop in Bedrock': {
    path: invokePath,
    type: AWS,
    before: Buffer.concat(anthropicStart.map(encodeAwsChunk)),
    terminal: encodeAwsChunk({ type: 'message_stop', ...metrics }),
    isCountedBefore: true,
  },
  'metadata of Nova in Bedrock': {
    path: invokePath,
    type: AWS,
    before: Buffer.concat(
      [
        { messageStart: { role: 'assistant' } },
        { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Hello there' } } },
        { messageStop: { stopReason: 'end_turn' } },
      ].map(encodeAwsChunk),
    ),
    terminal: encodeAwsChunk({ metadata: converseUsage }),
  },
  'the metrics of Bedrock': {
    path: invokePath,
    type: AWS,
    before: encodeAwsChunk({ generation: 'Hello there', stop_reason: null }),
    terminal: encodeAwsChunk({ generation: '', stop_reason: 'stop', ...metrics }),
  },
  'a guardrail of Bedrock': {
    path: invokePath,
    type: AWS,
    before: encodeAwsChunk({ outputText: 'Hello', index: 0 }),
    terminal: encodeAwsChunk({
      outputText: 'Blocked',
      index: 0,
      'amazon-bedrock-guardrailAction': 'INTERVENED',
    }),
    isNeverCounted: true,
  },
  'stop of llama.cpp': {
    path: '/completion',
    type: SSE,
    before: toSse([{ content: 'Hello there', stop: false, tokens_predicted: 0, tokens_evaluated: 0 }]),
    terminal: toSse([{ content: '', stop: true, tokens_predicted: 2, tokens_evaluated: 9 }]),
  },
  'the whole text of text-generation-inference': {
    path: '/generate_stream',
    type: SSE,
    before: toSse([{ token: { text: 'Hello', special: false }, generated_text: null }]),
    terminal: toSse([{ token: { text: ' there', special: false }, generated_text: 'Hello there' }]),
    isNeverCounted: true,
  },
  'image_generation.completed': {
    path: '/v1/images/generations',
    type: SSE,
    before: toTypedSse([{ type: 'image_generation.partial_image', b64_json: 'AAAA', partial_image_index: 0 }]),
    terminal: toTypedSse([{ type: 'image_generation.completed', b64_json: 'AAAA', usage: tokens }]),
  },
  'image_edit.completed that is too large to be kept': {
    path: '/v1/images/edits',
    type: SSE,
    before: toTypedSse([{ type: 'image_edit.partial_image', b64_json: 'AAAA', partial_image_index: 0 }]),
    terminal: toTypedSse([{ type: 'image_edit.completed', b64_json: 'A'.repeat(1_500_000), usage: tokens }]),
  },
  'transcript.text.done': {
    path: '/v1/audio/transcriptions',
    type: SSE,
    before: toTypedSse([{ type: 'transcript.text.delta', delta: 'Hello there' }]),
    terminal: toTypedSse([{ type: 'transcript.text.done', text: 'Hello there', usage: { type: 'tokens', ...tokens } }]),
  },
  'speech.audio.done': {
    path: '/v1/audio/speech',
    type: SSE,
    before: toTypedSse([{ type: 'speech.audio.delta', audio: 'AAAA' }]),
    terminal: toTypedSse([{ type: 'speech.audio.done', usage: tokens }]),
  },
}
