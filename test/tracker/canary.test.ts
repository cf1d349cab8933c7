import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { hasCorpus, loadCollector } from '../setup/corpus.ts'
import { startOtlpReceiver } from '../setup/otlp-receiver.ts'
import { exchange } from '../setup/raw-exchange.ts'
import { runProgram } from '../setup/run-program.ts'
import { serverKinds } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { readPoints, readSpans, waitFor } from '../sinks/otel-fixtures.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-canary-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const KEY = 'a key of thirty-two bytes or more'
const EMAIL = 'canary.bird@example.com'
const SECRET = 'sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z'
const USER = 'user-canary-7d41'
const SESSION = 'session-canary-55'
const NAME = 'José Canário'
const CANARIES = [
  EMAIL,
  SECRET,
  USER,
  SESSION,
  NAME,
  encodeURIComponent(NAME),
  encodeURIComponent(EMAIL),
  JSON.stringify(EMAIL).slice(1, -1),
]
const TEXT = `Write to ${EMAIL} with key ${SECRET}, says ${USER}.`
const TEXT_OF_REQUEST = `${TEXT} Yours, ${NAME}.`
/** Clients choose model names, and a host may name tenants and deployments after people. */
const MODELS = [`ft:gpt-4o:${USER}`, `ft:gpt-4o:${EMAIL}`, `ft:${SECRET}`, `ft:gpt-4o:${SESSION}`]

function readAll(place: string): string {
  const files = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name)))
    .map((bytes) => (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8'))
    .join('\n')
}

function expectNoCanary(place: string, text: string): void {
  expect(text.length, place).toBeGreaterThan(100)
  for (const canary of CANARIES) expect(text.includes(canary), `${canary} in ${place}`).toBe(false)
}

/** Four answers: a success, one whose model is named after its user, an error that repeats the prompt, and a stream that breaks off. */
const answers: Record<string, [number, string, string]> = {
  success: [
    200,
    'application/json',
    JSON.stringify({
      object: 'chat.completion',
      model: 'gpt-4o',
      choices: [{ index: 0, message: { content: TEXT_OF_REQUEST }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 9 },
    }),
  ],
  renamed: [
    200,
    'application/json',
    JSON.stringify({
      object: 'chat.completion',
      model: MODELS[0],
      choices: [{ index: 0, message: { content: TEXT_OF_REQUEST }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 9 },
      service_tier: USER,
    }),
  ],
  error: [
    400,
    'application/json',
    JSON.stringify({ error: { code: 'bad', message: `not allowed: ${TEXT_OF_REQUEST}` } }),
  ],
  broken: [
    200,
    'text/event-stream',
    `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index: 0, delta: { content: TEXT_OF_REQUEST } }] })}\n\n`,
  ],
}

const receivers = [
  { receiver: 'a receiver in this process', start: () => startOtlpReceiver(), available: true },
  {
    receiver: hasCorpus ? 'a real collector' : 'a real collector (SKIPPED: needs ../shared, which is absent)',
    start: async () => (await loadCollector()).startCollector(),
    available: hasCorpus,
  },
]

for (const { receiver, start, available } of receivers) {
  describe.skipIf(!available)(`personal data, with redaction and pseudonyms on and ${receiver}`, () => {
    it('reaches no sink, spool or log line, and the client gets its bytes untouched', async () => {
      const target = await start()
      const place = path.join(folder, receiver.replaceAll(' ', '-'))
      const variables = {
        REDACT_PII: 'true',
        HASH_USER_IDS: 'true',
        HASH_KEY: KEY,
        STORE_SAMPLES: 'true',
        FILE_LOGGING: 'true',
        LOG_FILE: path.join(place, 'log/usage.log'),
        LOG_ROTATION: '3KB',
        LOG_COMPRESS: 'true',
        SPOOL_DIR: path.join(place, 'spool'),
        OTEL_ENDPOINT: target.url,
        OTEL_USER_ATTRIBUTE: 'user_id',
        SHUTDOWN_TIMEOUT: '2',
        TRUSTED_USER_HEADERS: 'openwebui',
      }
      const { tracker, waitForEvents } = createTestTracker(variables)
      tracker.addSink({ name: 'dead', write: () => Promise.reject(new Error('so that the spool keeps its events')) })
      const server = await serverKinds['node:http']!((request, response) => {
        request.resume()
        const [status, type, body] = answers[new URL(request.url!, 'http://x').searchParams.get('answer')!]!
        response.writeHead(status, { 'content-type': type })
        response.end(body)
      }, tracker)
      const prompt = {
        model: MODELS[0],
        user: USER,
        metadata: { user_id: USER },
        messages: [{ role: 'user', content: TEXT_OF_REQUEST }],
      }
      for (const [name, [, , body]] of Object.entries(answers)) {
        const answer = await exchange(server.url, {
          path: `/v1/chat/completions?answer=${name}&email=${encodeURIComponent(EMAIL)}&key=${SECRET}`,
          headers: {
            'x-openwebui-user-email': EMAIL,
            'x-openwebui-user-name': encodeURIComponent(NAME).replaceAll('%20', ' '),
            'x-openwebui-user-id': USER,
            'x-request-id': EMAIL,
            authorization: `Bearer ${SECRET}`,
          },
          body: JSON.stringify(prompt),
        })
        expect(answer.body.toString()).toBe(body)
      }
      tracker.logger.logTokenUsage({
        model: 'gpt-4o',
        promptText: TEXT,
        userId: USER,
        sessionId: SESSION,
        metadata: { note: TEXT, [EMAIL]: 1 },
        tags: [TEXT],
        errorMessage: TEXT,
      })
      for (const model of MODELS) {
        tracker.logger.logTokenUsage({
          model,
          promptTokens: 1,
          completionTokens: 1,
          userId: USER,
          sessionId: SESSION,
          clientId: EMAIL,
          deploymentId: EMAIL,
          provider: USER,
          operation: SESSION,
          modelVersion: SECRET,
          serviceTier: USER,
          requestId: USER,
        })
      }
      const events = await waitForEvents(5 + MODELS.length)
      await tracker.flush()
      expectNoCanary('the spool', readAll(path.join(place, 'spool')))
      await tracker.shutdown()
      await waitFor(() => readSpans(target.received).length >= 5 + MODELS.length)
      const unpriced = readPoints(target.received, 'token_tracker_unpriced_total')
      expect(unpriced.map(({ attributes }) => attributes['model'])).toContain('ft:gpt-4o:[USER_ID]')
      expectNoCanary('the counters', JSON.stringify(tracker.getStats()))
      expectNoCanary('the collector', JSON.stringify(target.received))
      expectNoCanary('the log files', readAll(path.join(place, 'log')))
      expectNoCanary('the events', JSON.stringify(events))
      expect(events.every((event) => event.user_id?.startsWith('u1_'))).toBe(true)
      expect(new Set(events.map((event) => event.user_id)).size).toBe(1)
      expect(events.find(({ model, http_status }) => model === 'gpt-4o' && http_status === 200)).toMatchObject({
        prompt_sample: expect.stringContaining('[EMAIL]'),
        completion_sample: expect.stringContaining('[SECRET]'),
      })
      await server.close()
      await target.stop()
    })
  })
}

describe('the console', () => {
  it('shows no personal data, in usage lines, faults and warnings alike', async () => {
    const program = runProgram(
      `
      import { createTokenTracker } from 'token-usage-tracker'
      const tracker = createTokenTracker({ redactPii: true, hashUserIds: true, hashKey: '${KEY}', storeSamples: true, logLevel: 'debug' })
      tracker.addSink({ name: 'failing', write(events) { throw new Error('mail ${EMAIL}, key ${SECRET}') } })
      tracker.counters.register('m', () => { throw new Error('mail ${EMAIL}, key ${SECRET}') })
      tracker.logger.logTokenUsage({ model: 'm', promptText: '${TEXT}', userId: '${USER}', endpoint: '/a?e=${EMAIL}', errorMessage: '${TEXT}' })
      tracker.logger.logTokenUsage({ model: '${SECRET}', promptTokens: 1, completionTokens: 1 })
      tracker.logger.logTokenUsage({ model: 'ft:${USER}', provider: '${USER}', promptTokens: 1, completionTokens: 1, userId: '${USER}' })
      await tracker.flush()
      await tracker.shutdown()
    `,
      { TOKEN_TRACKER_LOG_LEVEL: 'debug', TOKEN_TRACKER_SHUTDOWN_TIMEOUT: '0.5' },
    )
    await program.ended
    expect(program.output).toContain('"msg":"usage"')
    expectNoCanary('the console', program.output)
  })

  it('names an unpriced model without the ids of its request, with pseudonyms alone', async () => {
    const program = runProgram(
      `
      import { createTokenTracker } from 'token-usage-tracker'
      const tracker = createTokenTracker({ hashUserIds: true, hashKey: '${KEY}', logLevel: 'warn' })
      tracker.logger.logTokenUsage({ model: 'ft:${USER}', provider: '${SESSION}', promptTokens: 1, completionTokens: 1, userId: '${USER}', sessionId: '${SESSION}' })
      await tracker.shutdown()
    `,
    )
    await program.ended
    expect(program.output).toContain('no price for model \\"ft:[USER_ID]\\" of provider \\"[SESSION_ID]\\"')
    expectNoCanary('the console', program.output)
  })
})

describe('pseudonyms', () => {
  const program = `
    import { createTokenTracker } from 'token-usage-tracker'
    const tracker = createTokenTracker({ hashUserIds: true })
    tracker.addSink({ name: 'print', write: (events) => console.log(events[0].user_id) })
    tracker.logger.logTokenUsage({ model: 'm', promptTokens: 1, userId: '${USER}' })
    await tracker.shutdown()
  `
  async function runWith(key: string): Promise<string> {
    const run = runProgram(program, { TOKEN_TRACKER_HASH_KEY: key })
    await run.ended
    return run.output.trim()
  }

  it('agree between two processes with one key, and differ with two', async () => {
    const [first, second, other] = await Promise.all([runWith(KEY), runWith(KEY), runWith(`${KEY}!`)])
    expect(first).toMatch(/^u1_[0-9a-f]{4}_[0-9a-f]{32}$/)
    expect(second).toBe(first)
    expect(other).not.toBe(first)
  })
})

describe('identity', () => {
  it('is each request’s own, however requests interleave', async () => {
    const { tracker, waitForEvents } = createTestTracker({ PRICING_DATASET: 'off' })
    const server = await serverKinds['Express 5']!((request, response) => {
      request.resume()
      const usage = { prompt_tokens: 1, completion_tokens: 1 }
      const body = JSON.stringify({ object: 'chat.completion', model: 'gpt-4o', choices: [], usage })
      setTimeout(() => response.end(body), Math.random() * 30)
    }, tracker)
    const requests = Array.from({ length: 200 }, (_, index) =>
      exchange(server.url, {
        headers: { 'x-request-id': `${index}` },
        body: JSON.stringify({ model: 'gpt-4o', user: `user-${index % 20}`, messages: [] }),
      }),
    )
    await Promise.all(requests)
    const events = await waitForEvents(200)
    for (const event of events) expect(event.user_id).toBe(`user-${Number(event.request_id) % 20}`)
    await Promise.all([tracker.shutdown(), server.close()])
  })
})
