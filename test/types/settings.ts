import {
  createTokenTracker,
  getTokenLogger,
  loadConfig,
  tokenUsageMiddleware,
  type Environment,
  type TrackerSettings,
} from '../../src/index.ts'
import { tokenUsagePlugin } from '../../src/adapters/fastify.ts'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { trackRequestHandler } from '../../src/adapters/web.ts'

export const right: TrackerSettings = {
  enabled: true,
  clientId: null,
  logLevel: 'INFO',
  monitoredEndpoints: ['/v1'] as const,
  maxBodySize: '10MB',
  queueMaxBytes: 1_000,
  logRotation: '1.5GB',
  logRotationInterval: '12h',
  otelHeaders: { authorization: 'Bearer x' },
  otelGenaiMetrics: 'v1.41',
  redactEntities: ['EMAIL', 'IP'],
  trustedUserHeaders: 'openwebui',
  pricingJson: { openai: { 'gpt-4': { prompt: 0.03 } } },
  limits: 'enforce',
  logFile: undefined,
}
export const headerNames: TrackerSettings = { trustedUserHeaders: { user: 'x-user-id' } }

export function takesSettings(env: Environment): void {
  createTokenTracker()
  createTokenTracker(right)
  createTokenTracker(loadConfig())
  createTokenTracker(loadConfig(env, right))
  createTokenTracker({}, { env })
  createTokenTracker({ logFile: 'x' }, { env: process.env })
  getTokenLogger({ clientId: 'one' })
  getTokenLogger(loadConfig(env))
  tokenUsageMiddleware({ settings: right })
  trackFetch(fetch, { settings: loadConfig(env) })
  trackRequestHandler(() => new Response(), { settings: right })
}

export function refusesWrongValues(): void {
  // @ts-expect-error: no such version
  createTokenTracker({ otelGenaiMetrics: 'v1.42' })
  // @ts-expect-error: misspelt
  createTokenTracker({ limits: 'enfroce' })
  // @ts-expect-error: misspelt
  createTokenTracker({ logfile: 'x' })
  // @ts-expect-error: not a text
  createTokenTracker({ fileLogging: 'yes' })
  // @ts-expect-error: not a text
  createTokenTracker({ queueSize: '10' })
  // @ts-expect-error: no unit of sizes
  createTokenTracker({ logRotation: '100 parsecs' })
  // @ts-expect-error: no interval
  createTokenTracker({ logRotationInterval: 'daily' })
  // @ts-expect-error: a list, not a text
  createTokenTracker({ monitoredEndpoints: '/v1' })
  // @ts-expect-error: not to be unset
  createTokenTracker({ logFile: null })
  // @ts-expect-error: no such level
  createTokenTracker({ logLevel: 'loud' })
  // @ts-expect-error: nothing that is recognised
  createTokenTracker({ redactEntities: ['NAMES'] })
  // @ts-expect-error: a header names one of five things
  createTokenTracker({ trustedUserHeaders: { nobody: 'x' } })
  // @ts-expect-error: a header has a text
  createTokenTracker({ otelHeaders: { a: 5 } })
}

export function keepsEnvironmentAndSettingsApart(env: Environment): void {
  // @ts-expect-error: a variable is no setting
  createTokenTracker({ TOKEN_TRACKER_LOG_FILE: 'x' })
  // @ts-expect-error: nor are settings an environment
  loadConfig({ enabled: true })
  // @ts-expect-error: a configuration is frozen
  loadConfig(env).enabled = false
  // @ts-expect-error: to the last list
  loadConfig(env).monitoredEndpoints.push('/v1')
}

export function knowsNoOtherNameForThem(): void {
  // @ts-expect-error: they are called settings
  tokenUsageMiddleware({ config: {} })
  // @ts-expect-error: they are called settings
  trackFetch(fetch, { config: {} })
  // @ts-expect-error: they are called settings
  trackRequestHandler(() => new Response(), { config: {} })
  // @ts-expect-error: they are called settings
  tokenUsagePlugin({} as never, { config: {} }, () => {})
  // @ts-expect-error: misspelt
  tokenUsageMiddleware({ settings: { logfile: 'x' } })
  // @ts-expect-error: misspelt
  getTokenLogger({ logfile: 'x' })
}
