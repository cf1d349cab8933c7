import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { listen } from '../setup/servers.ts'

const root = path.resolve(import.meta.dirname, '../..')
const QUIET = { TOKEN_TRACKER_FLUSH_INTERVAL: '0.05', TOKEN_TRACKER_PRICING_FILE: 'pricing.example.json' }

function start(example: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [`examples/${example}.mjs`], {
    cwd: root,
    env: { ...process.env, PORT: '0', ...QUIET, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const output = createInterface({ input: child.stdout })
  output.on('line', (line) => lines.push(line))
  return {
    child,
    lines,
    async waitForLine(pattern: RegExp): Promise<string> {
      for (let attempt = 0; attempt < 500; attempt++) {
        const line = lines.find((candidate) => pattern.test(candidate))
        if (line !== undefined) return line
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      throw new Error(`no line like ${String(pattern)} among:\n${lines.join('\n')}`)
    },
  }
}

async function post(line: string, route: string, body: object): Promise<string> {
  const url = /http:\S+/.exec(line)?.[0] ?? ''
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url + route, { method: 'POST', headers, body: JSON.stringify(body) })
  return response.text()
}

describe('the examples', () => {
  const prompt = { model: 'gpt-4', messages: [{ role: 'user', content: 'Hi' }] }

  for (const [example, route] of [
    ['express', '/v1/chat/completions'],
    ['fastify', '/v1/chat/completions'],
    ['node-http', '/api/chat'],
  ] as const) {
    it(`${example}.mjs answers a request and prints its usage`, async () => {
      const { child, waitForLine } = start(example)
      expect(await post(await waitForLine(/^listening/), route, prompt)).toContain('Hel')
      const usage = JSON.parse(await waitForLine(/"msg":"usage"/)) as Record<string, unknown>
      expect(usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 2, token_source: 'api', status: 'success' })
      child.kill()
      await once(child, 'exit')
    })
  }

  it('manual-logging.mjs prints the id of its event and ends by itself', async () => {
    const { child, lines, waitForLine } = start('manual-logging')
    const [code] = (await once(child, 'exit')) as [number]
    await waitForLine(/^total tokens/)
    expect(code).toBe(0)
    expect(lines.some((line) => /^event [0-9a-f-]{36}$/.test(line))).toBe(true)
    const usage = lines
      .filter((line) => line.includes('"usage"'))
      .map((line) => JSON.parse(line) as { total_cost: number })
    expect(usage).toHaveLength(2)
    expect(usage[0]?.total_cost).toBeCloseTo(0.006, 10)
  })

  it('custom-counter.mjs counts with the counter it registers', async () => {
    const { child, waitForLine } = start('custom-counter')
    await once(child, 'exit')
    expect(await waitForLine(/^total tokens/)).toBe('total tokens: 5')
  })

  it('webhook-sink.mjs posts its events', async () => {
    const posted: unknown[] = []
    const webhook = await listen(
      http.createServer((request, response) => {
        const chunks: Buffer[] = []
        request.on('data', (chunk: Buffer) => chunks.push(chunk))
        request.on('end', () => {
          posted.push(...(JSON.parse(Buffer.concat(chunks).toString()) as unknown[]))
          response.end()
        })
      }),
    )
    const { child, waitForLine } = start('webhook-sink', { WEBHOOK_URL: webhook.url })
    await once(child, 'exit')
    expect(await waitForLine(/^delivered/)).toBe('delivered: 1')
    expect(posted).toMatchObject([{ model: 'gpt-4', total_tokens: 150 }])
    await webhook.close()
  })

  it('are quoted in the README word for word', () => {
    const readme = readFileSync(path.join(root, 'README.md'), 'utf8')
    for (const file of readdirSync(path.join(root, 'examples'))) {
      expect(readme, file).toContain(readFileSync(path.join(root, 'examples', file), 'utf8').trim())
    }
  })

  it('are under sixty lines', () => {
    for (const file of readdirSync(path.join(root, 'examples'))) {
      expect(readFileSync(path.join(root, 'examples', file), 'utf8').split('\n').length, file).toBeLessThan(60)
    }
  })
})
