import { describe, expect, it } from 'vitest'
import { PREFIX, settings } from '../../src/config/env-schema.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { ConfigurationError } from '../../src/core/errors.ts'

function load(variables: Record<string, string>) {
  return loadConfig(Object.fromEntries(Object.entries(variables).map(([name, value]) => [PREFIX + name, value])))
}

function issuesOf(action: () => unknown): Record<string, string> {
  try {
    action()
  } catch (error) {
    if (error instanceof ConfigurationError) {
      return Object.fromEntries(error.issues.map(({ name, problem }) => [name, problem]))
    }
    throw error
  }
  return {}
}

describe('loadConfig', () => {
  it('gives every setting its documented default', () => {
    const config = loadConfig({})
    expect(config).toMatchObject({
      enabled: true,
      clientId: null,
      otelServiceName: 'token-tracker',
      otelEndpoint: null,
      otelHeaders: {},
      otelInsecure: true,
      otelExportInterval: 30,
      fileLogging: false,
      logFile: 'token_usage.log',
      logRotation: 100 * 1024 * 1024,
      logLevel: 'info',
      maxBodySize: 10_485_760,
      storeSamples: false,
      sampleLength: 500,
      estimateTokens: true,
      trackCosts: true,
      trackPerformance: true,
      pricingJson: null,
      pricingFile: null,
      excludedEndpoints: [],
      asyncLogging: true,
      queueSize: 10_000,
      flushInterval: 5,
      redactPii: false,
      hashUserIds: false,
      prices: [],
      warnings: [],
    })
    expect(config.monitoredEndpoints).toContain('/ollama/api/generate')
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('accepts its own defaults as values', () => {
    const variables: Record<string, string> = {}
    for (const { variable, default: fallback } of Object.values(settings)) {
      if (fallback !== null) variables[variable] = fallback
    }
    expect(load(variables)).toEqual(loadConfig({}))
  })

  it.each([
    ['true', true],
    [' TRUE ', true],
    ['1', true],
    ['Yes', true],
    ['on', true],
    ['false', false],
    ['0', false],
    ['NO', false],
    ['off', false],
  ])('reads the boolean %j', (text, expected) => {
    expect(load({ ENABLED: text }).enabled).toBe(expected)
  })

  it('counts an empty variable as unset', () => {
    expect(load({ ENABLED: '', LOG_FILE: '', QUEUE_SIZE: '' })).toEqual(loadConfig({}))
  })

  it('counts blank variables, blank fields and blank entries as unset', () => {
    const blank = '  \t'
    const names = Object.values(settings).map(({ variable }) => variable)
    expect(load(Object.fromEntries(names.map((name) => [name, blank])))).toEqual(loadConfig({}))
    const fields = Object.fromEntries(Object.keys(settings).map((field) => [field, blank]))
    expect(loadConfig({}, fields)).toEqual(loadConfig({}))
    expect(load({ PRICE_OPENAI_GPT4_PROMPT: blank }).prices).toEqual([])
    expect(load({ MONITORED_ENDPOINTS: '/a, ,/b,' }).monitoredEndpoints).toEqual(['/a', '/b'])
    expect(loadConfig({}, { monitoredEndpoints: ['', ' /a '] }).monitoredEndpoints).toEqual(['/a'])
    expect(loadConfig({}, { monitoredEndpoints: [''] })).toEqual(loadConfig({}))
    expect(load({ MONITORED_ENDPOINTS: '[]' }).monitoredEndpoints).toEqual([])
    expect(loadConfig({ TOKEN_TRACKER_CLIENT_ID: 'one' }, { clientId: '' }).clientId).toBe('one')
    expect(loadConfig({ TOKEN_TRACKER_CLIENT_ID: 'one' }, { clientId: null }).clientId).toBeNull()
  })

  it('says of an endpoint pattern how it must begin', () => {
    expect(issuesOf(() => load({ MONITORED_ENDPOINTS: 'v1/chat' }))).toEqual({
      TOKEN_TRACKER_MONITORED_ENDPOINTS:
        'expected a JSON array of paths, or paths separated by commas, each beginning with `/` or `*`, got "v1/chat"',
    })
    expect(load({ MONITORED_ENDPOINTS: '**/chat' }).monitoredEndpoints).toEqual(['**/chat'])
  })

  it('is frozen to the last list and object, and apart from what it was made of', () => {
    const given = { openai: { 'gpt-4': { prompt: 1 } } }
    const config = loadConfig({}, { pricingJson: given, otelHeaders: { a: 'b' } })
    given.openai['gpt-4'].prompt = 2
    expect(config.pricingJson).toEqual({ openai: { 'gpt-4': { prompt: 1 } } })
    const { openai } = config.pricingJson as typeof given
    for (const part of [
      config.monitoredEndpoints,
      config.otelHeaders,
      config.prices,
      config.warnings,
      openai['gpt-4'],
    ]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    expect(Object.isFrozen(given)).toBe(false)
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    expect(Object.keys(issuesOf(() => loadConfig({}, { pricingJson: cyclic })))).toEqual(['pricingJson'])
    const deep = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
    expect(Object.isFrozen(load({ PRICING_JSON: deep }).pricingJson)).toBe(true)
  })

  it('reads sizes with and without a unit', () => {
    expect(load({ LOG_ROTATION: '10485760' }).logRotation).toBe(10_485_760)
    expect(load({ LOG_ROTATION: '1.5 mb' }).logRotation).toBe(1_572_864)
    expect(load({ LOG_ROTATION: '2GB' }).logRotation).toBe(2 * 1024 ** 3)
  })

  it('reads lists as JSON and with commas', () => {
    expect(load({ MONITORED_ENDPOINTS: '["/a", "/b"]' }).monitoredEndpoints).toEqual(['/a', '/b'])
    expect(load({ MONITORED_ENDPOINTS: '/a, /b' }).monitoredEndpoints).toEqual(['/a', '/b'])
  })

  it('reads headers as JSON and in the form of OTEL_EXPORTER_OTLP_HEADERS', () => {
    expect(load({ OTEL_HEADERS: '{"authorization": "Bearer x"}' }).otelHeaders).toEqual({ authorization: 'Bearer x' })
    expect(load({ OTEL_HEADERS: 'authorization=Bearer%20x,x-team=a=b' }).otelHeaders).toEqual({
      authorization: 'Bearer x',
      'x-team': 'a=b',
    })
  })

  it('falls back on the OTEL variables', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' }
    expect(loadConfig(endpoint).otelEndpoint).toBe('http://collector:4317')
    expect(loadConfig({ ...endpoint, TOKEN_TRACKER_OTEL_ENDPOINT: 'http://mine:4317' }).otelEndpoint).toBe(
      'http://mine:4317',
    )
    expect(loadConfig({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' })).toMatchObject({
      otelEndpoint: 'http://collector:4317',
      otelProtocol: 'http/protobuf',
    })
  })

  it.each([
    ['http://collector:4317', {}, 'grpc'],
    ['http://collector:4317/', {}, 'grpc'],
    ['collector:4317', {}, 'grpc'],
    ['https://collector', {}, 'grpc'],
    ['http://[::1]:4317', {}, 'grpc'],
    ['http://collector:4318', {}, null],
    ['https://collector:443', {}, null],
    ['https://collector/otlp', {}, null],
    ['http://collector:4318', { PROTOCOL: 'grpc' }, 'grpc'],
    ['http://collector:4318', { PROTOCOL: ' GRPC ' }, 'grpc'],
    ['http://collector:4317', { PROTOCOL: 'http/json' }, 'http/json'],
    ['https://collector/otlp', { PROTOCOL: 'HTTP/protobuf' }, 'http/protobuf'],
    ['http://collector:4317', { PROTOCOL: 'zipkin' }, null],
    ['http://collector:4317', { TRACES_PROTOCOL: 'http/protobuf' }, null],
    ['http://collector:4317', { METRICS_PROTOCOL: 'http/protobuf', PROTOCOL: 'grpc' }, null],
    ['http://collector:4318', { TRACES_PROTOCOL: 'grpc' }, null],
    ['http://collector:4318', { TRACES_PROTOCOL: 'grpc', METRICS_PROTOCOL: 'grpc' }, 'grpc'],
    ['http://collector:4318', { TRACES_PROTOCOL: 'grpc', METRICS_PROTOCOL: 'grpc', PROTOCOL: 'http/json' }, 'grpc'],
    ['http://collector:4318', { TRACES_PROTOCOL: 'http/json', METRICS_PROTOCOL: 'http/json' }, 'http/json'],
  ])('of the host’s endpoint %s with %j: taken for %s', (endpoint, protocols, protocol) => {
    const variables = Object.entries(protocols).map(([name, value]) => [`OTEL_EXPORTER_OTLP_${name}`, value])
    const env = { ...Object.fromEntries(variables), OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } as Record<string, string>
    for (const config of [loadConfig(env), loadConfig(env, { otelEndpoint: ' ' })]) {
      expect(config.otelEndpoint).toBe(protocol === null ? null : endpoint)
      expect(config.otelProtocol).toBe(protocol ?? 'grpc')
    }
    expect(loadConfig(env, { otelEndpoint: null }).otelEndpoint).toBeNull()
  })

  it('takes a protocol of ours over that of the host, whose endpoint it must fit', () => {
    const host = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }
    const loadBeside = (ours: string, theirs = '') =>
      loadConfig({ ...host, TOKEN_TRACKER_OTEL_PROTOCOL: ours, OTEL_EXPORTER_OTLP_PROTOCOL: theirs })
    expect(loadBeside('http/json')).toMatchObject({ otelEndpoint: 'http://collector:4318', otelProtocol: 'http/json' })
    expect(loadBeside('http/json', 'http/protobuf')).toMatchObject({ otelProtocol: 'http/json' })
    expect(loadBeside('http/json', 'http/protobuf').otelEndpoint).toBe('http://collector:4318')
    expect(loadBeside('grpc', 'http/protobuf').otelEndpoint).toBeNull()
    expect(() => loadBeside('http')).toThrow(/TOKEN_TRACKER_OTEL_PROTOCOL: expected grpc, http\/protobuf, http\/json/)
  })

  it('keeps the protocol of the host from an endpoint of ours', () => {
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', TOKEN_TRACKER_OTEL_ENDPOINT: 'http://mine:4317' }
    expect(loadConfig(env).otelProtocol).toBe('grpc')
  })

  it('refuses metadata attributes whose names are taken', () => {
    expect(load({ OTEL_METADATA_ATTRIBUTES: 'team, cost-centre,team' }).otelMetadataAttributes).toEqual([
      'team',
      'cost-centre',
    ])
    for (const name of ['model', 'status', 'token_type', 'gen_ai.system', '__name__', 'a b']) {
      expect(() => load({ OTEL_METADATA_ATTRIBUTES: name }), name).toThrow(/OTEL_METADATA_ATTRIBUTES: expected/)
    }
  })

  it('keeps the headers of the host from an endpoint of ours', () => {
    const host = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://host:4317', OTEL_EXPORTER_OTLP_HEADERS: 'api-key=secret' }
    expect(loadConfig(host).otelHeaders).toEqual({ 'api-key': 'secret' })
    expect(loadConfig({ ...host, TOKEN_TRACKER_OTEL_ENDPOINT: 'http://mine:4317' }).otelHeaders).toEqual({})
    expect(loadConfig(host, { otelEndpoint: 'http://mine:4317' }).otelHeaders).toEqual({})
    expect(loadConfig({ ...host, TOKEN_TRACKER_OTEL_HEADERS: 'a=b' }).otelHeaders).toEqual({ a: 'b' })
  })

  it("reads Python's level names", () => {
    expect(load({ LOG_LEVEL: 'WARNING' }).logLevel).toBe('warn')
    expect(load({ LOG_LEVEL: 'critical' }).logLevel).toBe('fatal')
  })

  it('reads the headers that name the user, alone, in pairs and as a preset', () => {
    expect(load({ TRUSTED_USER_HEADERS: 'X-User-Id' }).trustedUserHeaders).toEqual({ user: 'x-user-id' })
    expect(load({ TRUSTED_USER_HEADERS: 'user=X-User,session=X-Session' }).trustedUserHeaders).toEqual({
      user: 'x-user',
      session: 'x-session',
    })
    expect(load({ TRUSTED_USER_HEADERS: 'openwebui' }).trustedUserHeaders).toMatchObject({
      user: 'x-openwebui-user-id',
      conversation: 'x-openwebui-chat-id',
    })
  })

  it('reports every fault at once, each with the variable and the accepted form', () => {
    const issues = issuesOf(() =>
      load({ ENABLED: 'maybe', QUEUE_SIZE: 'many', LOG_ROTATION: '12 parsecs', PRICING_JSON: '{', LIMITS: 'hard' }),
    )
    expect(Object.keys(issues).toSorted()).toEqual([
      'TOKEN_TRACKER_ENABLED',
      'TOKEN_TRACKER_LIMITS',
      'TOKEN_TRACKER_LOG_ROTATION',
      'TOKEN_TRACKER_PRICING_JSON',
      'TOKEN_TRACKER_QUEUE_SIZE',
    ])
    expect(issues['TOKEN_TRACKER_ENABLED']).toBe('expected true or false (also 1/0, yes/no, on/off), got "maybe"')
    expect(issues['TOKEN_TRACKER_LIMITS']).toContain('off, track, enforce')
  })

  it.each([
    ['QUEUE_SIZE', '0'],
    ['QUEUE_SIZE', '5.5'],
    ['QUEUE_SIZE', '0x10'],
    ['FLUSH_INTERVAL', '-1'],
    ['SAMPLE_LENGTH', 'NaN'],
    ['MAX_BODY_SIZE', '-5'],
    ['MONITORED_ENDPOINTS', '{"a": 1}'],
    ['MONITORED_ENDPOINTS', '[1]'],
    ['PRICING_JSON', '[]'],
    ['OTEL_HEADERS', 'no-value'],
    ['OTEL_HEADERS', '{"bad key": "x"}'],
    ['OTEL_HEADERS', '{"a": 5}'],
    ['LIMIT_STATUS', '200'],
    ['MONITORED_ENDPOINTS', 'v1/chat/completions'],
    ['MONITORED_ENDPOINTS', '["/v1", "https://host/v1"]'],
    ['MONITORED_ENDPOINTS', ' , '],
    ['EXCLUDED_ENDPOINTS', 'internal/*'],
    ['TRUSTED_USER_HEADERS', 'nobody=x'],
  ])('refuses %s=%s', (name, value) => {
    expect(Object.keys(issuesOf(() => load({ [name]: value })))).toEqual([PREFIX + name])
  })

  it('never quotes a secret', () => {
    const issues = issuesOf(() => load({ OTEL_HEADERS: 'sk-very-secret' }))
    expect(JSON.stringify(issues)).not.toContain('sk-very-secret')
  })

  it('quotes neither documents nor databases, whole or broken', () => {
    for (const name of ['PRICING_JSON', 'OTEL_HEADERS', 'DATABASE_URL', 'HASH_KEY']) {
      const issues = issuesOf(() => load({ [name]: '{"api_key": "canary"', ENABLED: 'maybe' }))
      expect(JSON.stringify(issues), name).not.toContain('canary')
    }
    const given = { pricingJson: ['canary'], otelHeaders: ['canary'], databaseUrl: ['canary'] } as never
    expect(JSON.stringify(issuesOf(() => loadConfig({}, given)))).not.toContain('canary')
  })

  it('collects price variables and refuses what is no price', () => {
    expect(load({ PRICE_OPENAI_GPT4_PROMPT: '0.03' }).prices).toEqual([
      { name: 'TOKEN_TRACKER_PRICE_OPENAI_GPT4_PROMPT', path: 'OPENAI_GPT4_PROMPT', value: 0.03 },
    ])
    for (const value of ['cheap', '-1', 'Infinity', '0x1']) {
      const issues = issuesOf(() => load({ PRICE_OPENAI_GPT4_PROMPT: value }))
      expect(Object.keys(issues), value).toEqual(['TOKEN_TRACKER_PRICE_OPENAI_GPT4_PROMPT'])
    }
  })

  it('warns about unknown names and tells the nearest one', () => {
    expect(load({ FILE_LOGING: 'true' }).warnings).toEqual([
      'TOKEN_TRACKER_FILE_LOGING is no setting; the nearest is TOKEN_TRACKER_FILE_LOGGING',
    ])
  })

  it('takes fields in code, native or as text, over the environment', () => {
    const env = { TOKEN_TRACKER_LOG_FILE: 'a.log', TOKEN_TRACKER_CLIENT_ID: 'one' }
    const config = loadConfig(env, { logFile: 'b.log', queueSize: 5, fileLogging: 'yes' as never })
    expect(config).toMatchObject({ logFile: 'b.log', clientId: 'one', queueSize: 5, fileLogging: true })
    expect(Object.keys(issuesOf(() => loadConfig({}, { logFiles: 'x' } as never)))).toEqual(['logFiles'])
  })
})
