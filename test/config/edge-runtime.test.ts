import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTokenTracker } from '../../src/tracker/create-tracker.ts'

const start = (env: Record<string, string> = {}) =>
  createTokenTracker({}, { env: { TOKEN_TRACKER_LOG_LEVEL: 'silent', ...env } })

const needs = {
  TOKEN_TRACKER_FILE_LOGGING: ['true', 'expected a runtime with files'],
  TOKEN_TRACKER_SPOOL_DIR: ['/tmp/spool', 'expected a runtime with files'],
  TOKEN_TRACKER_OTEL_ENDPOINT: ['http://127.0.0.1:4317', 'expected a runtime with sockets'],
} as const

describe.each([
  ['Cloudflare Workers', () => vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })],
  ['an edge runtime', () => vi.stubGlobal('EdgeRuntime', 'edge-runtime')],
])('a tracker on %s', (runtime, stub) => {
  afterEach(() => vi.unstubAllGlobals())

  it.each(Object.entries(needs))('refuses %s when it starts', (name, [value, problem]) => {
    stub()
    expect(() => start({ [name]: value })).toThrow(`${name}: ${problem}, got ${runtime}: leave it out there`)
  })

  it('starts without, and counts without a thread', async () => {
    stub()
    const tracker = start()
    tracker.logger.logTokenUsage({
      model: 'gpt-4o',
      promptText: 'All work and no play. '.repeat(5_000),
      completionTokens: 1,
    })
    await tracker.flush()
    expect(tracker.getStats()).toMatchObject({ events: 1, faults: 0 })
    await tracker.shutdown()
  })
})
