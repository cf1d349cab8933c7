import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { loadOptional } from './optional-package.ts'
import { answerChat, startUpstream } from './upstream.ts'

const root = path.resolve(import.meta.dirname, '../..')
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { exports: object }
const hasEntries = './web' in manifest.exports && './fetch' in manifest.exports
if (!hasEntries) console.warn('SKIPPED: the package exports no ./web and ./fetch')
const hasHono = (await loadOptional('@hono/node-server')) !== null
const hasNest = (await loadOptional('@nestjs/platform-express')) !== null

function start(example: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [`examples/${example}.mjs`], {
    cwd: root,
    env: { ...process.env, PORT: '0', TOKEN_TRACKER_FLUSH_INTERVAL: '0.05', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  return {
    child,
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

const usage = { prompt_tokens: 9, completion_tokens: 2, token_source: 'api', status: 'success' }

describe('the examples', () => {
  for (const [example, isThere] of [
    ['h3', hasEntries],
    ['hono', hasHono && hasEntries],
    ['koa', hasEntries],
    ['nest', hasNest],
  ] as const) {
    it.skipIf(!isThere)(`${example}.mjs answers a request and prints its usage`, async () => {
      const { child, waitForLine } = start(example)
      const url = /http:\S+/.exec(await waitForLine(/^listening/))?.[0] ?? ''
      const answer = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gpt-4', messages: [{ role: 'user', content: 'Hi' }] }),
      })
      expect(await answer.text()).toContain('Hello!')
      expect(JSON.parse(await waitForLine(/"msg":"usage"/))).toMatchObject(usage)
      child.kill()
      await once(child, 'exit')
    })
  }

  it.skipIf(!hasEntries)('outgoing-calls.mjs prints an answer and its usage, and ends by itself', async () => {
    const upstream = await startUpstream(answerChat)
    const env = { OPENAI_BASE_URL: `${upstream.url}/v1`, OPENAI_API_KEY: 'test' }
    const { child, waitForLine } = start('outgoing-calls', env)
    const [code] = (await once(child, 'exit')) as [number]
    expect(code).toBe(0)
    expect(await waitForLine(/^Hello/)).toBe('Hello there ☃')
    expect(JSON.parse(await waitForLine(/"msg":"usage"/))).toMatchObject(usage)
    await upstream.close()
  })
})
