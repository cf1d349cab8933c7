import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { inspect } from 'node:util'
import connect from 'connect'
import { describe, expect, it } from 'vitest'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { ConfigurationError } from '../../src/core/errors.ts'
import type { SanitisedEvent } from '../../src/core/records/event.ts'
import { createTokenTracker } from '../../src/tracker/create-tracker.ts'
import { getTokenLogger, registerCustomCounter } from '../../src/tracker/default-tracker.ts'
import { exchange } from '../setup/raw-exchange.ts'
import { listen, serverKinds } from '../setup/servers.ts'
import { getTrackerEntries } from '../../src/tracker/tracker-entries.ts'
import { createTestTracker } from '../setup/tracker.ts'
import http from 'node:http'

const PRICES = JSON.stringify({ openai: { 'gpt-4': { prompt: 0.03, completion: 0.06 } } })
const ANSWER = JSON.stringify({
  object: 'chat.completion',
  model: 'gpt-4-0613',
  choices: [{ index: 0, message: { content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 },
})
const answer: http.RequestListener = (request, response) => {
  request.resume()
  response.setHeader('content-type', 'application/json')
  response.end(ANSWER)
}

describe('manual logging', () => {
  it('writes every field it is given', async () => {
    const { tracker, events } = createTestTracker({ PRICING_JSON: PRICES })
    const id = tracker.logger.logTokenUsage({
      model: 'gpt-4',
      promptTokens: 100,
      completionTokens: 50,
      userId: 'user123',
      sessionId: 'session456',
      conversationId: 'chat789',
      endpoint: '/api/chat/completions',
      requestId: 'request-1',
      durationMs: 1500,
      streaming: true,
      temperature: 0.5,
      maxTokens: 200,
      metadata: { team: 'blue', client_id: 'from-metadata' },
      tags: ['a', 'b'],
      status: 'error',
      errorCode: 'teapot',
      errorMessage: 'short and stout',
    })
    await tracker.flush()
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      id,
      model: 'gpt-4',
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      token_source: 'api',
      prompt_cost: 0.003,
      completion_cost: 0.003,
      total_cost: 0.006,
      provider: 'openai',
      user_id: 'user123',
      session_id: 'session456',
      conversation_id: 'chat789',
      client_id: 'from-metadata',
      endpoint: '/api/chat/completions',
      request_id: 'request-1',
      duration_ms: 1500,
      streaming: true,
      temperature: 0.5,
      max_tokens: 200,
      metadata: { team: 'blue' },
      tags: ['a', 'b'],
      status: 'error',
      error_code: 'teapot',
      error_message: 'short and stout',
    })
    expect(events[0]?.tokens_per_second).toBeCloseTo(33.333, 3)
    await tracker.shutdown()
  })

  it('counts texts when there are no counts, and leaves what has neither unknown', async () => {
    const { tracker, events } = createTestTracker()
    tracker.logger.logTokenUsage({ model: 'gpt-4', promptText: 'hello world', completionText: '' })
    tracker.logger.logTokenUsage({ model: 'gpt-4' })
    await tracker.flush()
    const byTokens = events.toSorted((a, b) => Number(b.prompt_tokens) - Number(a.prompt_tokens))
    expect(byTokens[0]).toMatchObject({ prompt_tokens: 2, completion_tokens: 0, token_source: 'tiktoken' })
    expect(byTokens[1]).toMatchObject({
      prompt_tokens: null,
      completion_tokens: null,
      token_source: null,
      total_cost: null,
    })
    await tracker.shutdown()
  })

  it('never throws, and answers null for what it cannot take', async () => {
    const { tracker } = createTestTracker()
    for (const entry of [undefined, null, 5, {}, { model: '' }, { model: 7 }]) {
      expect(tracker.logger.logTokenUsage(entry as never)).toBeNull()
    }
    const hostile = {
      get model(): string {
        throw new Error('no')
      },
    }
    expect(tracker.logger.logTokenUsage(hostile)).toBeNull()
    const cyclic: Record<string, unknown> = { n: 1n }
    cyclic['self'] = cyclic
    expect(
      tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: -5, metadata: cyclic, tags: [3] as never }),
    ).not.toBeNull()
    await tracker.flush()
    expect(tracker.getStats()).toMatchObject({ accepted: 1, events: 1, failed: 0 })
    await tracker.shutdown()
  })

  it('keeps each call’s own metadata, takes numbers for ids, and says when a count is none', async () => {
    const { tracker, events } = createTestTracker()
    const metadata = { step: 0 }
    for (let step = 1; step <= 3; step++) {
      metadata.step = step
      tracker.logger.logTokenUsage({
        model: 'gpt-4',
        userId: 42,
        promptTokens: '100' as never,
        completionTokens: step,
        metadata,
      })
    }
    await tracker.flush()
    expect(events.map((event) => event.metadata['step'])).toEqual([1, 2, 3])
    expect(events[0]).toMatchObject({ user_id: '42', prompt_tokens: null })
    expect(tracker.getStats().faults).toBe(3)
    await tracker.shutdown()
  })

  it('answers null when the tracker is switched off', () => {
    const { tracker } = createTestTracker({ ENABLED: 'false' })
    expect(tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1 })).toBeNull()
  })
})

describe('custom counters', () => {
  it('come before every other way to count, for manual logging and the middleware alike', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    tracker.counters.register('gpt-4', (text) => text.length)
    tracker.logger.logTokenUsage({ model: 'gpt-4', promptText: 'four', completionText: 'three' })
    const server = await serverKinds['node:http']!((request, response) => {
      request.resume()
      response.end(
        JSON.stringify({
          object: 'chat.completion',
          model: 'gpt-4',
          choices: [{ message: { content: '12345678' }, finish_reason: 'stop' }],
        }),
      )
    }, tracker)
    await exchange(server.url, {
      body: JSON.stringify({ model: 'gpt-4', messages: [{ role: 'user', content: '123' }] }),
    })
    const [manual, watched] = await waitForEvents(2)
    expect(manual).toMatchObject({ prompt_tokens: 4, completion_tokens: 5, token_source: 'custom' })
    expect(watched).toMatchObject({ prompt_tokens: 3, completion_tokens: 8, token_source: 'custom' })
    await Promise.all([tracker.shutdown(), server.close()])
  })
})

describe('a redactor of one’s own', () => {
  it('runs on every free text, and drops what it fails on', async () => {
    const lines: string[] = []
    const write = (_fields: object, message: string) => void lines.push(message)
    const logger = { debug: write, info: write, warn: write, error: write }
    const redactor = (text: string) => {
      if (text.includes('poison')) throw new Error(`cannot redact ${text}`)
      return text.replaceAll('Rome', '[CITY]')
    }
    const tracker = createTokenTracker(
      loadConfig({ TOKEN_TRACKER_STORE_SAMPLES: 'true', TOKEN_TRACKER_LOG_LEVEL: 'warn' }),
      { redactor, logger },
    )
    const events: SanitisedEvent[] = []
    tracker.addSink({ name: 'memory', write: (batch) => void events.push(...batch) })
    tracker.logger.logTokenUsage({
      model: 'gpt-4',
      promptText: 'weather in Rome',
      completionTokens: 1,
      errorMessage: 'no Rome',
    })
    tracker.logger.logTokenUsage({ model: 'gpt-4', promptText: 'poison', completionTokens: 1 })
    await tracker.flush()
    const samples = events.map(({ prompt_sample }) => prompt_sample)
    expect(new Set(samples)).toEqual(new Set([null, 'weather in [CITY]']))
    expect(events.find(({ error_message }) => error_message !== null)?.error_message).toBe('no [CITY]')
    expect(tracker.getStats().redactionFailures).toBeGreaterThan(0)
    expect(lines.join('\n')).not.toContain('poison')
    await tracker.shutdown()
  })
})

describe('estimation and costs', () => {
  it('stay null when they are switched off', async () => {
    const { tracker, events } = createTestTracker({
      ESTIMATE_TOKENS: 'false',
      TRACK_COSTS: 'false',
      TRACK_PERFORMANCE: 'false',
      PRICING_JSON: PRICES,
    })
    tracker.logger.logTokenUsage({ model: 'gpt-4', promptText: 'hello', completionText: 'world', durationMs: 5 })
    tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 5, completionTokens: 5, durationMs: 5 })
    await tracker.flush()
    expect(events[0]).toMatchObject({ prompt_tokens: null, completion_tokens: null, token_source: null })
    expect(events[1]).toMatchObject({
      total_tokens: 10,
      total_cost: null,
      priced_by: null,
      duration_ms: null,
      tokens_per_second: null,
    })
    await tracker.shutdown()
  })

  it('are summed up by getStats', async () => {
    const { tracker } = createTestTracker({ PRICING_JSON: PRICES })
    for (let index = 0; index < 3; index++)
      tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1000, completionTokens: 0 })
    await tracker.flush()
    expect(tracker.getStats()).toMatchObject({ accepted: 3, events: 3, totalTokens: 3000, errors: 0 })
    expect(tracker.getStats().totalCost).toBeCloseTo(0.09, 12)
    await tracker.shutdown()
  })
})

for (const [kind, start] of Object.entries(serverKinds)) {
  describe(`the hooks and headers behind ${kind}`, () => {
    it('keep a printable request id and replace any other', async () => {
      const { tracker, waitForEvents } = createTestTracker()
      const server = await start(answer, tracker)
      await exchange(server.url, { headers: { 'x-request-id': 'abc-123' } })
      await exchange(server.url, { headers: { 'x-request-id': 'x'.repeat(129) } })
      const [kept, replaced] = await waitForEvents(2)
      expect(kept?.request_id).toBe('abc-123')
      expect(replaced?.request_id).toMatch(/^[0-9a-f-]{36}$/)
      expect(kept?.id).not.toBe(replaced?.id)
      await Promise.all([tracker.shutdown(), server.close()])
    })

    it('record the caller’s trace', async () => {
      const { tracker, waitForEvents } = createTestTracker()
      const server = await start(answer, tracker)
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
      await exchange(server.url, { headers: { traceparent } })
      const [event] = await waitForEvents(1)
      expect(event).toMatchObject({ trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', span_id: '00f067aa0ba902b7' })
      await Promise.all([tracker.shutdown(), server.close()])
    })

    it('leave unmonitored paths and other methods alone', async () => {
      const { tracker } = createTestTracker()
      const server = await start(answer, tracker)
      await exchange(server.url, { path: '/v1/models' })
      await (await fetch(`${server.url}/v1/chat/completions`)).text()
      await tracker.flush()
      expect(tracker.getStats().accepted).toBe(0)
      await Promise.all([tracker.shutdown(), server.close()])
    })
  })
}

describe('tokenUsageMiddleware', () => {
  async function serve(options: Parameters<typeof tokenUsageMiddleware>[0]) {
    const middleware = tokenUsageMiddleware(options)
    return listen(
      http.createServer((request, response) => middleware(request, response, () => answer(request, response))),
    )
  }

  it('asks its hooks when the exchange has ended', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const server = await serve({
      tracker,
      identify: (request) => ({ userId: String(request.headers['x-user']), sessionId: 's', conversationId: 'c' }),
      metadata: (_request, response) => ({ status: response.statusCode, client_id: 'tenant' }),
      tags: ['one'],
      provider: 'my-gateway',
    })
    await exchange(server.url, { headers: { 'x-user': 'alice' } })
    const [event] = await waitForEvents(1)
    expect(event).toMatchObject({
      user_id: 'alice',
      session_id: 's',
      conversation_id: 'c',
      client_id: 'tenant',
      tags: ['one'],
      provider: 'my-gateway',
    })
    expect(event?.metadata).toMatchObject({ status: 200 })
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('loses the answer of a hook that throws or rejects, not the request', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const server = await serve({
      tracker,
      identify: () => Promise.reject(new Error('no database')),
      metadata: () => {
        throw new Error('no metadata')
      },
    })
    expect((await exchange(server.url)).body.toString()).toBe(ANSWER)
    const [event] = await waitForEvents(1)
    expect(event).toMatchObject({ user_id: null, metadata: {}, total_tokens: 150 })
    expect(tracker.getStats().faults).toBeGreaterThanOrEqual(2)
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('counts once when it is mounted twice', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const middleware = tokenUsageMiddleware({ tracker })
    const server = await listen(
      http.createServer((request, response) =>
        middleware(request, response, () => middleware(request, response, () => answer(request, response))),
      ),
    )
    await exchange(server.url)
    await waitForEvents(1)
    await tracker.flush()
    expect(tracker.getStats().accepted).toBe(1)
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('serves Connect', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const app = connect()
    app.use(tokenUsageMiddleware({ tracker }))
    app.use('/v1', answer)
    const server = await listen(http.createServer(app))
    expect((await exchange(server.url)).body.toString()).toBe(ANSWER)
    const [event] = await waitForEvents(1)
    expect(event).toMatchObject({ endpoint: '/v1/chat/completions', total_tokens: 150 })
    await Promise.all([tracker.shutdown(), server.close()])
  })

  it('only calls next when the tracker is switched off', async () => {
    const { tracker } = createTestTracker({ ENABLED: 'false' })
    const server = await serve({ tracker })
    expect((await exchange(server.url)).body.toString()).toBe(ANSWER)
    expect(tracker.getStats().accepted).toBe(0)
    await server.close()
  })

  it('stores samples when it is told to', async () => {
    const { tracker, waitForEvents } = createTestTracker({ STORE_SAMPLES: 'true', SAMPLE_LENGTH: '9' })
    const server = await serve({ tracker })
    await exchange(server.url, {
      body: JSON.stringify({ model: 'gpt-4', messages: [{ role: 'user', content: 'What is it?' }] }),
    })
    const [event] = await waitForEvents(1)
    expect(event).toMatchObject({ prompt_sample: 'user: Wha', completion_sample: 'Hello' })
    await Promise.all([tracker.shutdown(), server.close()])
  })
})

describe('the tracker of the process', () => {
  it('is made once, and refuses other settings later instead of ignoring them', () => {
    const logger = getTokenLogger({ logLevel: 'silent', clientId: 'first' })
    expect(getTokenLogger()).toBe(logger)
    expect(getTokenLogger({ logLevel: 'silent', clientId: 'first' })).toBe(logger)
    expect(() => tokenUsageMiddleware({ settings: { clientId: 'second' } })).toThrow(ConfigurationError)
    expect(() => registerCustomCounter('', () => 1)).toThrow(/model/)
  })

  it('reads the environment that it is given, below the settings', () => {
    const env = { TOKEN_TRACKER_CLIENT_ID: 'one', TOKEN_TRACKER_LOG_LEVEL: 'silent' }
    expect(createTokenTracker({}, { env }).config.clientId).toBe('one')
    expect(createTokenTracker({ clientId: 'two' }, { env }).config.clientId).toBe('two')
    const config = loadConfig(env)
    expect(createTokenTracker(config, { env: {} }).config).toBe(config)
  })

  it('is one that it made, or its entries are refused', () => {
    const tracker = createTokenTracker({ logLevel: 'silent' })
    expect(Object.keys(getTrackerEntries(tracker))).toEqual(['track', 'trackWeb', 'trackCall'])
    expect(() => getTrackerEntries({ ...tracker })).toThrow(/expected `tracker` to be what createTokenTracker returned/)
  })

  it('starts with an error that names a faulty setting and the pricing file', () => {
    expect(() => createTokenTracker({ queueSize: 'many' as never })).toThrow(/queueSize: expected a whole number/)
    expect(() => createTokenTracker({ pricingFile: '/nowhere/prices.json' })).toThrow(/\/nowhere\/prices\.json/)
    expect(() => createTokenTracker({ hashUserIds: true, hashKeyFile: '/nowhere/key' })).toThrow(/HASH_KEY_FILE/)
  })

  it.each([
    'https://user:canary@host:99999999',
    'user:canary/x@host:4317',
    'https://user:canary#@host:1',
    'ftp://user:canary@host',
  ])('never says the password of a collector that cannot be used: %s', (otelEndpoint) => {
    const error = errorOf(() => createTokenTracker({ otelEndpoint, logLevel: 'silent' }))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(inspect(error, { depth: 9 })).not.toContain('canary')
  })

  it('delivers what waits when the event loop runs empty', () => {
    const program = `
      import { createTokenTracker } from 'token-usage-tracker'
      const tracker = createTokenTracker({ logLevel: 'silent', flushInterval: 3600 })
      tracker.addSink({ name: 'slow', write: async (events) => { await new Promise((done) => setTimeout(done, 100)); console.log('delivered', events.length) } })
      for (let index = 0; index < 3; index++) tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1 })
    `
    const root = path.resolve(import.meta.dirname, '../..')
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: root,
      encoding: 'utf8',
    })
    expect([stdout.trim(), status]).toEqual(['delivered 3', 0])
  })
})

function errorOf(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    return error
  }
}

describe('a tracker without a counting thread', () => {
  it('says once that it counts on the event loop, and counts', async () => {
    const said: string[] = []
    const faults: string[] = []
    const say = (_: object, message: string) => void faults.push(message)
    const logger = { debug: say, info: (_: object, message: string) => void said.push(message), warn: say, error: say }
    const tracker = createTokenTracker({ trackCosts: false }, { counterWorker: false, logger, env: {} })
    for (const promptText of ['hello world', 'hello again'])
      tracker.logger.logTokenUsage({ model: 'gpt-4o', promptText, completionTokens: 1 })
    await tracker.shutdown()
    expect(said.filter((message) => message.includes('on the event loop'))).toHaveLength(1)
    expect(tracker.getStats()).toMatchObject({ totalTokens: 6, faults: 0 })
    expect(faults).toEqual([])
  })
})
