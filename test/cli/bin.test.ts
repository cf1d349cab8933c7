import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { writeTestFile } from './run-command.ts'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../..')
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  version: string
  bin: Record<string, string>
}
const bin = path.join(root, manifest.bin['token-tracker'] ?? '')
const environment = { PATH: process.env['PATH'], TOKEN_TRACKER_LOG_LEVEL: 'silent' }

describe('the built token-tracker', () => {
  it('prints its version', async () => {
    const { stdout, stderr } = await run(process.execPath, [bin, '--version'], { env: environment })
    expect(stdout).toBe(`${manifest.version}\n`)
    expect(stderr).toBe('')
  })

  it('reads its own environment', async () => {
    const prices = JSON.stringify({ openai: { 'gpt-x': { prompt: 0.5, completion: 1 } } })
    const env = { ...environment, TOKEN_TRACKER_PRICING_JSON: prices }
    const { stdout } = await run(process.execPath, [bin, 'pricing', 'explain', 'gpt-x', '--json'], { env })
    expect(JSON.parse(stdout)).toMatchObject({ price: { totalCost: 1.5, pricedBy: 'json:openai/gpt-x' } })
  })

  it.each([
    [['pricing', 'check', 'missing.json'], 1, 'error: cannot read missing.json: ENOENT'],
    [['pricing', 'checks'], 2, "error: unknown command 'checks'"],
  ])('ends %j with exit code %i and no stack', async (args, code, expected) => {
    const failure: unknown = await run(process.execPath, [bin, ...args], { env: environment }).catch((error) => error)
    expect(failure).toMatchObject({ code, stdout: '' })
    const { stderr } = failure as { stderr: string }
    expect(stderr).toContain(expected)
    expect(stderr).not.toMatch(/^ {4}at /m)
  })

  it('ends quietly when its reader goes away', async () => {
    const price = { litellm_provider: 'openai', input_cost_per_token: 1e-6, output_cost_per_token: 1e-6 }
    const prices = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`model-${index}`, price]))
    const file = writeTestFile('many.json', JSON.stringify(prices))
    const child = spawn(process.execPath, [bin, 'pricing', 'import', 'litellm', file], { env: environment })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(code).toBe(0)
    expect(stderr).toBe('models converted: 20,000, skipped: 0\n')
  })
})
