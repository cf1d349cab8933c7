import { answerChat, writeSlowly, type Answer } from './upstream.ts'

/** One process that answers as several providers do, told apart by their paths. Each says 9 tokens in, 2 out. */
export const answerAsProvider: Answer = (call, response) => {
  const { path, body } = call
  if (path.endsWith('/chat/completions')) return answerChat(call, response)
  const wantsStream = path.includes(':stream') || (JSON.parse(body) as { stream?: boolean }).stream === true
  const { whole, events, type } = toProvider(path)
  if (wantsStream) {
    response.writeHead(200, { 'content-type': type })
    void writeSlowly(response, events)
  } else {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole))
  }
}

interface Provider {
  readonly whole: object
  readonly events: string[]
  readonly type: string
}

function toProvider(path: string): Provider {
  if (path.endsWith('/messages')) return anthropic
  if (path.endsWith('/responses')) return openAiResponses
  return path.startsWith('/api/chat') ? ollama : gemini
}

const named = (message: { type: string }) => `event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`
const unnamed = (message: object) => `data: ${JSON.stringify(message)}\n\n`
const SSE = 'text/event-stream'

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
      type: 'response.output_text.delta',
      sequence_number: 1,
      item_id: 'msg_1',
      output_index: 0,
      content_index: 0,
      delta: 'Hello there',
    },
    { type: 'response.completed', sequence_number: 2, response: responseObject },
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
