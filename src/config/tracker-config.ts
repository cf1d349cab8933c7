import type { LogLevel } from '../core/logger.ts'
import type { UserHeaderNames } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** One `TOKEN_TRACKER_PRICE_<PROVIDER>_<MODEL>_<FIELD>` variable, its value checked. */
export interface GivenPrice {
  readonly name: string
  /** What follows `TOKEN_TRACKER_PRICE_`. */
  readonly path: string
  /** USD per 1,000 tokens (per call for request prices). */
  readonly value: number
}

/**
 * The configuration in force, parsed, checked and frozen to the last list. A field says what the setting of the same name
 * does (`TrackerSettings`); sizes are in bytes, and `null` is unset.
 */
export interface TrackerConfig {
  readonly enabled: boolean
  readonly clientId: string | null
  readonly logLevel: LogLevel

  readonly monitoredEndpoints: readonly string[]
  readonly excludedEndpoints: readonly string[]

  readonly maxBodySize: number
  readonly storeSamples: boolean
  readonly sampleLength: number
  readonly injectStreamUsage: boolean

  readonly estimateTokens: boolean
  readonly estimateDeadlineMs: number
  readonly estimateCalibration: 'off' | 'measure' | 'apply'
  readonly providerAliases: Readonly<Record<string, string>>
  readonly trackPerformance: boolean

  readonly trackCosts: boolean
  readonly pricingFile: string | null
  readonly pricingJson: Readonly<Record<string, unknown>> | null
  readonly pricingDataset: 'genai-prices' | 'off'

  readonly otelEndpoint: string | null
  readonly otelProtocol: 'grpc' | 'http/protobuf' | 'http/json'
  readonly otelHeaders: Readonly<Record<string, string>>
  readonly otelInsecure: boolean
  readonly otelServiceName: string
  readonly otelExportInterval: number
  readonly otelTraces: boolean
  readonly otelGenaiMetrics: 'off' | 'v1.41' | 'latest'
  readonly otelUserAttribute: string | null
  readonly otelMetadataAttributes: readonly string[]

  readonly fileLogging: boolean
  readonly logFile: string
  readonly logRotation: number
  readonly logRotationInterval: string | null
  readonly logCompress: boolean
  readonly logFileMaxFiles: number | null

  readonly asyncLogging: boolean
  readonly queueSize: number
  readonly queueMaxBytes: number
  readonly flushInterval: number
  readonly shutdownTimeout: number
  readonly spoolDir: string | null

  readonly redactPii: boolean
  readonly redactEntities: readonly string[] | null
  readonly redactAllow: readonly string[]
  readonly hashUserIds: boolean
  readonly hashKey: string | null
  readonly hashKeyFile: string | null
  readonly hashKeyPrevious: string | null
  readonly trustedUserHeaders: UserHeaderNames

  readonly databaseUrl: string | null
  readonly limits: 'off' | 'track' | 'enforce'
  readonly limitStatus: number
  readonly limitUnpriced: 'allow' | 'deny'
  readonly limitTimeZone: string
  readonly creditsPerUsd: number

  readonly prices: readonly GivenPrice[]
  /** The host's `OTEL_*` variables. */
  readonly otelEnvironment: Environment
  /** Things worth saying once at start: unknown variable names, and settings that have nothing to act on. */
  readonly warnings: readonly string[]
}

/** What settings alone make of it. */
export type SettingValues = Omit<TrackerConfig, 'prices' | 'otelEnvironment' | 'warnings'>
