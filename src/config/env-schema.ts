import { DEFAULT_ENDPOINTS } from '../providers/default-endpoints.ts'
import {
  aliases,
  decimal,
  filePath,
  flag,
  headers,
  integer,
  jsonObject,
  list,
  oneOf,
  secretText,
  size,
  text,
} from './forms.ts'
import { optionalSetting, RESERVED, setting, type Setting } from './setting.ts'
import { attributeNames, endpointList, logLevel, rotationInterval, userHeaders } from './special-forms.ts'
import type { SettingValues } from './tracker-config.ts'

export const PREFIX = 'TOKEN_TRACKER_'

const SECONDS_PER_DAY = 86_400

/** Every variable there is, by section; `TrackerSettings` says what they mean. The README's table is generated from both. */
export const settingSections = {
  General: {
    enabled: setting('ENABLED', flag, 'true'),
    clientId: optionalSetting('CLIENT_ID', text),
    logLevel: setting('LOG_LEVEL', logLevel, 'INFO'),
  },
  Endpoints: {
    monitoredEndpoints: setting('MONITORED_ENDPOINTS', endpointList, JSON.stringify(DEFAULT_ENDPOINTS)),
    excludedEndpoints: setting('EXCLUDED_ENDPOINTS', endpointList, '[]'),
  },
  Bodies: {
    maxBodySize: setting('MAX_BODY_SIZE', size, '10485760'),
    storeSamples: setting('STORE_SAMPLES', flag, 'false'),
    sampleLength: setting('SAMPLE_LENGTH', integer(1, 100_000, 'characters'), '500', { needs: 'storeSamples' }),
    injectStreamUsage: setting('INJECT_STREAM_USAGE', flag, 'false'),
  },
  Tokens: {
    estimateTokens: setting('ESTIMATE_TOKENS', flag, 'true'),
    estimateDeadlineMs: setting('ESTIMATE_DEADLINE_MS', integer(10, 600_000, 'milliseconds'), '5000', {
      needs: 'estimateTokens',
    }),
    // Comparing begins when a first estimate was asked for.
    estimateCalibration: setting('ESTIMATE_CALIBRATION', oneOf('off', 'measure', 'apply'), 'measure', {
      needs: 'estimateTokens',
    }),
    providerAliases: setting('PROVIDER_ALIASES', aliases, '{}'),
    trackPerformance: setting('TRACK_PERFORMANCE', flag, 'true'),
  },
  Costs: {
    trackCosts: setting('TRACK_COSTS', flag, 'true'),
    pricingFile: optionalSetting('PRICING_FILE', filePath, { needs: 'trackCosts' }),
    pricingJson: optionalSetting('PRICING_JSON', jsonObject, { needs: 'trackCosts', isDocument: true }),
    pricingDataset: setting('PRICING_DATASET', oneOf('genai-prices', 'off'), 'genai-prices', { needs: 'trackCosts' }),
  },
  OpenTelemetry: {
    otelEndpoint: optionalSetting('OTEL_ENDPOINT', text, { standIn: 'OTEL_EXPORTER_OTLP_ENDPOINT' }),
    otelProtocol: setting('OTEL_PROTOCOL', oneOf('grpc', 'http/protobuf', 'http/json'), 'grpc', {
      standIn: 'OTEL_EXPORTER_OTLP_PROTOCOL',
      needs: 'otelEndpoint',
    }),
    otelHeaders: setting('OTEL_HEADERS', headers, '{}', {
      standIn: 'OTEL_EXPORTER_OTLP_HEADERS',
      secret: true,
      needs: 'otelEndpoint',
    }),
    otelInsecure: setting('OTEL_INSECURE', flag, 'true', { needs: 'otelEndpoint' }),
    otelServiceName: setting('OTEL_SERVICE_NAME', text, 'token-tracker', { needs: 'otelEndpoint' }),
    otelExportInterval: setting('OTEL_EXPORT_INTERVAL', decimal(0.1, SECONDS_PER_DAY, 'seconds'), '30', {
      needs: 'otelEndpoint',
    }),
    otelTraces: setting('OTEL_TRACES', flag, 'true'),
    otelGenaiMetrics: setting('OTEL_GENAI_METRICS', oneOf('off', 'v1.41', 'latest'), 'off'),
    otelUserAttribute: optionalSetting('OTEL_USER_ATTRIBUTE', text),
    otelMetadataAttributes: setting('OTEL_METADATA_ATTRIBUTES', attributeNames, '[]'),
  },
  'Log file': {
    fileLogging: setting('FILE_LOGGING', flag, 'false'),
    logFile: setting('LOG_FILE', filePath, 'token_usage.log', { needs: 'fileLogging' }),
    logRotation: setting('LOG_ROTATION', size, '100MB', { needs: 'fileLogging' }),
    logRotationInterval: optionalSetting('LOG_ROTATION_INTERVAL', rotationInterval, { needs: 'fileLogging' }),
    logCompress: setting('LOG_COMPRESS', flag, 'false', { needs: 'fileLogging' }),
    logFileMaxFiles: optionalSetting('LOG_FILE_MAX_FILES', integer(1, 100_000), { needs: 'fileLogging' }),
  },
  Queue: {
    asyncLogging: setting('ASYNC_LOGGING', flag, 'true'),
    queueSize: setting('QUEUE_SIZE', integer(1, 10_000_000, 'events'), '10000'),
    queueMaxBytes: setting('QUEUE_MAX_BYTES', size, '64MB'),
    flushInterval: setting('FLUSH_INTERVAL', decimal(0.01, SECONDS_PER_DAY, 'seconds'), '5', { needs: 'asyncLogging' }),
    shutdownTimeout: setting('SHUTDOWN_TIMEOUT', decimal(0, 3_600, 'seconds'), '10'),
    spoolDir: optionalSetting('SPOOL_DIR', filePath),
  },
  Privacy: {
    redactPii: setting('REDACT_PII', flag, 'false'),
    // A redactor in code sees every text whole: neither setting acts on it.
    redactEntities: optionalSetting('REDACT_ENTITIES', list, { needs: 'redactPii' }),
    redactAllow: setting('REDACT_ALLOW', list, '[]', { needs: 'redactPii' }),
    hashUserIds: setting('HASH_USER_IDS', flag, 'false'),
    hashKey: optionalSetting('HASH_KEY', secretText, { secret: true, needs: 'hashUserIds' }),
    hashKeyFile: optionalSetting('HASH_KEY_FILE', filePath, { needs: 'hashUserIds', yieldsTo: 'hashKey' }),
    hashKeyPrevious: optionalSetting('HASH_KEY_PREVIOUS', secretText, { secret: true, needs: 'hashUserIds' }),
    trustedUserHeaders: setting('TRUSTED_USER_HEADERS', userHeaders, '{}'),
  },
  Limits: {
    databaseUrl: optionalSetting('DATABASE_URL', text, { secret: true, needs: RESERVED }),
    limits: setting('LIMITS', oneOf('off', 'track', 'enforce'), 'off', { needs: RESERVED }),
    limitStatus: setting('LIMIT_STATUS', integer(400, 599), '429', { needs: RESERVED }),
    limitUnpriced: setting('LIMIT_UNPRICED', oneOf('allow', 'deny'), 'allow', { needs: RESERVED }),
    limitTimeZone: setting('LIMIT_TIME_ZONE', text, 'UTC', { needs: RESERVED }),
    creditsPerUsd: setting('CREDITS_PER_USD', decimal(0, 1e12), '1000', { needs: RESERVED }),
  },
} satisfies Record<string, Record<string, Setting>>

export const settings = Object.assign({}, ...Object.values(settingSections)) as Record<keyof SettingValues, Setting>
