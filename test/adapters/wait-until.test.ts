import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Hono } from 'hono'
import { afterAll, describe, expect, it } from 'vitest'
import { tokenUsage } from '../../src/adapters/hono.ts'
import { trackRequestHandler } from '../../src/adapters/web.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { completion } from './upstream.ts'

const CHAT = 'http://host/v1/chat/completions'
const ask = () => new Request(CHAT, { method: 'POST', body: JSON.stringify({ model: 'gpt-4o', messages: [] }) })
/** Nothing is delivered by the clock. */
const createSlowTracker = () => createTestTracker({ FLUSH_INTERVAL: '3600' })

describe('waitUntil', () => {
  it('gets one promise for each watched exchange, with what the handler was called with', async () => {
    const { tracker, events } = createSlowTracker()
    const env = { name: 'env' }
    const waited: { promise: Promise<void>; given: unknown[] }[] = []
    const context = { waitUntil: (promise: Promise<void>, ...given: unknown[]) => waited.push({ promise, given }) }
    const handler = trackRequestHandler(
      (_request: Request, _env: typeof env, _context: typeof context) => Response.json(completion),
      { tracker, waitUntil: (delivered, ...call) => void call[2].waitUntil(delivered, ...call) },
    )
    const request = ask()
    await handler(new Request('http://host/health'), env, context).text()
    const answer = handler(request, env, context)
    // While the request is being handled, as platforms ask.
    expect(waited).toHaveLength(1)
    expect(waited[0]?.given).toEqual([request, env, context])
    await answer.text()
    await waited[0]?.promise
    expect(events).toMatchObject([{ total_tokens: 11, status: 'success' }])
    await tracker.shutdown()
    expect(events).toHaveLength(1)
  })

  it('waits for what a client leaves, and for a handler that throws', async () => {
    const { tracker, events } = createSlowTracker()
    const promises: Promise<void>[] = []
    const waitUntil = (delivered: Promise<void>) => void promises.push(delivered)
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.from('data: {}\n\n')),
    })
    const left = trackRequestHandler(() => new Response(endless), { tracker, waitUntil })(ask())
    await left.body?.cancel()
    const broken = trackRequestHandler(() => Promise.reject(new Error('broken')), { tracker, waitUntil })
    await expect(broken(ask())).rejects.toThrow('broken')
    await Promise.all(promises)
    expect(events.map(({ status }) => status)).toEqual(['aborted', 'error'])
    await tracker.shutdown()
  })

  it('that throws costs the waiting, not the answer, nor its event', async () => {
    const { tracker, waitForEvents } = createTestTracker()
    const waitUntil = () => {
      throw new Error('called outside a request')
    }
    const handler = trackRequestHandler(() => Response.json(completion), { tracker, waitUntil })
    expect(await handler(ask()).json()).toEqual(completion)
    expect(await waitForEvents(1)).toHaveLength(1)
    expect(tracker.getStats().faults).toBe(1)
    await tracker.shutdown()
  })

  it('of the execution context is used by the middleware for Hono, unless it is given another', async () => {
    const { tracker, events } = createSlowTracker()
    const promises: unknown[] = []
    const executionContext = {
      waitUntil: (promise: unknown) => void promises.push(promise),
      passThroughOnException() {},
    }
    const app = new Hono().use(tokenUsage({ tracker })).post('*', (context) => context.json(completion))
    await (await app.fetch(ask(), {}, executionContext as never)).text()
    await Promise.all(promises)
    expect([promises.length, events.length]).toEqual([1, 1])
    const own: unknown[] = []
    const waitUntil = (delivered: unknown) => void own.push(delivered)
    const other = new Hono().use(tokenUsage({ tracker, waitUntil })).post('*', (context) => context.json(completion))
    await (await other.fetch(ask(), {}, executionContext as never)).text()
    await Promise.all(own)
    expect([promises.length, own.length, events.length]).toEqual([1, 1, 2])
    await tracker.shutdown()
  })

  it('is refused where it is neither a function nor a word that is known', () => {
    for (const waitUntil of [true, 'always', {}])
      expect(() => trackRequestHandler(() => new Response(), { waitUntil } as never)).toThrow("or 'delivered'")
  })

  it("'delivered' lets the response end when the event is delivered, bytes and head as they were", async () => {
    const { tracker, events } = createSlowTracker()
    const text = JSON.stringify(completion)
    const answers: Record<string, () => Promise<Response> | Response> = {
      'at once': () => new Response(text, { status: 201, headers: { 'x-own': 'yes' } }),
      'in a promise': async () => new Response(text, { status: 201, headers: { 'x-own': 'yes' } }),
    }
    for (const [index, answer] of Object.values(answers).entries()) {
      const response = await trackRequestHandler(answer, { tracker, waitUntil: 'delivered' })(ask())
      expect([response.status, response.headers.get('x-own'), await response.text()]).toEqual([201, 'yes', text])
      expect(events).toHaveLength(index + 1)
    }
    const empty = trackRequestHandler(async () => new Response(null, { status: 429 }), {
      tracker,
      waitUntil: 'delivered',
    })
    expect((await empty(ask())).status).toBe(429)
    expect(events).toHaveLength(3)
    const broken = trackRequestHandler(() => Promise.reject(new Error('broken')), { tracker, waitUntil: 'delivered' })
    await expect(broken(ask())).rejects.toThrow('broken')
    expect(events).toHaveLength(4)
    await tracker.shutdown()
  })

  it("'delivered' does not wait for a sink that hangs longer than a shutdown may take", async () => {
    const { tracker } = createTestTracker({ SHUTDOWN_TIMEOUT: '0.2' })
    tracker.addSink({ name: 'hanging', write: () => new Promise<never>(() => {}) })
    const handler = trackRequestHandler(() => Response.json(completion), { tracker, waitUntil: 'delivered' })
    expect(await handler(ask()).json()).toEqual(completion)
    await tracker.shutdown()
  })
})

describe('a process that is stopped for good', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-frozen-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Answers one request, waits as a platform does, and is frozen; what it had then is in the file. */
  async function runUntilFrozen(waiting: string): Promise<unknown[]> {
    const file = path.join(folder, `${waiting}.log`)
    const program = `
      import { createTokenTracker } from 'token-usage-tracker'
      import { trackRequestHandler } from 'token-usage-tracker/web'
      const tracker = createTokenTracker({ fileLogging: true, logFile: ${JSON.stringify(file)}, flushInterval: 3600, logLevel: 'silent' })
      const promises = []
      const waitUntil = { function: (delivered) => promises.push(delivered), word: 'delivered', none: undefined }[${JSON.stringify(waiting)}]
      const handler = trackRequestHandler(async () => Response.json(${JSON.stringify(completion)}), { tracker, waitUntil })
      const request = new Request(${JSON.stringify(CHAT)}, { method: 'POST', body: '{"model":"gpt-4o"}' })
      await (await handler(request)).text()
      await Promise.all(promises)
      process.kill(process.pid, 'SIGSTOP')
      setInterval(() => {}, 1000)
    `
    const root = path.resolve(import.meta.dirname, '../..')
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: root, stdio: 'inherit' })
    await waitUntilStopped(child.pid)
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
    child.kill('SIGKILL')
    await once(child, 'exit')
    return lines.map((line) => JSON.parse(line) as unknown)
  }

  async function waitUntilStopped(pid: number | undefined): Promise<void> {
    for (let attempt = 0; attempt < 3_000; attempt++) {
      if (/^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`process ${pid} did not stop`)
  }

  const isLinux = process.platform === 'linux'
  if (!isLinux) console.warn('SKIPPED: whether a process is stopped is read from /proc')

  it.skipIf(!isLinux).each(['function', 'word'])('has its event in the file with waitUntil (%s)', async (waiting) => {
    expect(await runUntilFrozen(waiting)).toMatchObject([{ total_tokens: 11, status: 'success' }])
  })

  it.skipIf(!isLinux)('has it still in memory without, for the next flush', async () => {
    expect(await runUntilFrozen('none')).toEqual([])
  })
})
