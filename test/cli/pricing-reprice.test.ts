import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readLogLines } from '../../src/cli/pricing/log-lines.ts'
import { runCommand, writeTestFile } from './run-command.ts'

const env = {
  TOKEN_TRACKER_PRICING_JSON: JSON.stringify({ openai: { 'gpt-x': { prompt: 0.002, completion: 0.004 } } }),
}

function toLine(fields: object): string {
  const event = { timestamp: 1_780_000_000, provider: 'openai', model: 'gpt-x', currency: 'USD', status: 'success' }
  return `${JSON.stringify({ ...event, prompt_tokens: 1_000, completion_tokens: 100, ...fields })}\n`
}

const plain = writeTestFile('usage.log', toLine({ total_cost: 0.001 }) + toLine({ model: 'gpt-z', total_cost: 0.2 }))
const compressed = writeTestFile(
  'usage.log.gz',
  // Rotated logs are sometimes put together by `cat`: two compressed members in one file.
  Buffer.concat([gzipSync(toLine({ total_cost: 0.003 })), gzipSync(`not json\n${toLine({ total_cost: null })}`)]),
)

async function linesOf(file: string): Promise<string[]> {
  const lines: string[] = []
  for await (const line of readLogLines([file])) lines.push(line)
  return lines
}

describe('token-tracker pricing reprice', () => {
  it('shows the difference for each model over several logs, compressed ones too', async () => {
    const { exitCode, stdout, stderr } = await runCommand(['pricing', 'reprice', plain, compressed], env)
    expect(stdout).toBe(
      `provider  model  events  currency  before    after  difference  unpriced before  unpriced after
openai    gpt-x       3  USD        0.004   0.0072     +0.0008                1               0
openai    gpt-z       1  USD          0.2  unknown     unknown                0               1
= total               4  USD        0.204   0.0072     +0.0008                1               1
`,
    )
    expect(stderr).toBe(
      'warning: no price for model "gpt-z" of provider "openai": its costs stay unknown. ' +
        'Add it to TOKEN_TRACKER_PRICING_FILE, or set a catch-all "*"\n' +
        'warning: lines that are no events and were left out: 1\n',
    )
    expect(exitCode).toBe(0)
  })

  it('prints the report as JSON, under another price file', async () => {
    const file = writeTestFile(
      'cheaper.json',
      JSON.stringify({ openai: { 'gpt-x': { prompt: 0.0001, completion: 0 } } }),
    )
    const { stdout } = await runCommand(['pricing', 'reprice', plain, '--file', file, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      models: [
        { model: 'gpt-x', events: 1, before: 0.001, after: 0.0001, difference: -0.0009 },
        { model: 'gpt-z', events: 1, before: 0.2, after: null, difference: null, unpricedAfter: 1 },
      ],
      unreadable: 0,
    })
  })

  it('adds up each currency by itself, exactly', async () => {
    const tenth = [{ model: 'a' }, { model: 'b' }, { model: 'c', currency: 'EUR' }]
    const log = writeTestFile(
      'tenths.log',
      tenth.map((fields) => toLine({ ...fields, total_cost: 0.1 })).join('') + toLine({ total_cost: 0.2 }),
    )
    const { stdout } = await runCommand(['pricing', 'reprice', log], env)
    const totals = stdout.split('\n').filter((line) => line.startsWith('= total'))
    expect(totals.map((line) => line.split(/\s+/).slice(2))).toEqual([
      ['3', 'USD', '0.4', '0.0024', '-0.1976', '0', '2'],
      ['1', 'EUR', '0.1', 'unknown', 'unknown', '0', '1'],
    ])
  })

  it('says so when there is nothing to price', async () => {
    const log = writeTestFile('errors.log', toLine({ status: 'error', prompt_tokens: null, completion_tokens: null }))
    expect(await runCommand(['pricing', 'reprice', log])).toEqual({
      exitCode: 0,
      stdout: 'no event with token counts\n',
      stderr: '',
    })
  })

  it('fails, and names the log, when one cannot be read to its end', async () => {
    const whole = gzipSync(Array.from({ length: 2_000 }, (_, index) => toLine({ id: index })).join(''))
    const cut = writeTestFile('cut.log.gz', whole.subarray(0, whole.length / 2))
    const wrong = writeTestFile('wrong.log.gz', 'plain text')
    for (const [log, problem] of [
      [cut, 'unexpected end of file'],
      [wrong, 'incorrect header check'],
      [`${plain}.missing`, 'ENOENT'],
      [`${plain}.missing.gz`, 'ENOENT'],
    ] as const) {
      const { exitCode, stdout, stderr } = await runCommand(['pricing', 'reprice', plain, log], env)
      expect(stderr).toContain(`error: cannot read ${log}: ${problem}`)
      expect(stdout).toBe('')
      expect(exitCode).toBe(1)
    }
  })

  it('does not let a model name move the cursor', async () => {
    const log = writeTestFile('hostile.log', toLine({ model: `\u001b]0;owned\u0007${'x'.repeat(500)}` }))
    const { stdout, stderr } = await runCommand(['pricing', 'reprice', log])
    expect(stdout + stderr).not.toMatch(/[^\n\P{Cc}]/u)
    expect(stdout).toContain(String.raw`openai    \u{1b}]0;owned\u{7}xxx`)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(250)
  })
})

describe('reading log lines', () => {
  it('puts lines together across chunks, without a last line break, after a byte order mark', async () => {
    const text = 'é'.repeat(70_001)
    const file = writeTestFile('long.log', `\ufeffa\r\n${text}\n\nlast`)
    expect(await linesOf(file)).toEqual(['a', text, '', 'last'])
  })

  it('passes over a line of any length, and goes on behind it', async () => {
    const file = writeTestFile('endless.log', `first\n${'{"a":1}'.repeat(1_000_000)}\nlast\n`)
    expect(await linesOf(file)).toEqual(['first', '…', 'last'])
  })
})
