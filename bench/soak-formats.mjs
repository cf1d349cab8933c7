const WORDS = 'The harbour lay quiet under a thin fog while the first boats came in with their catch.'.split(' ')

const sse = (messages, name = () => '') =>
  messages.map((message) => {
    const event = name(message)
    return `${event && `event: ${event}\n`}data: ${typeof message === 'string' ? message : JSON.stringify(message)}\n\n`
  })

const openAiChunk = (delta, more = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  model: 'gpt-4o',
  choices: [{ index: 0, delta, finish_reason: null }],
  ...more,
})
const openAiWords = WORDS.map((word) => openAiChunk({ content: `${word} ` }))
const openAiEnd = openAiChunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
const openAiUsage = openAiChunk(
  {},
  { choices: [], usage: { prompt_tokens: 21, completion_tokens: 17, total_tokens: 38 } },
)

const anthropicStream = [
  {
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      model: 'claude-sonnet-4-5',
      usage: { input_tokens: 20, output_tokens: 1 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ...WORDS.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: `${text} ` } })),
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 19 } },
  { type: 'message_stop' },
]

/** Eight ways to answer; `tokens` is what the event must say, `null` where it is estimated. */
export const formats = [
  {
    path: '/v1/chat/completions',
    contentType: 'application/json',
    pieces: [
      JSON.stringify({
        object: 'chat.completion',
        model: 'gpt-4o',
        choices: [{ index: 0, message: { role: 'assistant', content: WORDS.join(' ') }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 9, completion_tokens: 17, total_tokens: 26 },
      }),
    ],
    tokens: [9, 17],
  },
  {
    path: '/api/v1/chat/completions',
    contentType: 'text/event-stream',
    pieces: sse([...openAiWords, openAiEnd, openAiUsage, '[DONE]']),
    tokens: [21, 17],
  },
  {
    path: '/chat/completions',
    contentType: 'text/event-stream',
    pieces: sse([...openAiWords, openAiEnd, '[DONE]']),
    tokens: null,
  },
  {
    path: '/v1/messages',
    contentType: 'text/event-stream',
    pieces: sse(anthropicStream, ({ type }) => type),
    tokens: [20, 19],
  },
  {
    path: '/api/chat',
    contentType: 'application/x-ndjson',
    pieces: [
      ...WORDS.map((word) => ({ message: { role: 'assistant', content: `${word} ` }, done: false })),
      {
        message: { role: 'assistant', content: '' },
        done: true,
        done_reason: 'stop',
        prompt_eval_count: 12,
        eval_count: 18,
      },
    ].map((line) => `${JSON.stringify({ model: 'llama3.2:3b', created_at: '2026-01-01T00:00:00Z', ...line })}\n`),
    tokens: [12, 18],
  },
  {
    path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent',
    contentType: 'text/event-stream',
    pieces: sse(
      WORDS.map((text, index) => ({
        modelVersion: 'gemini-2.5-flash',
        candidates: [
          {
            content: { role: 'model', parts: [{ text: `${text} ` }] },
            ...(index === WORDS.length - 1 && { finishReason: 'STOP' }),
          },
        ],
        usageMetadata: { promptTokenCount: 11, candidatesTokenCount: index + 1, totalTokenCount: 12 + index },
      })),
    ),
    tokens: [11, WORDS.length],
  },
  {
    path: '/v1/responses',
    contentType: 'application/json',
    pieces: [
      JSON.stringify({
        id: 'resp_1',
        object: 'response',
        status: 'completed',
        model: 'gpt-4.1-mini',
        output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: WORDS.join(' ') }] }],
        usage: { input_tokens: 14, output_tokens: 16, total_tokens: 30 },
      }),
    ],
    tokens: [14, 16],
  },
  {
    path: '/v2/chat',
    contentType: 'application/json',
    pieces: [
      JSON.stringify({
        id: 'c1',
        finish_reason: 'COMPLETE',
        message: { role: 'assistant', content: [{ type: 'text', text: WORDS.join(' ') }] },
        usage: {
          billed_units: { input_tokens: 5, output_tokens: 17 },
          tokens: { input_tokens: 71, output_tokens: 17 },
        },
      }),
    ],
    tokens: [71, 17],
  },
]
