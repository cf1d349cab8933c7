import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { isObject, parseJson } from '../../src/core/json.ts'
import { runProgram, type Program } from '../setup/run-program.ts'

const root = mkdtempSync(path.join(tmpdir(), 'token-tracker-end-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
const newFolder = () => path.join(root, String(++folders))

function readIds(folder: string, key: 'id' | 'request_id' = 'id'): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('usage.log'))
  return names.flatMap((name) => {
    const text = readFileSync(path.join(folder, name), 'utf8')
    expect(text === '' || text.endsWith('\n')).toBe(true)
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as Record<typeof key, string>)[key])
  })
}

/** How many lines of the log a kill cut short, which are ended before the next one begins, and the ids of the whole ones. */
function readKilledLog(folder: string): { ids: string[]; torn: number } {
  const lines = readFileSync(path.join(folder, 'usage.log'), 'utf8').split('\n').filter(Boolean)
  const events = lines.map(parseJson).filter(isObject)
  return { ids: events.map(({ id }) => id as string), torn: lines.length - events.length }
}

function fileLogging(folder: string) {
  return { TOKEN_TRACKER_FILE_LOGGING: 'true', TOKEN_TRACKER_LOG_FILE: path.join(folder, 'usage.log') }
}

/** Logs events in bursts, prints each id that was accepted, and goes on until it is ended. */
const LOGS_FOR_EVER = `
  import { writeSync } from 'node:fs'
  import { createTokenTracker } from 'token-usage-tracker'
  const tracker = createTokenTracker({ flushInterval: 0.05 })
  setInterval(() => {
    for (let index = 0; index < 20; index++) {
      const id = tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: index, completionTokens: 1 })
      setImmediate(() => writeSync(1, id + '\\n'))
    }
  }, 2)
  writeSync(1, 'ready\\n')
`

/** Answers requests without an end, which it makes itself, and prints the id of each that was answered. */
const ANSWERS_FOR_EVER = `
  import { writeSync } from 'node:fs'
  import http from 'node:http'
  import { createTokenTracker } from 'token-usage-tracker'
  const middleware = createTokenTracker({ flushInterval: 0.05 }).middleware()
  const answer = { object: 'chat.completion', model: 'gpt-4', choices: [{ index: 0, message: { content: 'hi' }, finish_reason: 'stop' }], usage: { prompt_tokens: 9, completion_tokens: 2 } }
  const server = http.createServer((request, response) => middleware(request, response, () => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer))
  }))
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    const ask = () => {
      const id = crypto.randomUUID()
      const headers = { 'content-type': 'application/json', 'x-request-id': id }
      const request = http.request({ port, method: 'POST', path: '/v1/chat/completions', headers, agent: false }, (response) => {
        response.resume().on('end', () => {
          writeSync(1, id + '\\n')
          setImmediate(ask)
        })
      })
      request.on('error', () => {})
      request.end('{}')
    }
    for (let client = 0; client < 4; client++) ask()
  })
`

/** Waits until a program has printed so many ids. */
async function waitForAccepted(program: Program, count: number): Promise<void> {
  const deadline = performance.now() + 20_000
  while (acceptedIn(program.output).length < count && performance.now() < deadline) await sleep(5)
}

const acceptedIn = (output: string) => output.split('\n').filter((line) => /^[0-9a-f-]{36}$/.test(line))

describe('a process that ends', () => {
  it('by SIGTERM delivers 10,000 events exactly once, and ends by that signal', async () => {
    const folder = newFolder()
    const program = runProgram(
      `
      import { createTokenTracker } from 'token-usage-tracker'
      const tracker = createTokenTracker({ flushInterval: 3600, queueSize: 20000 })
      let accepted = 0
      setInterval(() => {}, 1000)
      for (let index = 0; index < 10000; index++) if (tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: index })) accepted++
      console.log('accepted', accepted)
    `,
      fileLogging(folder),
    )
    await program.waitFor('accepted 10000')
    program.child.kill('SIGTERM')
    expect(await program.ended).toEqual({ code: null, signal: 'SIGTERM' })
    const ids = readIds(folder)
    expect(ids).toHaveLength(10_000)
    expect(new Set(ids).size).toBe(10_000)
  })

  it('by a handler of its own keeps its exit code and its order', async () => {
    const folder = newFolder()
    const program = runProgram(
      `
      import { createTokenTracker } from 'token-usage-tracker'
      process.once('SIGTERM', () => { console.log('host handler'); setTimeout(() => process.exit(7), 300) })
      const tracker = createTokenTracker({ flushInterval: 3600 })
      tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1 })
      setInterval(() => {}, 1000)
      console.log('ready')
    `,
      fileLogging(folder),
    )
    await program.waitFor('ready')
    program.child.kill('SIGTERM')
    expect(await program.ended).toEqual({ code: 7, signal: null })
    expect(program.output).toContain('host handler')
    expect(readIds(folder)).toHaveLength(1)
  })

  it.each([
    ['by SIGTERM while it goes on answering', ''],
    ['once its server is closed', `process.on('SIGTERM', () => server.close(() => process.exit(0)))`],
    ['at once, by a handler that does not wait', `process.on('SIGTERM', () => process.exit(0))`],
  ])('%s delivers every answered request, without a spool', async (_, handler) => {
    const folder = newFolder()
    const program = runProgram(ANSWERS_FOR_EVER + handler, fileLogging(folder))
    await waitForAccepted(program, 200)
    program.child.kill('SIGTERM')
    await program.ended
    const answered = acceptedIn(program.output)
    const delivered = new Set(readIds(folder, 'request_id'))
    expect(answered.length).toBeGreaterThanOrEqual(200)
    expect(answered.filter((id) => !delivered.has(id))).toEqual([])
  })

  it('is not held by a log file that cannot be written, whose events wait in the spool', async () => {
    const folder = newFolder()
    mkdirSync(path.join(folder, 'usage.log'), { recursive: true })
    const spool = path.join(folder, 'spool')
    const env = { ...fileLogging(folder), TOKEN_TRACKER_SPOOL_DIR: spool, TOKEN_TRACKER_SHUTDOWN_TIMEOUT: '600' }
    const program = runProgram(LOGS_FOR_EVER, env)
    await waitForAccepted(program, 1)
    program.child.kill('SIGTERM')
    expect(await program.ended).toEqual({ code: null, signal: 'SIGTERM' })
    const kept = readdirSync(spool, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.spool'))
    expect(kept.length).toBeGreaterThan(0)
  })

  it('within the shutdown timeout when a sink hangs', async () => {
    const program = runProgram(
      `
      import { createTokenTracker } from 'token-usage-tracker'
      const tracker = createTokenTracker({ flushInterval: 0.01, shutdownTimeout: 1 })
      tracker.addSink({ name: 'hanging', write: () => new Promise(() => {}) })
      tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1 })
      setInterval(() => {}, 1000)
      console.log('ready')
    `,
    )
    await program.waitFor('ready')
    const start = performance.now()
    program.child.kill('SIGTERM')
    expect(await program.ended).toEqual({ code: null, signal: 'SIGTERM' })
    expect(performance.now() - start).toBeLessThan(2_000)
  })

  it.each(['4', '3'])('by the signal beside signal-exit %s, which cleans up first', async (version) => {
    const folder = newFolder()
    const program = runProgram(
      `
      import { createTokenTracker } from 'token-usage-tracker'
      const counter = { count: 1 }
      if (${version} === 4) globalThis[Symbol.for('signal-exit emitter')] = counter
      else process.__signal_exit_emitter__ = counter
      // As the package does it: it acts only where all listeners are its own, and then ends by the same signal.
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, function listener() {
        if (process.listeners(signal).length !== counter.count) return
        process.off(signal, listener)
        counter.count--
        console.log('cleaned up')
        process.kill(process.pid, signal)
      })
      const tracker = createTokenTracker({ flushInterval: 3600 })
      tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1 })
      setInterval(() => {}, 1000)
      console.log('ready')
    `,
      { ...fileLogging(folder), TOKEN_TRACKER_SPOOL_DIR: path.join(folder, 'spool') },
    )
    await program.waitFor('ready')
    program.child.kill('SIGTERM')
    const deadline = setTimeout(() => program.child.kill('SIGKILL'), 5_000)
    expect(await program.ended).toEqual({ code: null, signal: 'SIGTERM' })
    clearTimeout(deadline)
    expect(program.output).toContain('cleaned up')
    expect(readIds(folder)).toHaveLength(1)
    expect(readdirSync(path.join(folder, 'spool'))).toEqual([])
  })

  it.for([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('by %s as the first process of a container exits with code %i', ([signal, code], context) => {
    const canUnshare = spawnSync('unshare', ['--fork', '--pid', '--mount-proc', 'true']).status === 0
    context.skip(!canUnshare, 'SKIPPED: no process namespace can be made here')
    const folder = newFolder()
    const source = `
      import { createTokenTracker } from 'token-usage-tracker'
      const tracker = createTokenTracker({ flushInterval: 3600 })
      tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1 })
      process.on('exit', () => console.log('exit event as', process.pid))
      setTimeout(() => process.exit(9), 5000)
      process.kill(1, '${signal}')
    `
    const ended = spawnSync(
      'unshare',
      ['--fork', '--pid', '--mount-proc', process.execPath, '--input-type=module', '-e', source],
      {
        cwd: path.resolve(import.meta.dirname, '../..'),
        encoding: 'utf8',
        env: {
          ...process.env,
          ...fileLogging(folder),
          TOKEN_TRACKER_LOG_LEVEL: 'silent',
          TOKEN_TRACKER_PRICING_DATASET: 'off',
          TOKEN_TRACKER_SPOOL_DIR: path.join(folder, 'spool'),
        },
      },
    )
    expect(ended.stdout).toContain('exit event as 1')
    expect(ended.status).toBe(code)
    expect(readIds(folder)).toHaveLength(1)
    expect(readdirSync(path.join(folder, 'spool'))).toEqual([])
  })

  it('is not held open by the tracker', async () => {
    const program = runProgram(`
      import { createTokenTracker } from 'token-usage-tracker'
      createTokenTracker({ otelEndpoint: 'http://127.0.0.1:9', spoolDir: ${JSON.stringify(newFolder())} })
      console.log('made')
    `)
    const start = performance.now()
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})

describe('a process that is killed, with the spool on', () => {
  it('has every accepted event delivered after a restart, whenever it was killed', async () => {
    const folder = newFolder()
    const env = { ...fileLogging(folder), TOKEN_TRACKER_SPOOL_DIR: path.join(folder, 'spool') }
    const accepted: string[] = []
    for (let round = 0; round < 10; round++) {
      const program = runProgram(LOGS_FOR_EVER, env)
      await program.waitFor('ready')
      await waitForAccepted(program, 60 + Math.random() * 200)
      program.child.kill('SIGKILL')
      await program.ended
      accepted.push(...acceptedIn(program.output))
    }
    expect(accepted.length).toBeGreaterThan(500)
    const last = runProgram(
      `
      import { createTokenTracker } from 'token-usage-tracker'
      const tracker = createTokenTracker({})
      await tracker.flush()
      await tracker.shutdown()
      console.log(JSON.stringify(tracker.getStats().spool))
    `,
      env,
    )
    await last.ended
    const stats = JSON.parse(last.output) as { spoilt: number }
    expect(stats).toMatchObject({ dropped: 0, failed: 0, bytes: 0 })
    // kill -9 may cut a write where a page of memory ends: an event whose acceptance nobody heard of.
    expect(stats.spoilt).toBeLessThanOrEqual(10)
    const { ids, torn } = readKilledLog(folder)
    const delivered = new Set(ids)
    expect(accepted.filter((id) => !delivered.has(id))).toEqual([])
    // So may it cut a write to the log, whose events then come again.
    expect(torn).toBeLessThanOrEqual(10)
    expect(readdirSync(path.join(folder, 'spool'))).toEqual([])
  })

  it('has an event that still waited for its count, as far as it was known', async () => {
    const folder = newFolder()
    const env = { ...fileLogging(folder), TOKEN_TRACKER_SPOOL_DIR: path.join(folder, 'spool') }
    const first = runProgram(
      `
      import { writeSync } from 'node:fs'
      import { createTokenTracker } from 'token-usage-tracker'
      const tracker = createTokenTracker({})
      tracker.counters.register('slow', () => new Promise(() => {}))
      setInterval(() => {}, 1000)
      writeSync(1, tracker.logger.logTokenUsage({ model: 'slow', promptText: 'how many?', completionTokens: 7 }) + '\\n')
    `,
      env,
    )
    await waitForAccepted(first, 1)
    first.child.kill('SIGKILL')
    await first.ended
    const second = runProgram(
      `
      import { createTokenTracker } from 'token-usage-tracker'
      const tracker = createTokenTracker({})
      await tracker.shutdown()
    `,
      env,
    )
    await second.ended
    expect(readIds(folder)).toEqual(acceptedIn(first.output))
    expect(readFileSync(path.join(folder, 'usage.log'), 'utf8')).toMatch(/"prompt_tokens":null,"completion_tokens":7,/)
    expect(readdirSync(path.join(folder, 'spool'))).toEqual([])
  })

  it.each([
    ['an identify hook', '() => new Promise(() => {})', '', { prompt_tokens: 11, completion_tokens: 7 }],
    ['its turn to inflate', '() => null', 'gzip', { prompt_tokens: null, completion_tokens: null }],
  ])('has an exchange that still waited for %s', async (_, identify, encoding, known) => {
    const folder = newFolder()
    const env = { ...fileLogging(folder), TOKEN_TRACKER_SPOOL_DIR: path.join(folder, 'spool') }
    const first = runProgram(
      `
      import http from 'node:http'
      import zlib from 'node:zlib'
      import { createTokenTracker } from 'token-usage-tracker'
      // A decoder that never answers.
      zlib.Gunzip.prototype._transform = () => {}
      const tracker = createTokenTracker({})
      const middleware = tracker.middleware({ identify: ${identify} })
      const body = JSON.stringify({ object: 'chat.completion', model: 'gpt-4', usage: { prompt_tokens: 11, completion_tokens: 7 },
        choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }] })
      const server = http.createServer((request, response) => middleware(request, response, () => {
        response.setHeader('content-type', 'application/json')
        if (${JSON.stringify(encoding)}) response.setHeader('content-encoding', 'gzip')
        request.resume().on('end', () => response.end(${JSON.stringify(encoding)} ? zlib.gzipSync(body) : body))
      })).listen(0, async () => {
        await fetch('http://127.0.0.1:' + server.address().port + '/v1/chat/completions', { method: 'POST', body: '{"model":"gpt-4"}' })
        setTimeout(() => console.log('answered'), 100)
      })
    `,
      env,
    )
    await first.waitFor('answered')
    first.child.kill('SIGKILL')
    await first.ended
    const second = runProgram(
      `
      import { createTokenTracker } from 'token-usage-tracker'
      const tracker = createTokenTracker({})
      await tracker.shutdown()
    `,
      env,
    )
    await second.ended
    const lines = readFileSync(path.join(folder, 'usage.log'), 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { endpoint: '/v1/chat/completions', status: 'success', user_id: null, ...known },
    ])
    expect(readdirSync(path.join(folder, 'spool'))).toEqual([])
  })

  it('leaves nothing that is delivered to the process that takes over, when it ends in good order', async () => {
    const folder = newFolder()
    const env = { ...fileLogging(folder), TOKEN_TRACKER_SPOOL_DIR: path.join(folder, 'spool') }
    const withDeadSink = LOGS_FOR_EVER.replace(
      'setInterval',
      `tracker.addSink({ name: 'dead', write: () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })) })
      setInterval`,
    )
    const first = runProgram(withDeadSink, env)
    await waitForAccepted(first, 100)
    first.child.kill('SIGTERM')
    await first.ended
    const second = runProgram(LOGS_FOR_EVER, env)
    await waitForAccepted(second, 100)
    second.child.kill('SIGTERM')
    await second.ended
    const ids = readIds(folder)
    const delivered = new Set(ids)
    const accepted = [first, second].flatMap((program) => acceptedIn(program.output))
    expect(accepted.filter((id) => !delivered.has(id))).toEqual([])
    expect(ids).toHaveLength(delivered.size)
  })

  it('shares its folder with other processes, none of which takes what is not left behind', async () => {
    const folder = newFolder()
    const env = { ...fileLogging(folder), TOKEN_TRACKER_SPOOL_DIR: path.join(folder, 'spool') }
    const programs = [1, 2, 3].map(() => runProgram(LOGS_FOR_EVER, env))
    await Promise.all(programs.map((program) => waitForAccepted(program, 500)))
    for (const program of programs) program.child.kill('SIGTERM')
    await Promise.all(programs.map((program) => program.ended))
    const ids = readIds(folder)
    const accepted = programs.flatMap((program) => acceptedIn(program.output))
    expect(new Set(ids).size).toBe(ids.length)
    const delivered = new Set(ids)
    expect(accepted.filter((id) => !delivered.has(id))).toEqual([])
    expect(readdirSync(path.join(folder, 'spool'))).toEqual([])
  })
})
