import type http from 'node:http'
import { bedrock, cohere, groq, mistral } from './chat-providers.ts'
import { named, SSE, unnamed, type Provider } from './provider.ts'
import { chatEvents, completion, type Answer } from './upstream.ts'

/** When the server ends a stream: with its last event, as most do, or later; or it stops behind the first text and waits. */
export type Ending = 'at once' | '20 ms later' | 'never'

/** One process that answers as several providers do, told apart by their paths. Each says 9 tokens in, 2 out. */
export function answerAsProvider(ending: Ending): Answer {
  return ({ path, body }, response) => {
    const request = JSON.parse(body) as Request
    const { whole, events, type } = toProvider(path.replace(/\?.*$/, ''), request)
    if (/[:-]stream/.test(path) || request.stream === true) {
      response.writeHead(200, { 'content-type': type })
      void writeEvents(response, events, ending)
    } else {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole))
    }
  }
}

async function writeEvents(response: http.ServerResponse, events: Provider['events'], ending: Ending): Promise<void> {
  const stop = ending === 'never' ? events.findIndex((event) => event.includes('Hello')) + 1 : events.length - 1
  for (const event of events.slice(0, stop)) {
    response.write(event)
    await pause(2)
  }
  if (ending === 'never') return
  const last = events.at(-1)
  if (ending === 'at once') response.end(last)
  else {
    response.write(last)
    await pause(20)
    response.end()
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

interface Request {
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
}

function toProvider(path: string, { stream_options }: Request): Provider {
  if (path.startsWith('/model/')) return bedrock
  if (path.startsWith('/openai/v1/chat')) return groq
  if (path.startsWith('/mistral/')) return mistral
  if (path.endsWith('/chat/completions'))
    return { whole: completion, events: chatEvents(stream_options?.include_usage === true), type: SSE }
  if (path.endsWith('/messages')) return anthropic
  if (path === '/v2/chat') return cohere
  if (path.endsWith('/responses')) return openAiResponses
  return path.startsWith('/api/chat') ? ollama : gemini
}

const anthropicMessage = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-of-tests',
  content: [{ type: 'text', text: 'Hello there' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 9, output_tokens: 2 },
}

const anthropic: Provider = {
  whole: anthropicMessage,
  type: SSE,
  events: [
    {
      type: 'message_start',
      message: { ...anthropicMessage, content: [], stop_reason: null, usage: { input_tokens: 9, output_tokens: 1 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ' there' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 2 } },
    { type: 'message_stop' },
  ].map(named),
}

const responseObject = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status: 'completed',
  model: 'gpt-4o-2024-08-06',
  output: [
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'Hello there', annotations: [] }],
    },
  ],
  usage: {
    input_tokens: 9,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 11,
  },
}

const contentPart = (step: string) => ({
  type: `response.content_part.${step}`,
  item_id: 'msg_1',
  output_index: 0,
  content_index: 0,
})

const openAiResponses: Provider = {
  whole: responseObject,
  type: SSE,
  events: [
    {
      type: 'response.created',
      sequence_number: 0,
      response: { ...responseObject, status: 'in_progress', output: [], usage: null },
    },
    {
      type: 'response.output_item.added',
      sequence_number: 1,
      output_index: 0,
      item: { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
    },
    { ...contentPart('added'), part: { type: 'output_text', text: '', annotations: [] } },
    ...['Hello', ' there'].map((delta, index) => ({
      type: 'response.output_text.delta',
      sequence_number: 2 + index,
      item_id: 'msg_1',
      output_index: 0,
      content_index: 0,
      delta,
    })),
    { ...contentPart('done'), part: responseObject.output[0]?.content[0] },
    { type: 'response.output_item.done', sequence_number: 4, output_index: 0, item: responseObject.output[0] },
    { type: 'response.completed', sequence_number: 5, response: responseObject },
  ].map(named),
}

const toGemini = (text: string, finishReason: string | undefined) => ({
  candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, finishReason }],
  usageMetadata: {
    promptTokenCount: 9,
    ...(finishReason ? { candidatesTokenCount: 2, totalTokenCount: 11 } : { totalTokenCount: 9 }),
  },
  modelVersion: 'gemini-2.5-flash',
  responseId: 'r1',
})

const gemini: Provider = {
  whole: toGemini('Hello there', 'STOP'),
  type: SSE,
  events: [toGemini('Hello', undefined), toGemini(' there', 'STOP')].map(unnamed),
}

const ollamaLast = { done: true, done_reason: 'stop', prompt_eval_count: 9, eval_count: 2 }
const toOllama = (content: string, rest: object) => ({
  model: 'llama3.2',
  created_at: '2026-01-01T00:00:00Z',
  message: { role: 'assistant', content },
  ...rest,
})

const ollama: Provider = {
  whole: toOllama('Hello there', ollamaLast),
  type: 'application/x-ndjson',
  events: [toOllama('Hello', { done: false }), toOllama(' there', { done: false }), toOllama('', ollamaLast)].map(
    (line) => `${JSON.stringify(line)}\n`,
  ),
}
