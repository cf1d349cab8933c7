import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { runCommand, writeTestFile } from './run-command.ts'

describe('token-tracker config', () => {
  it('prints what, read again, gives the same configuration', async () => {
    const env = {
      TOKEN_TRACKER_PRICING_DATASET: 'off',
      TOKEN_TRACKER_CLIENT_ID: 'blue # team',
      TOKEN_TRACKER_LOG_LEVEL: 'WARNING',
      TOKEN_TRACKER_FILE_LOGGING: 'true',
      TOKEN_TRACKER_LOG_ROTATION: '1.5 MB',
      TOKEN_TRACKER_MONITORED_ENDPOINTS: '/a, /b/**',
      TOKEN_TRACKER_FLUSH_INTERVAL: '0.25',
      TOKEN_TRACKER_PRICING_JSON: JSON.stringify({ openai: { a: { prompt: 1e-7 } } }),
      TOKEN_TRACKER_TRUSTED_USER_HEADERS: 'openwebui',
      TOKEN_TRACKER_PRICE_OPENAI_GPT4_PROMPT: '3e-7',
    }
    const { exitCode, stdout, stderr } = await runCommand(['config'], env)
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(loadConfig(parseEnv(stdout) as Record<string, string>)).toEqual(loadConfig(env))
    expect(stdout).toContain('\nTOKEN_TRACKER_LOG_LEVEL=warn\n')
    expect(stdout).toContain('\nTOKEN_TRACKER_LOG_ROTATION=1572864\n')
    expect(stdout).toContain('\n# TOKEN_TRACKER_SPOOL_DIR is unset\n')
    expect(stdout).toContain('\nTOKEN_TRACKER_PRICE_OPENAI_GPT4_PROMPT=0.0000003\n')
  })

  it('prints one object for programs, secrets masked, what is unset as null', async () => {
    const { stdout, exitCode } = await runCommand(['config', '--json'], {
      TOKEN_TRACKER_MONITORED_ENDPOINTS: '/a, /b/**',
      TOKEN_TRACKER_FLUSH_INTERVAL: '0.25',
      TOKEN_TRACKER_HASH_USER_IDS: 'true',
      TOKEN_TRACKER_HASH_KEY: 'canary-canary-canary-canary-canary',
      TOKEN_TRACKER_OTEL_ENDPOINT: 'https://user:canary@collector.example:4317',
      TOKEN_TRACKER_PRICE_OPENAI_GPT4_PROMPT: '3e-7',
    })
    expect(exitCode).toBe(0)
    expect(stdout).not.toContain('canary')
    expect(JSON.parse(stdout)).toMatchObject({
      TOKEN_TRACKER_ENABLED: true,
      TOKEN_TRACKER_MONITORED_ENDPOINTS: ['/a', '/b/**'],
      TOKEN_TRACKER_FLUSH_INTERVAL: 0.25,
      TOKEN_TRACKER_HASH_KEY: '***',
      TOKEN_TRACKER_HASH_KEY_PREVIOUS: null,
      TOKEN_TRACKER_OTEL_ENDPOINT: 'https://***@collector.example:4317',
      TOKEN_TRACKER_PRICE_OPENAI_GPT4_PROMPT: 3e-7,
    })
  })

  it('writes single quotes as a shell reads them', async () => {
    const { stdout } = await runCommand(['config'], { TOKEN_TRACKER_CLIENT_ID: "it's $HOME" })
    expect(stdout).toContain(String.raw`TOKEN_TRACKER_CLIENT_ID='it'\''s $HOME'` + '\n')
  })

  it('masks keys, headers, database and the credentials of an address', async () => {
    const { stdout, stderr } = await runCommand(['config'], {
      TOKEN_TRACKER_HASH_KEY: 'canary-canary-canary-canary-canary',
      TOKEN_TRACKER_HASH_KEY_PREVIOUS: 'CANARY-CANARY-CANARY-CANARY-CANARY',
      TOKEN_TRACKER_OTEL_HEADERS: 'authorization=Bearer canary',
      TOKEN_TRACKER_DATABASE_URL: 'postgres://user:canary@host/db',
      TOKEN_TRACKER_OTEL_ENDPOINT: 'https://user:p@canary@collector.example:4317',
    })
    expect(stdout + stderr).not.toMatch(/canary/i)
    for (const name of ['HASH_KEY', 'HASH_KEY_PREVIOUS', 'OTEL_HEADERS', 'DATABASE_URL']) {
      expect(stdout).toContain(`\n# TOKEN_TRACKER_${name}=***\n`)
    }
    expect(stdout).toContain("\nTOKEN_TRACKER_OTEL_ENDPOINT='https://***@collector.example:4317'\n")
  })

  it.each([
    'https://user:canary@collector.example:4317',
    'user:canary@collector.example:4317',
    'https://user:canary@collector.example:99999999',
    'https://user:can/canary@collector.example',
    'grpc://user:canary@collector.example:4317',
    'https://user:white canary@collector.example',
  ])('shows no password of the endpoint %s, whether it can be used or not', async (endpoint) => {
    const { stdout, stderr } = await runCommand(['config'], { TOKEN_TRACKER_OTEL_ENDPOINT: endpoint })
    expect(stdout + stderr).not.toContain('canary')
    expect(stdout + stderr).toContain('***@collector.example')
    const { stderr: ofTheHost } = await runCommand(['config'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      TOKEN_TRACKER_ENABLED: endpoint,
      TOKEN_TRACKER_MONITORED_ENDPOINTS: endpoint,
      TOKEN_TRACKER_PROVIDER_ALIASES: endpoint,
      TOKEN_TRACKER_PRICING_FILE: `https://user:canary@host/${endpoint.length}`,
      TOKEN_TRACKER_PRICE_OPENAI_GPT4_PROMPT: endpoint,
      TOKEN_TRACKER_REDACT_ENTITIES: endpoint,
    })
    expect(ofTheHost).not.toContain('canary')
  })

  it('leaves what only looks like an address as it is', async () => {
    const { stdout } = await runCommand(['config'], {
      TOKEN_TRACKER_CLIENT_ID: 'team@corp',
      TOKEN_TRACKER_SPOOL_DIR: String.raw`C:\data\me@home`,
      TOKEN_TRACKER_REDACT_PII: 'true',
      TOKEN_TRACKER_REDACT_ALLOW: 'me@corp.example',
    })
    expect(stdout).toContain('\nTOKEN_TRACKER_CLIENT_ID=team@corp\n')
    expect(stdout).toContain(String.raw`TOKEN_TRACKER_SPOOL_DIR='C:\data\me@home'` + '\n')
    expect(stdout).toContain(`TOKEN_TRACKER_REDACT_ALLOW='["me@corp.example"]'\n`)
  })

  it('prints every fault of every part at once, and exits with 1', async () => {
    const file = writeTestFile('bad-prices.json', JSON.stringify({ openai: { a: { prompt: -1 } } }))
    const { exitCode, stdout, stderr } = await runCommand(['config'], {
      TOKEN_TRACKER_ENABLED: 'maybe',
      TOKEN_TRACKER_OTEL_HEADERS: '{',
      OTEL_EXPORTER_OTLP_HEADERS: 'no pair, but not in use',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://collector',
      TOKEN_TRACKER_PRICING_FILE: file,
      TOKEN_TRACKER_PRICE_NOBODY: '1',
      TOKEN_TRACKER_HASH_USER_IDS: 'true',
      TOKEN_TRACKER_HASH_KEY: 'short secret',
      TOKEN_TRACKER_HASH_KEY_PREVIOUS: 'short secret',
      TOKEN_TRACKER_REDACT_PII: 'true',
      TOKEN_TRACKER_REDACT_ENTITIES: 'EMAIL,NAMES',
    })
    const places = stderr
      .split('\n')
      .slice(1, -1)
      .map((line) => line.trim().split(':')[0])
    expect(places).toEqual([
      'TOKEN_TRACKER_ENABLED',
      'TOKEN_TRACKER_OTEL_HEADERS',
      `TOKEN_TRACKER_PRICING_FILE ${file} at openai.a.prompt`,
      'TOKEN_TRACKER_PRICE_NOBODY',
      'TOKEN_TRACKER_OTEL_ENDPOINT',
      'TOKEN_TRACKER_REDACT_ENTITIES',
      'TOKEN_TRACKER_HASH_KEY',
      'TOKEN_TRACKER_HASH_KEY_PREVIOUS',
    ])
    expect(stderr).not.toContain('short secret')
    expect(stdout).toBe('')
    expect(exitCode).toBe(1)
  })

  it('names the variable that stands in for a missing one', async () => {
    const { exitCode, stderr } = await runCommand(['config'], { OTEL_EXPORTER_OTLP_HEADERS: 'no pair' })
    expect(stderr).toContain('  OTEL_EXPORTER_OTLP_HEADERS: expected a JSON object of texts, or name=value pairs')
    expect(exitCode).toBe(1)
  })

  it('warns as the tracker does', async () => {
    const { exitCode, stderr } = await runCommand(['config'], { TOKEN_TRACKER_HASH_USER_IDS: 'true' })
    expect(stderr).toContain('warning: TOKEN_TRACKER_HASH_USER_IDS is on without TOKEN_TRACKER_HASH_KEY: ')
    expect(exitCode).toBe(0)
  })
})
