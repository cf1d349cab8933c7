import { afterEach, describe, expect, it } from 'vitest'
import { reprice } from '../../src/pricing/reprice.ts'
import { exchange } from '../setup/raw-exchange.ts'
import { serverKinds } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'

const prices = {
  _meta: { unit: '1m' },
  '*': {
    main: {
      prompt: 5,
      completion: 25,
      cached: 0.5,
      cache_write: { default: 6.25, '1h': 10 },
      image_completion: 40,
      tools: { web_search: 0.01 },
      service_tiers: { priority: { multiplier: 1.75 } },
      inference_regions: { us: 1.1 },
    },
    adviser: { prompt: 10, completion: 50 },
    painter: { prompt: 5, completion: 10, image_completion: 40 },
    film: { per: { video_second: 0.1 } },
    voice: { per: { character: 0.000_015 } },
  },
}

const closing: (() => Promise<unknown>)[] = []
afterEach(() => Promise.all(closing.splice(0).map((close) => close())))

interface Call {
  readonly path?: string
  readonly request?: object
  readonly answer: object
  readonly headers?: Readonly<Record<string, string>>
}

async function ask({ path = '/v1/messages', request = {}, answer, headers = {} }: Call) {
  const { tracker, waitForEvents } = createTestTracker({
    PRICING_DATASET: 'off',
    PRICING_JSON: JSON.stringify(prices),
  })
  const server = await serverKinds['node:http']!((incoming, response) => {
    incoming.resume()
    incoming.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify(answer))
    })
  }, tracker)
  closing.push(server.close, tracker.shutdown)
  await exchange(server.url, { path, body: JSON.stringify(request) })
  const [event] = await waitForEvents(1)
  const report = await reprice([JSON.stringify(event)], tracker.pricing)
  return { event: event!, repriced: report.models[0]?.after ?? null }
}

const message = (usage: object) => ({
  type: 'message',
  role: 'assistant',
  model: 'main',
  content: [],
  stop_reason: 'end_turn',
  usage,
})
const plain = { input_tokens: 1_000, output_tokens: 100 }

describe('the figures of an event', () => {
  it.each<[string, Call, object]>([
    [
      'the region where it was made to run',
      { answer: message({ ...plain, inference_geo: 'us' }) },
      { inference_region: 'us', total_cost: 0.008_25, usage_details: null, other_models: [] },
    ],
    [
      'the tier in a header of Bedrock',
      { answer: message(plain), headers: { 'X-Amzn-Bedrock-Service-Tier': 'priority' } },
      { service_tier: 'priority', total_cost: 0.013_125 },
    ],
    [
      'the tier in a header of Gemini, without any count in headers',
      { answer: message(plain), headers: { 'x-gemini-service-tier': 'PRIORITY' } },
      { service_tier: 'priority', total_cost: 0.013_125 },
    ],
    [
      'cache writes by their lifetime',
      {
        answer: message({
          ...plain,
          cache_creation_input_tokens: 400,
          cache_creation: { ephemeral_1h_input_tokens: 400, ephemeral_5m_input_tokens: 0 },
        }),
      },
      {
        prompt_tokens: 1_400,
        cache_write_tokens: 400,
        usage_details: { cache_write: { '1h': 400 } },
        total_cost: 0.011_5,
      },
    ],
    [
      'calls of tools',
      { answer: message({ ...plain, server_tool_use: { web_search_requests: 2 } }) },
      { usage_details: { tools: { web_search: 2 } }, total_cost: 0.0275 },
    ],
    [
      'an adviser beside the answer',
      {
        answer: message({
          ...plain,
          iterations: [
            { type: 'advisor_message', model: 'adviser', input_tokens: 2_000, output_tokens: 10 },
            { type: 'message', ...plain },
          ],
        }),
      },
      {
        prompt_tokens: 1_000,
        completion_tokens: 100,
        other_models: [
          {
            model: 'adviser',
            prompt_tokens: 2_000,
            completion_tokens: 10,
            cached_tokens: null,
            cache_write_tokens: null,
            reasoning_tokens: null,
            image_tokens: null,
            usage_details: null,
            total_cost: 0.0205,
            priced_by: 'json:*/adviser',
          },
        ],
        total_cost: 0.028,
      },
    ],
    [
      'an image tool, whose images show on the event too',
      {
        path: '/v1/responses',
        answer: {
          object: 'response',
          status: 'completed',
          model: 'main',
          output: [],
          tools: [{ type: 'image_generation', model: 'painter' }],
          tool_usage: {
            image_gen: { input_tokens: 100, output_tokens: 1_000, output_tokens_details: { image_tokens: 1_000 } },
          },
          usage: { input_tokens: 1_000, output_tokens: 100, total_tokens: 1_100 },
        },
      },
      {
        completion_tokens: 100,
        image_tokens: 1_000,
        other_models: [
          {
            model: 'painter',
            completion_tokens: 1_000,
            usage_details: { image_completion: 1_000 },
            total_cost: 0.0405,
          },
        ],
        total_cost: 0.048,
      },
    ],
    [
      'the seconds of a film, which is all that it costs',
      {
        path: '/v1/videos',
        request: { model: 'film', prompt: 'a cat', seconds: '8' },
        answer: { id: 'v', object: 'video', status: 'queued', model: 'film', seconds: '8' },
      },
      { usage_details: { per: { video_second: 8 } }, total_cost: 0.8 },
    ],
  ])('tell %s, and price again to the same cost', async (_, call, expected) => {
    const { event, repriced } = await ask(call)
    expect(event).toMatchObject(expected)
    expect(repriced).toBe(event.total_cost)
  })

  it('leave the whole unpriced where a part is', async () => {
    const iterations = [{ type: 'advisor_message', model: 'nobody-prices-me', input_tokens: 1, output_tokens: 1 }]
    const { event } = await ask({ answer: message({ ...plain, iterations }) })
    expect(event).toMatchObject({ total_cost: null, other_models: [{ model: 'nobody-prices-me', total_cost: null }] })
  })
})
