import { afterEach, describe, expect, it } from 'vitest'
import { exchange } from '../setup/raw-exchange.ts'
import { serverKinds } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { toLines, toSse } from '../wire/read.ts'

interface Case {
  readonly path?: string
  readonly request?: object
  readonly type?: string
  /** An object stands for its JSON text. */
  readonly answer: object | string
  /** `null` for an exchange that is none. */
  readonly expected: object | null
}

const closing: (() => Promise<unknown>)[] = []
afterEach(() => Promise.all(closing.splice(0).map((close) => close())))

async function ask({ path = '/v1/chat/completions', request = {}, type = 'application/json', answer }: Case) {
  const { tracker, events } = createTestTracker({ PRICING_DATASET: 'off' })
  const server = await serverKinds['node:http']!((incoming, response) => {
    incoming.resume()
    incoming.on('end', () => {
      response.writeHead(200, { 'content-type': type })
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
    })
  }, tracker)
  closing.push(server.close, tracker.shutdown)
  const messages = [{ role: 'user', content: 'say something' }]
  await exchange(server.url, { path, body: JSON.stringify({ model: 'm-1', messages, ...request }) })
  await tracker.flush()
  return events
}

const choice = (fields: object) => ({ object: 'chat.completion', model: 'm-1', choices: [{ index: 0, ...fields }] })
const chunk = (fields: object) => ({
  object: 'chat.completion.chunk',
  model: 'm-1',
  choices: [{ index: 0, ...fields }],
})
const said = chunk({ delta: { content: 'Hello there' } })
const usage = { prompt_tokens: 40, completion_tokens: 7, total_tokens: 47 }
const counted = { status: 'success', prompt_tokens: 40, completion_tokens: 7, token_source: 'api' }

const failures: Record<string, Case> = {
  'a choice that ends for want of a network': {
    answer: choice({ message: { content: '' }, finish_reason: 'network_error' }),
    expected: { status: 'error', error_code: 'network_error' },
  },
  'a stream whose choice ends for want of resources': {
    type: 'text/event-stream',
    answer: toSse([said, chunk({ delta: {}, finish_reason: 'insufficient_system_resource' }), '[DONE]']),
    expected: { status: 'error', error_code: 'insufficient_system_resource' },
  },
  'a bare code and message': {
    answer: { code: 'DataInspectionFailed', message: 'no', request_id: 'r' },
    expected: { status: 'error', error_code: 'DataInspectionFailed', error_message: 'no' },
  },
  'a bare code and message in a stream': {
    type: 'text/event-stream',
    answer: toSse([{ code: 'Throttling', message: 'slow down', request_id: 'r' }]),
    expected: { status: 'error', error_code: 'Throttling' },
  },
  'an error beside a choice that only says error': {
    type: 'text/event-stream',
    answer: toSse([
      { ...chunk({ delta: { content: '' }, finish_reason: 'error' }), error: { code: 502, message: 'upstream' } },
    ]),
    expected: { status: 'error', error_code: '502', error_message: 'upstream' },
  },
  'a chunk that has a type of error and no choices': {
    type: 'text/event-stream',
    answer: toSse([said, { choices: null, error_type: 'overloaded', error_message: 'later' }]),
    expected: { status: 'error', error_code: 'overloaded', error_message: 'later' },
  },
  'a list of errors': {
    answer: { errors: [{ code: 'invalid', message: 'no' }], trace: 't' },
    expected: { status: 'error', error_code: 'invalid', error_message: 'no' },
  },
  'the error part of a UI stream': {
    path: '/api/chat',
    type: 'text/event-stream',
    answer: toSse([{ type: 'error', errorText: 'out of luck' }]),
    expected: { status: 'error', error_message: 'out of luck', provider: null },
  },
  'an object on a line of its own in a stream': {
    path: '/v1beta/interactions',
    type: 'text/event-stream',
    answer: `${toSse([{ event_type: 'interaction.created', interaction: { id: 'i', status: 'in_progress' } }])}${toLines([{ error: { code: 'blocked', message: 'not this' } }])}`,
    expected: { status: 'error', error_code: 'blocked', error_message: 'not this' },
  },
}

const successes: Record<string, Case> = {
  'a code that says that all is well': {
    answer: { code: 0, message: 'Success', ...choice({ message: { content: 'Hi' }, finish_reason: 'stop' }), usage },
    expected: counted,
  },
  'a filtered answer': {
    answer: { ...choice({ message: { content: '' }, finish_reason: 'sensitive' }), usage },
    expected: counted,
  },
  'fields behind a blank': {
    type: 'text/event-stream',
    answer: toSse([said, { ...chunk({ delta: {}, finish_reason: 'stop' }), usage }, '[DONE]']).replaceAll(
      'data:',
      ' data:',
    ),
    expected: counted,
  },
  'fields that are wrapped twice': {
    type: 'text/event-stream',
    answer: toSse([said, { ...chunk({ delta: {}, finish_reason: 'stop' }), usage }, '[DONE]']).replaceAll(
      'data:',
      'data: data:',
    ),
    expected: counted,
  },
  'the traffic type of Vertex in the shape of OpenAI': {
    answer: {
      ...choice({ message: { content: 'Hi' }, finish_reason: 'stop' }),
      usage: { ...usage, extra_properties: { google: { traffic_type: 'ON_DEMAND_PRIORITY' } } },
    },
    expected: { ...counted, service_tier: 'priority' },
  },
  'latency that is charged like a tier': {
    path: '/model/m-1/converse',
    answer: {
      output: { message: { role: 'assistant', content: [{ text: 'Hi' }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 40, outputTokens: 7, totalTokens: 47 },
      performanceConfig: { latency: 'optimized' },
    },
    expected: { ...counted, service_tier: 'optimized' },
  },
  'a prompt that is smaller than its cached part, without a total': {
    answer: {
      ...choice({ message: { content: 'Hi' }, finish_reason: 'stop' }),
      usage: { prompt_tokens: 12, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 5_000 } },
    },
    expected: { prompt_tokens: 5_012, cached_tokens: 5_000, completion_tokens: 7 },
  },
  'embeddings of watsonx': {
    path: '/api/v1/embeddings',
    request: { inputs: ['a', 'b'] },
    answer: { model_id: 'm-1', results: [{ embedding: [0.1] }], input_token_count: 10 },
    expected: { operation: 'embeddings', prompt_tokens: 10, completion_tokens: 0, token_source: 'api' },
  },
  'embeddings of Ollama': {
    path: '/api/embed',
    answer: { model: 'm-1', embeddings: [[0.1]], prompt_eval_count: 3 },
    expected: { provider: 'ollama', prompt_tokens: 3, completion_tokens: 0 },
  },
  'searches of a plugin': {
    answer: {
      ...choice({ message: { content: 'Hi' }, finish_reason: 'stop' }),
      usage: { ...usage, plugins: { search: { count: 2 } } },
    },
    expected: { ...counted, usage_details: { tools: { web_search: 2 } } },
  },
  'the location that Vertex is asked at': {
    path: '/v1/projects/p/locations/us-east5/publishers/anthropic/models/m-1:rawPredict',
    answer: {
      type: 'message',
      role: 'assistant',
      model: 'm-1',
      content: [],
      stop_reason: 'end_turn',
      usage: { input_tokens: 40, output_tokens: 7 },
    },
    expected: { ...counted, inference_region: 'us-east5' },
  },
  'a document that is read and described': {
    path: '/v1/ocr',
    answer: { pages: [{ markdown: 'words' }], usage_info: { pages_processed: 2 }, document_annotation: '{}' },
    expected: { status: 'success', completion_tokens: null, usage_details: { per: { annotated_page: 2 } } },
  },
  'a prompt of nothing, which no prompt is': {
    path: '/v1/messages',
    answer: {
      type: 'message',
      role: 'assistant',
      model: 'm-1',
      content: [],
      stop_reason: 'end_turn',
      usage: { input_tokens: 0, output_tokens: 7 },
    },
    expected: { completion_tokens: 7, prompt_token_source: 'estimated' },
  },
  'an answer that gives its provider away': {
    answer: { ...choice({ message: { content: 'Hi' }, finish_reason: 'stop' }), usage, x_groq: { id: 'r' } },
    expected: { ...counted, provider: 'groq' },
  },
  'one container in which two programs ran': {
    path: '/v1/responses',
    answer: {
      object: 'response',
      status: 'completed',
      model: 'm-1',
      output: ['a', 'b'].map((id) => ({ type: 'code_interpreter_call', id, container_id: 'c-1', status: 'completed' })),
      usage: { input_tokens: 40, output_tokens: 7, total_tokens: 47 },
    },
    expected: { ...counted, usage_details: { tools: { code_interpreter: 1 } } },
  },
  'pictures that Cohere embeds': {
    path: '/v2/embed',
    answer: { embeddings: { float: [[0.1]] }, meta: { billed_units: { images: 3 } } },
    expected: { usage_details: { per: { image: 3 } } },
  },
  'characters as a reader counts them': {
    path: '/v1/audio/speech',
    request: { input: '\u4f60\u597d\u{1f600}ab' },
    type: 'audio/mpeg',
    answer: 'ID3',
    expected: { status: 'success', usage_details: { per: { character: 5 } } },
  },
  'a refusal before a word was said, which costs nothing': {
    path: '/v1/messages',
    answer: {
      type: 'message',
      role: 'assistant',
      model: 'm-1',
      content: [],
      stop_reason: 'refusal',
      usage: { input_tokens: 900, output_tokens: 0 },
    },
    expected: { prompt_tokens: 900, completion_tokens: 0, usage_details: { billed_prompt: 0, billed_completion: 0 } },
  },
  'a fallback that declined before it said anything': {
    path: '/v1/messages',
    answer: {
      type: 'message',
      role: 'assistant',
      model: 'm-2',
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'end_turn',
      usage: {
        input_tokens: 40,
        output_tokens: 7,
        iterations: [
          { type: 'message', model: 'm-1', input_tokens: 40, output_tokens: 0 },
          { type: 'fallback_message', model: 'm-2', input_tokens: 40, output_tokens: 7 },
        ],
      },
    },
    expected: { ...counted, model: 'm-2', other_models: [] },
  },
}

const unread: Record<string, Case> = {
  'pictures in a chat': {
    answer: choice({
      message: { content: '', images: [{ image_url: { url: 'data:image/png;base64,AA' } }] },
      finish_reason: 'stop',
    }),
    expected: { status: 'success', completion_tokens: null },
  },
  'a part of an unknown kind': {
    answer: choice({ message: { content: [{ type: 'hologram', beams: 3 }] }, finish_reason: 'stop' }),
    expected: { completion_tokens: null },
  },
  'a block of an unknown kind': {
    path: '/v1/messages',
    answer: {
      type: 'message',
      role: 'assistant',
      model: 'm-1',
      content: [{ type: 'hologram' }],
      stop_reason: 'end_turn',
    },
    expected: { completion_tokens: null },
  },
  'no choice at all': {
    answer: { object: 'chat.completion', model: 'm-1', choices: [] },
    expected: { completion_tokens: null },
  },
  'images without usage': {
    path: '/v1/images/generations',
    request: { prompt: 'a cat' },
    answer: { created: 1, data: [{ b64_json: 'AA' }] },
    expected: { completion_tokens: null, usage_details: { per: { image: 1 } } },
  },
  'a stream without one readable message': {
    type: 'text/event-stream',
    answer: 'foo bar\n\nmore of it\n\n',
    expected: { completion_tokens: null },
  },
  'an unknown answer to an unknown request at a path of Ollama': {
    path: '/api/generate',
    request: { messages: undefined, topic: 'cats' },
    answer: { story: 'once' },
    expected: { status: 'success', prompt_tokens: null, completion_tokens: null, provider: null },
  },
  'plain text at a path of Ollama': {
    path: '/api/chat',
    type: 'text/plain',
    answer: 'just words',
    expected: { status: 'success', completion_tokens: null, provider: null },
  },
}

const nothing: Record<string, Case> = Object.fromEntries(
  [
    '/openai/v1/conversations',
    '/openai/v1/conversations/c-1/items',
    '/v1/audio/voices',
    '/api/v1/tasks/config/update',
    '/v1/chat/completions/chatcmpl-1',
  ].map((path) => [path, { path, answer: { id: 'x', object: 'thing' }, expected: null }]),
)

describe.each(
  Object.entries({ failures, successes, 'parts that cannot be read': unread, 'calls that generate nothing': nothing }),
)('odd answers: %s', (_, cases) => {
  it.each(Object.entries(cases))('%s', async (_name, given) => {
    const events = await ask(given)
    if (given.expected === null) expect(events).toEqual([])
    else expect(events).toMatchObject([given.expected])
  })
})

describe('an answer of several servers', () => {
  it('counts at a path that ends with a number', async () => {
    const answer = { ...choice({ message: { content: 'Hi' }, finish_reason: 'stop' }), usage }
    expect(await ask({ path: '/ollama/v1/chat/completions/0', answer, expected: {} })).toMatchObject([counted])
  })
})
