import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { UsageEvent } from '../../src/core/records/event.ts'
import { toEventSummary } from '../../src/sinks/event-summary.ts'
import { createSampleEvents } from '../../src/testing/verify-sink.ts'

const sample: Readonly<UsageEvent> = createSampleEvents(1)[0]!
const event = {
  ...sample,
  created_at: '2026-11-28T12:04:31.123Z',
  model: 'gpt-4o',
  prompt_tokens: 1_200,
  prompt_token_source: 'api',
  completion_tokens: 340,
  completion_token_source: 'estimated',
  total_cost: 0.0064,
  currency: 'USD',
  duration_ms: 1_240,
  user_id: 'alice',
  endpoint: '/v1/chat/completions',
  status: 'success',
  error_code: null,
} as const

const squeeze = (line: string) => line.replaceAll(/ +/g, ' ')

describe('an event as a line for people', () => {
  it('says who used how much of what, at what cost', () => {
    expect(squeeze(toEventSummary(event))).toBe(
      '12:04:31 gpt-4o 1,200 in ~340 out $0.006400 1.24 s alice /v1/chat/completions',
    )
  })

  it('says what is unknown, and what went wrong', () => {
    const failed = { ...event, model: null, prompt_tokens: null, total_cost: null, duration_ms: null, user_id: null }
    expect(squeeze(toEventSummary({ ...failed, status: 'error', error_code: 'rate_limit' }))).toBe(
      '12:04:31 ? ? in ~340 out ? - /v1/chat/completions error rate_limit',
    )
  })

  it('names a currency that is not the dollar', () => {
    expect(toEventSummary({ ...event, currency: 'EUR' })).toContain('0.006400 EUR')
  })
})

const PROGRAM = `
  import { createTokenTracker } from 'token-usage-tracker'
  const tracker = createTokenTracker({ logLevel: 'info' })
  for (let n = 1; n < 3; n++) tracker.logger.logTokenUsage({ model: 'gpt-4o', promptTokens: n, completionTokens: 2, userId: 'alice' })
  await tracker.shutdown()`

const run = (command: string, args: string[]) =>
  spawnSync(command, args, { cwd: path.join(import.meta.dirname, '../..'), encoding: 'utf8', timeout: 60_000 }).stdout
const nodeArgs = ['--input-type=module', '-e', PROGRAM]
const quote = (words: readonly string[]) => words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
const hasTerminal = spawnSync('script', ['--version']).status === 0

describe('the lines of a server that nothing was configured for', () => {
  it('are JSON where nobody reads along', () => {
    const lines = run(process.execPath, nodeArgs).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { model: 'gpt-4o', prompt_tokens: 1, user_id: 'alice' },
      { model: 'gpt-4o', prompt_tokens: 2, user_id: 'alice' },
    ])
  })

  it.skipIf(!hasTerminal)('have warnings among them that people can read (needs `script`)', () => {
    const program = `
      import { createTokenTracker } from 'token-usage-tracker'
      await createTokenTracker({}, { env: { TOKEN_TRACKER_LOG_FLE: 'x' } }).shutdown()`
    const output = run('script', ['-qec', quote([process.execPath, '--input-type=module', '-e', program]), '/dev/null'])
    expect(output).toMatch(/^token-tracker {2}warn {2}.*TOKEN_TRACKER_LOG_FLE.*TOKEN_TRACKER_LOG_FILE/)
  })

  it.skipIf(!hasTerminal)(
    'are text on a terminal, with a word on where the whole events would be (needs `script`)',
    () => {
      const lines = run('script', ['-qec', quote([process.execPath, ...nodeArgs]), '/dev/null'])
        .trim()
        .split(/\r?\n/)
      expect(lines).toHaveLength(3)
      expect(lines[0]).toMatch(/^token-tracker {2}\d\d:\d\d:\d\d {2}gpt-4o .* 1 in .* 2 out .*\$0\.00002[23] .*alice/)
      expect(lines[1]).toContain('TOKEN_TRACKER_FILE_LOGGING=true')
      expect(lines[2]).toContain(' 2 in ')
    },
  )
})
