import { describe, expect, it } from 'vitest'
import { PREFIX, settings } from '../../src/config/env-schema.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import type { TrackerSettings } from '../../src/config/settings.ts'

function warningsOf(variables: Record<string, string>): readonly string[] {
  return loadConfig(Object.fromEntries(Object.entries(variables).map(([name, value]) => [PREFIX + name, value])))
    .warnings
}

describe('a setting that has nothing to act on', () => {
  it.each([
    [{ LOG_FILE: 'x.log' }, 'LOG_FILE', 'it needs TOKEN_TRACKER_FILE_LOGGING=true'],
    [{ LOG_ROTATION: '1MB' }, 'LOG_ROTATION', 'it needs TOKEN_TRACKER_FILE_LOGGING=true'],
    [{ LOG_ROTATION_INTERVAL: '1d' }, 'LOG_ROTATION_INTERVAL', 'it needs TOKEN_TRACKER_FILE_LOGGING=true'],
    [{ LOG_COMPRESS: 'yes' }, 'LOG_COMPRESS', 'it needs TOKEN_TRACKER_FILE_LOGGING=true'],
    [{ LOG_FILE_MAX_FILES: '3' }, 'LOG_FILE_MAX_FILES', 'it needs TOKEN_TRACKER_FILE_LOGGING=true'],
    [{ SAMPLE_LENGTH: '9' }, 'SAMPLE_LENGTH', 'it needs TOKEN_TRACKER_STORE_SAMPLES=true'],
    [{ HASH_KEY: 'k' }, 'HASH_KEY', 'it needs TOKEN_TRACKER_HASH_USER_IDS=true'],
    [{ HASH_KEY_FILE: 'k' }, 'HASH_KEY_FILE', 'it needs TOKEN_TRACKER_HASH_USER_IDS=true'],
    [{ HASH_KEY_PREVIOUS: 'k' }, 'HASH_KEY_PREVIOUS', 'it needs TOKEN_TRACKER_HASH_USER_IDS=true'],
    [{ REDACT_ENTITIES: 'EMAIL' }, 'REDACT_ENTITIES', 'it needs TOKEN_TRACKER_REDACT_PII=true'],
    [{ REDACT_ALLOW: 'a@b.c' }, 'REDACT_ALLOW', 'it needs TOKEN_TRACKER_REDACT_PII=true'],
    [{ TRACK_COSTS: 'no', PRICING_FILE: 'p' }, 'PRICING_FILE', 'it needs TOKEN_TRACKER_TRACK_COSTS=true'],
    [{ TRACK_COSTS: 'no', PRICING_JSON: '{"a":{}}' }, 'PRICING_JSON', 'it needs TOKEN_TRACKER_TRACK_COSTS=true'],
    [{ TRACK_COSTS: 'no', PRICING_DATASET: 'off' }, 'PRICING_DATASET', 'it needs TOKEN_TRACKER_TRACK_COSTS=true'],
    [{ TRACK_COSTS: 'no', PRICE_A_B_PROMPT: '1' }, 'PRICE_*', 'it needs TOKEN_TRACKER_TRACK_COSTS=true'],
    [{ OTEL_HEADERS: 'a=b' }, 'OTEL_HEADERS', 'it needs TOKEN_TRACKER_OTEL_ENDPOINT'],
    [{ OTEL_INSECURE: 'no' }, 'OTEL_INSECURE', 'it needs TOKEN_TRACKER_OTEL_ENDPOINT'],
    [{ OTEL_SERVICE_NAME: 'me' }, 'OTEL_SERVICE_NAME', 'it needs TOKEN_TRACKER_OTEL_ENDPOINT'],
    [{ OTEL_EXPORT_INTERVAL: '1' }, 'OTEL_EXPORT_INTERVAL', 'it needs TOKEN_TRACKER_OTEL_ENDPOINT'],
    [{ ASYNC_LOGGING: 'no', FLUSH_INTERVAL: '1' }, 'FLUSH_INTERVAL', 'it needs TOKEN_TRACKER_ASYNC_LOGGING=true'],
    [
      { ESTIMATE_TOKENS: 'no', ESTIMATE_DEADLINE_MS: '10' },
      'ESTIMATE_DEADLINE_MS',
      'it needs TOKEN_TRACKER_ESTIMATE_TOKENS=true',
    ],
    [
      { ESTIMATE_TOKENS: 'no', ESTIMATE_CALIBRATION: 'apply' },
      'ESTIMATE_CALIBRATION',
      'it needs TOKEN_TRACKER_ESTIMATE_TOKENS=true',
    ],
    [{ HASH_USER_IDS: 'yes', HASH_KEY: 'k', HASH_KEY_FILE: 'k' }, 'HASH_KEY_FILE', 'TOKEN_TRACKER_HASH_KEY wins'],
    [{ LIMITS: 'enforce' }, 'LIMITS', 'it is reserved, and a tracker of this version does nothing with it'],
    [
      { DATABASE_URL: 'postgres://h/d' },
      'DATABASE_URL',
      'it is reserved, and a tracker of this version does nothing with it',
    ],
    [{ LIMIT_STATUS: '402' }, 'LIMIT_STATUS', 'it is reserved, and a tracker of this version does nothing with it'],
    [
      { LIMIT_UNPRICED: 'deny' },
      'LIMIT_UNPRICED',
      'it is reserved, and a tracker of this version does nothing with it',
    ],
    [
      { LIMIT_TIME_ZONE: 'CET' },
      'LIMIT_TIME_ZONE',
      'it is reserved, and a tracker of this version does nothing with it',
    ],
    [{ CREDITS_PER_USD: '1' }, 'CREDITS_PER_USD', 'it is reserved, and a tracker of this version does nothing with it'],
  ] as [Record<string, string>, string, string][])('is warned about: %j', (variables, name, reason) => {
    expect(warningsOf(variables)).toEqual([`${PREFIX}${name} has nothing to act on: ${reason}`])
  })

  it.each([
    { FILE_LOGGING: 'yes', LOG_FILE: 'x.log', LOG_ROTATION_INTERVAL: '1d' },
    { STORE_SAMPLES: 'yes', SAMPLE_LENGTH: '9' },
    { HASH_USER_IDS: 'yes', HASH_KEY: 'k', HASH_KEY_PREVIOUS: 'l' },
    { REDACT_PII: 'yes', REDACT_ENTITIES: 'EMAIL', REDACT_ALLOW: 'a@b.c' },
    { PRICING_FILE: 'p', PRICE_A_B_PROMPT: '1' },
    { OTEL_ENDPOINT: 'http://h:4317', OTEL_HEADERS: 'a=b', OTEL_SERVICE_NAME: 'me' },
    { OTEL_GENAI_METRICS: 'latest', OTEL_USER_ATTRIBUTE: 'user_id' },
    { FLUSH_INTERVAL: '1' },
  ] as Record<string, string>[])('is not where it acts: %j', (variables) => {
    expect(warningsOf(variables)).toEqual([])
  })

  it('is named as it was given, and so is what would make it act', () => {
    expect(loadConfig({}, { logFile: 'x.log' }).warnings).toEqual([
      'logFile has nothing to act on: it needs fileLogging: true',
    ])
    expect(loadConfig({}, { otelServiceName: 'me' }).warnings).toEqual([
      'otelServiceName has nothing to act on: it needs otelEndpoint',
    ])
    expect(loadConfig({ TOKEN_TRACKER_LOG_FILE: 'x.log' }, { fileLogging: true }).warnings).toEqual([])
  })

  it('is none when it says no more than its default, as in what `token-tracker config` prints', () => {
    const variables = Object.values(settings).map(({ variable, default: value }) => [PREFIX + variable, value ?? ''])
    expect(loadConfig(Object.fromEntries(variables) as Record<string, string>).warnings).toEqual([])
  })

  it('is no variable of the host that stands in for ours', () => {
    expect(loadConfig({ OTEL_EXPORTER_OTLP_HEADERS: 'a=b' }).warnings).toEqual([])
  })

  it('says so only where its need is another setting', () => {
    for (const [field, { needs, yieldsTo }] of Object.entries(settings)) {
      for (const other of [needs, yieldsTo]) {
        if (other !== null && other !== 'a later version') expect(settings, field).toHaveProperty(other)
        expect(other).not.toBe(field)
      }
    }
  })

  it('is told apart from one that is none', () => {
    expect(() => loadConfig({}, { TOKEN_TRACKER_LOG_FILE: 'x' } as TrackerSettings)).toThrow(
      'TOKEN_TRACKER_LOG_FILE: is a variable of the environment; the setting is logFile',
    )
  })
})
