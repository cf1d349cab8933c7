import type { z } from 'zod'
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
  optionalSetting,
  secretText,
  setting,
  size,
  text,
  type Setting,
} from './setting.ts'
import { endpointList, logLevel, rotationInterval, userHeaders } from './special-forms.ts'

export const PREFIX = 'TOKEN_TRACKER_'

const SECONDS_PER_DAY = 86_400

/** Said of a variable that is read and checked, but has nothing to act on in this version. */
const RESERVED = 'Reserved: checked, without effect in this version.'

/** Every variable there is, by section. The README's table is generated from this. */
export const settingSections = {
  General: {
    enabled: setting('ENABLED', flag, 'true', { description: 'Switches everything on or off.' }),
    clientId: optionalSetting('CLIENT_ID', text, { description: 'Name of this installation on every event.' }),
    logLevel: setting('LOG_LEVEL', logLevel, 'INFO', {
      description: 'Level of the log on standard output. INFO prints one line for each usage event, WARN only faults.',
    }),
  },
  Endpoints: {
    monitoredEndpoints: setting('MONITORED_ENDPOINTS', endpointList, JSON.stringify(DEFAULT_ENDPOINTS), {
      description: 'Paths that are watched (POST only), and what lies below them. `*` inside a segment, `**` across.',
    }),
    excludedEndpoints: setting('EXCLUDED_ENDPOINTS', endpointList, '[]', { description: 'Paths that are not; wins.' }),
  },
  Bodies: {
    maxBodySize: setting('MAX_BODY_SIZE', size, '10485760', {
      description: 'Largest body that is kept for reading. Of a larger one both ends are.',
    }),
    storeSamples: setting('STORE_SAMPLES', flag, 'false', {
      description: 'Puts the beginnings of prompt and answer on the event. Tell your users before you do.',
    }),
    sampleLength: setting('SAMPLE_LENGTH', integer(1, 100_000, 'characters'), '500', {
      description: 'Length of a sample.',
    }),
    injectStreamUsage: setting('INJECT_STREAM_USAGE', flag, 'false', {
      description:
        'Asks OpenAI-style chat streams for their usage where the request does not say, and hides from the client that it did.',
    }),
  },
  Tokens: {
    estimateTokens: setting('ESTIMATE_TOKENS', flag, 'true', {
      description: 'Estimates what the provider does not report. With false it stays null.',
    }),
    estimateDeadlineMs: setting('ESTIMATE_DEADLINE_MS', integer(10, 600_000, 'milliseconds'), '5000', {
      description: 'Time one estimate may take.',
    }),
    estimateCalibration: setting('ESTIMATE_CALIBRATION', oneOf('off', 'measure', 'apply'), 'measure', {
      description:
        'Compares one in a hundred reported counts with what would have been estimated (`getStats().estimation`); `apply` ' +
        'also corrects the estimates of models of unknown families.',
    }),
    providerAliases: setting('PROVIDER_ALIASES', aliases, '{}', {
      description: 'Renames providers, and hosts that are called: `my-gateway.internal=openai,azure=openai`.',
    }),
    trackPerformance: setting('TRACK_PERFORMANCE', flag, 'true', {
      description: 'Fills duration_ms, time_to_first_token_ms and tokens_per_second.',
    }),
  },
  Costs: {
    trackCosts: setting('TRACK_COSTS', flag, 'true', { description: 'Fills the cost fields.' }),
    pricingFile: optionalSetting('PRICING_FILE', filePath, { description: 'JSON file with prices, in UTF-8.' }),
    pricingJson: optionalSetting('PRICING_JSON', jsonObject, {
      description: 'Prices in the same format; wins over the file.',
    }),
    pricingDataset: setting('PRICING_DATASET', oneOf('genai-prices', 'off'), 'genai-prices', {
      description: 'Price list to fall back on for models you have not priced yourself.',
    }),
  },
  OpenTelemetry: {
    otelEndpoint: optionalSetting('OTEL_ENDPOINT', text, {
      description:
        'OTLP gRPC endpoint. Without one, events go to the OpenTelemetry SDK of the host when it has one. The endpoint of ' +
        'the host stands in where its `OTEL_EXPORTER_OTLP_PROTOCOL` (and those of traces and metrics) is `grpc`, or unset ' +
        'and the port 4317 or none.',
      standIn: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    }),
    otelHeaders: setting('OTEL_HEADERS', headers, '{}', {
      description: 'Headers for the endpoint. Those of the host are used only together with its endpoint.',
      standIn: 'OTEL_EXPORTER_OTLP_HEADERS',
      secret: true,
    }),
    otelInsecure: setting('OTEL_INSECURE', flag, 'true', {
      description: 'No TLS for an endpoint without a scheme. `https://` always uses TLS.',
    }),
    otelServiceName: setting('OTEL_SERVICE_NAME', text, 'token-tracker', {
      description: 'service.name of metrics and spans.',
    }),
    otelExportInterval: setting('OTEL_EXPORT_INTERVAL', decimal(0.1, SECONDS_PER_DAY, 'seconds'), '30', {
      description: 'Time between two exports of the metrics.',
    }),
    otelGenaiMetrics: setting('OTEL_GENAI_METRICS', oneOf('off', 'v1.41', 'latest'), 'off', {
      description: 'Also emits the metrics of the GenAI semantic conventions.',
    }),
    otelUserAttribute: optionalSetting('OTEL_USER_ATTRIBUTE', text, {
      description: 'Metric attribute for the user id, e.g. user_id. Each user is then a time series of its own.',
    }),
  },
  'Log file': {
    fileLogging: setting('FILE_LOGGING', flag, 'false', { description: 'Writes one JSON line for each event.' }),
    logFile: setting('LOG_FILE', filePath, 'token_usage.log', { description: 'Where to. Missing folders are made.' }),
    logRotation: setting('LOG_ROTATION', size, '100MB', { description: 'Size at which a new file begins.' }),
    logRotationInterval: optionalSetting('LOG_ROTATION_INTERVAL', rotationInterval, {
      description: 'Also begins a new file this often.',
    }),
    logCompress: setting('LOG_COMPRESS', flag, 'false', { description: 'Compresses rotated files with gzip.' }),
    logFileMaxFiles: optionalSetting('LOG_FILE_MAX_FILES', integer(1, 100_000), {
      description: 'Rotated files kept; unset keeps all.',
    }),
  },
  Queue: {
    asyncLogging: setting('ASYNC_LOGGING', flag, 'true', {
      description: 'Delivers in batches. With false each event is delivered as soon as its response has ended.',
    }),
    queueSize: setting('QUEUE_SIZE', integer(1, 10_000_000, 'events'), '10000', {
      description: 'Events that may wait; what comes on top is dropped and counted.',
    }),
    queueMaxBytes: setting('QUEUE_MAX_BYTES', size, '64MB', { description: 'Memory that waiting events may take.' }),
    flushInterval: setting('FLUSH_INTERVAL', decimal(0.01, SECONDS_PER_DAY, 'seconds'), '5', {
      description: 'Time between two deliveries.',
    }),
    shutdownTimeout: setting('SHUTDOWN_TIMEOUT', decimal(0, 3_600, 'seconds'), '10', {
      description: 'Time that shutdown() may take to deliver what waits.',
    }),
    spoolDir: optionalSetting('SPOOL_DIR', filePath, {
      description:
        'Folder where sanitised events lie until every sink has them, so that they outlive crashes. Processes may share it.',
    }),
  },
  Privacy: {
    redactPii: setting('REDACT_PII', flag, 'false', {
      description:
        'Replaces e-mail addresses, phone and card numbers, secrets and the like in every free text of an event.',
    }),
    redactEntities: optionalSetting('REDACT_ENTITIES', list, { description: 'Which kinds; unset means all.' }),
    redactAllow: setting('REDACT_ALLOW', list, '[]', { description: 'Values and e-mail domains that stay.' }),
    hashUserIds: setting('HASH_USER_IDS', flag, 'false', {
      description: 'Replaces user, session and conversation ids by keyed pseudonyms.',
    }),
    hashKey: optionalSetting('HASH_KEY', secretText, {
      description: 'Key of the pseudonyms, at least 32 bytes. Without one they change at every start.',
      secret: true,
    }),
    hashKeyFile: optionalSetting('HASH_KEY_FILE', filePath, { description: 'File that holds the key.' }),
    hashKeyPrevious: optionalSetting('HASH_KEY_PREVIOUS', secretText, {
      description: 'The key before; used only to look pseudonyms up.',
      secret: true,
    }),
    trustedUserHeaders: setting('TRUSTED_USER_HEADERS', userHeaders, '{}', {
      description: 'Request headers that name the user. Set it only where a proxy of yours writes them.',
    }),
  },
  Limits: {
    databaseUrl: optionalSetting('DATABASE_URL', text, { description: RESERVED, secret: true }),
    limits: setting('LIMITS', oneOf('off', 'track', 'enforce'), 'off', { description: RESERVED }),
    limitStatus: setting('LIMIT_STATUS', integer(400, 599), '429', { description: RESERVED }),
    limitUnpriced: setting('LIMIT_UNPRICED', oneOf('allow', 'deny'), 'allow', { description: RESERVED }),
    limitTimeZone: setting('LIMIT_TIME_ZONE', text, 'UTC', { description: RESERVED }),
    creditsPerUsd: setting('CREDITS_PER_USD', decimal(0, 1e12), '1000', { description: RESERVED }),
  },
} satisfies Record<string, Record<string, Setting>>

type Sections = typeof settingSections
type UnionToIntersection<Union> = (Union extends unknown ? (value: Union) => void : never) extends (
  value: infer Intersection,
) => void
  ? Intersection
  : never
type Settings = UnionToIntersection<Sections[keyof Sections]>

/** The value of every setting by its field name: `TOKEN_TRACKER_LOG_FILE` is `logFile`. */
export type SettingValues = { readonly [Field in keyof Settings]: z.output<Settings[Field]['schema']> }

export const settings = Object.assign({}, ...Object.values(settingSections)) as Record<keyof SettingValues, Setting>
