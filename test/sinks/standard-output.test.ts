import { spawn } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

/** With the default configuration: answers requests that it makes itself, tells on standard error, and ends by itself. */
const ANSWERS = (requests: number) => `
  import { writeSync } from 'node:fs'
  import http from 'node:http'
  import { createTokenTracker } from 'token-usage-tracker'
  const tracker = createTokenTracker()
  const middleware = tracker.middleware()
  const answer = JSON.stringify({
    object: 'chat.completion', model: 'gpt-4o', usage: { prompt_tokens: 9, completion_tokens: 2 },
    choices: [{ index: 0, message: { content: 'hi' }, finish_reason: 'stop' }],
  })
  const server = http.createServer((request, response) => middleware(request, response, () => {
    response.setHeader('content-type', 'application/json')
    response.end(answer)
  }))
  const agent = new http.Agent({ keepAlive: true })
  const ask = (port) => new Promise((resolve, reject) => {
    const options = { port, agent, method: 'POST', path: '/v1/chat/completions', headers: { 'content-type': 'application/json' } }
    http.request(options, (response) => response.resume().on('end', resolve)).on('error', reject).end('{"model":"gpt-4o"}')
  })
  server.listen(0, '127.0.0.1', async () => {
    let answered = 0
    const askOn = async (count) => {
      for (let index = 0; index < count; index++) {
        await ask(server.address().port)
        answered++
      }
    }
    await Promise.all(Array.from({ length: 4 }, () => askOn(${requests} / 4)))
    await tracker.flush()
    writeSync(2, JSON.stringify({ answered, console: tracker.getStats().sinks.console }) + '\\n')
    agent.destroy()
    // Time for a reader that begins now.
    setTimeout(() => server.close(), 300)
  })
`

interface Outcome {
  readonly answered: number
  readonly console: { readonly delivered: number; readonly dropped: number }
}

interface Run {
  /** What the program told of itself; rejects when it ends without. */
  readonly outcome: Promise<Outcome>
  /** Resolves to what it printed, once it has ended by itself. */
  readonly ended: Promise<{ output: string; errors: string }>
  readOutput(): void
  kill(): void
}

/** Runs a program behind whose standard output stands `reader`, or a socket that is read when asked. */
function runAnswers(requests: number, reader = ''): Run {
  const variables = Object.entries(process.env).filter(([name]) => !/^(?:TOKEN_TRACKER|OTEL)_/.test(name))
  const command = `{ "$0" --input-type=module -e "$1"; echo ended >&2; } ${reader}`
  const child = spawn('sh', ['-c', command, process.execPath, ANSWERS(requests)], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    env: Object.fromEntries(variables),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  const waitForLine = (start: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const line = errors.split('\n').find((text) => text.startsWith(start))
        if (line !== undefined) resolve(line)
      }
      child.stderr.on('data', look)
      child.on('close', () => reject(new Error(`expected a line ${start}, got: ${errors}`)))
    })
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  return {
    outcome: waitForLine('{"answered"').then((line) => JSON.parse(line) as Outcome),
    ended: waitForLine('ended').then(() => ({ output, errors })),
    readOutput: () => void child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString())),
    // The whole group: also the reader that never ends.
    kill: () => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'),
  }
}

describe('standard output', () => {
  it.each([
    ['a pipe', '| sleep 600'],
    ['a socket', ''],
  ])(
    'holds up no request and no end when it is %s that nobody reads, and what is lost is counted',
    async (_, reader) => {
      const run = runAnswers(6_000, reader)
      try {
        const { answered, console } = await run.outcome
        expect(answered).toBe(6_000)
        expect(console.dropped).toBeGreaterThan(1_000)
        expect(console.delivered + console.dropped).toBe(6_000)
        const { errors } = await run.ended
        expect(errors.split('standard output is not read')).toHaveLength(2)
      } finally {
        run.kill()
      }
    },
  )

  it('gets every line whole that a reader who comes late finds room for', async () => {
    const run = runAnswers(3_000)
    try {
      const { console } = await run.outcome
      run.readOutput()
      const { output } = await run.ended
      const models = output
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { model: string }).model)
      expect(models).toEqual(Array.from({ length: console.delivered }, () => 'gpt-4o'))
      expect(output.endsWith('\n')).toBe(true)
    } finally {
      run.kill()
    }
  })

  it('has all lines where somebody reads', async () => {
    const run = runAnswers(1_200)
    try {
      run.readOutput()
      expect((await run.outcome).console).toMatchObject({ delivered: 1_200, dropped: 0 })
      expect((await run.ended).output.split('\n')).toHaveLength(1_201)
    } finally {
      run.kill()
    }
  })
})
