import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createTestTracker } from '../setup/tracker.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function readLines(name: string): Record<string, unknown>[] {
  const text = readFileSync(path.join(folder, name), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** The Python original's keys in their order, then ours. */
const KEYS =
  'id timestamp model prompt_tokens completion_tokens total_tokens user_id client_id session_id provider model_version ' +
  'deployment_id token_source prompt_cost completion_cost total_cost currency endpoint request_id parent_request_id ' +
  'conversation_id duration_ms time_to_first_token_ms tokens_per_second prompt_sample completion_sample temperature ' +
  'max_tokens top_p frequency_penalty presence_penalty streaming status error_code error_message metadata tags ' +
  'created_at updated_at request_model operation prompt_token_source completion_token_source cached_tokens ' +
  'cache_write_tokens reasoning_tokens audio_prompt_tokens audio_completion_tokens image_tokens provider_cost priced_by ' +
  'service_tier http_status truncated trace_id span_id credits credit_allowance schema_version'

describe('the log file', () => {
  it('holds one line for each event, with the documented keys in their order', async () => {
    const file = path.join(folder, 'deep/er/usage.log')
    const { tracker } = createTestTracker({ FILE_LOGGING: 'true', LOG_FILE: file, CLIENT_ID: 'here' })
    const ids = [1, 2, 3].map((promptTokens) => tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens }))
    await tracker.flush()
    const lines = readLines('deep/er/usage.log')
    expect(lines.map(({ id }) => id)).toEqual(ids)
    expect(Object.keys(lines[0]!).join(' ')).toBe(KEYS)
    expect(lines[0]).toMatchObject({ model: 'gpt-4', prompt_tokens: 1, completion_tokens: null, total_tokens: null })
    expect(lines[0]).toMatchObject({
      client_id: 'here',
      currency: 'USD',
      status: 'success',
      streaming: false,
      tags: [],
    })
    expect(lines[0]!['created_at']).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
    await tracker.shutdown()
  })

  it('is described in the README key by key', () => {
    const readme = readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8')
    const section = readme.slice(readme.indexOf('## The log file'), readme.indexOf('\n## OpenTelemetry'))
    const documented = [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, key]) => key)
    expect(documented.join(' ')).toBe(KEYS)
  })

  it('is rotated by size without losing a line', async () => {
    const file = path.join(folder, 'rotated/usage.log')
    const { tracker } = createTestTracker({ FILE_LOGGING: 'true', LOG_FILE: file, LOG_ROTATION: '20KB' })
    const ids: (string | null)[] = []
    for (let round = 0; round < 10; round++) {
      for (let index = 0; index < 10; index++)
        ids.push(tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: index }))
      await tracker.flush()
    }
    await tracker.shutdown()
    const files = readdirSync(path.join(folder, 'rotated'))
    expect(files.length).toBeGreaterThan(3)
    const found = files.flatMap((name) =>
      existsSync(path.join(folder, 'rotated', name)) ? readIds(`rotated/${name}`) : [],
    )
    expect(new Set(found)).toEqual(new Set(ids))
    expect(found).toHaveLength(ids.length)
  })

  it('that cannot be written is tried again, and the events come when it can', async () => {
    const place = path.join(folder, 'blocked')
    const { tracker } = createTestTracker({ FILE_LOGGING: 'true', LOG_FILE: path.join(place, 'usage.log') })
    const { writeFileSync } = await import('node:fs')
    writeFileSync(place, 'a file where a folder should be')
    const id = tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1 })
    await tracker.flush()
    expect(tracker.getStats().sinks['file']).toMatchObject({ delivered: 0, waiting: 1 })
    rmSync(place)
    await tracker.flush()
    expect(readIds('blocked/usage.log')).toEqual([id])
    await tracker.shutdown()
  })
})

function readIds(name: string): unknown[] {
  const text = readFileSync(path.join(folder, name), 'utf8')
  return text === '' ? [] : readLines(name).map(({ id }) => id)
}
