import type { LogLevel } from '../core/logger.ts'

/** Bytes with a unit of 1,024: `512KB`, `100MB`, `1.5GB`. */
export type SizeText = `${number}${'B' | 'KB' | 'MB' | 'GB'}`

/** Names of request headers, each of which tells one thing about the user. */
export interface UserHeaderNames {
  readonly user?: string | undefined
  readonly email?: string | undefined
  readonly name?: string | undefined
  readonly session?: string | undefined
  readonly conversation?: string | undefined
}

/**
 * Everything there is to configure. Each setting is also the variable `TOKEN_TRACKER_<NAME>`: `logFile` is
 * `TOKEN_TRACKER_LOG_FILE`. What is left out, or blank, comes from the variable, and where that is unset from the default;
 * `null` unsets a setting that may be unset. The README's table is made of these comments.
 */
export interface TrackerSettings {
  /** Switches everything on or off. @default true */
  readonly enabled?: boolean | undefined
  /** Name of this installation on every event. @default null */
  readonly clientId?: string | null | undefined
  /**
   * Level of the log on standard output. INFO prints one line for each usage event, WARN only faults.
   * @default 'info'
   */
  readonly logLevel?: LogLevel | Uppercase<LogLevel> | undefined

  /**
   * Paths that are watched (POST only), and what lies below them. `*` inside a segment, `**` across.
   * @default the paths at which known APIs generate, see the README
   */
  readonly monitoredEndpoints?: readonly string[] | undefined
  /** Paths that are not; wins. @default [] */
  readonly excludedEndpoints?: readonly string[] | undefined

  /** Largest body that is kept for reading. Of a larger one both ends are. @default '10MB' */
  readonly maxBodySize?: number | SizeText | undefined
  /** Puts the beginnings of prompt and answer on the event. Tell your users before you do. @default false */
  readonly storeSamples?: boolean | undefined
  /** Length of a sample, in characters. @default 500 */
  readonly sampleLength?: number | undefined
  /**
   * Asks OpenAI-style chat streams for their usage where the request does not say, and hides from the client that it did.
   * @default false
   */
  readonly injectStreamUsage?: boolean | undefined

  /** Estimates what the provider does not report. With false it stays null. @default true */
  readonly estimateTokens?: boolean | undefined
  /** Time one estimate may take, in milliseconds. @default 5000 */
  readonly estimateDeadlineMs?: number | undefined
  /**
   * Compares one in a hundred reported counts with what would have been estimated (`getStats().estimation`); `apply` also
   * corrects estimates by what was learned, for each model and API.
   * @default 'measure'
   */
  readonly estimateCalibration?: 'off' | 'measure' | 'apply' | undefined
  /** Renames providers, and hosts that are called: `my-gateway.internal=openai,azure=openai`. @default {} */
  readonly providerAliases?: Readonly<Record<string, string>> | undefined
  /** Fills duration_ms, time_to_first_token_ms and tokens_per_second. @default true */
  readonly trackPerformance?: boolean | undefined

  /** Fills the cost fields. @default true */
  readonly trackCosts?: boolean | undefined
  /** JSON file with prices, in UTF-8. @default null */
  readonly pricingFile?: string | null | undefined
  /** Prices in the same format; wins over the file. @default null */
  readonly pricingJson?: Readonly<Record<string, unknown>> | string | null | undefined
  /** Price list to fall back on for models you have not priced yourself. @default 'genai-prices' */
  readonly pricingDataset?: 'genai-prices' | 'off' | undefined

  /**
   * OTLP endpoint. Without one, events go to the OpenTelemetry SDK of the host when it has one. The endpoint of the host
   * stands in where its `OTEL_EXPORTER_OTLP_PROTOCOL` is set (one for traces and metrics), or the port 4317 or none.
   * @default null
   */
  readonly otelEndpoint?: string | null | undefined
  /**
   * What the endpoint speaks. Over HTTP it is the address below which `/v1/metrics` and `/v1/traces` lie. That of
   * the host is used only together with its endpoint.
   * @default 'grpc'
   */
  readonly otelProtocol?: 'grpc' | 'http/protobuf' | 'http/json' | undefined
  /** Headers for the endpoint. Those of the host are used only together with its endpoint. @default {} */
  readonly otelHeaders?: Readonly<Record<string, string>> | undefined
  /** No TLS for an endpoint without a scheme. `https://` always uses TLS. @default true */
  readonly otelInsecure?: boolean | undefined
  /** service.name of metrics and spans. @default 'token-tracker' */
  readonly otelServiceName?: string | undefined
  /** Time between two exports of the metrics, in seconds. @default 30 */
  readonly otelExportInterval?: number | undefined
  /** A span for each exchange beside the metrics: most of what OpenTelemetry costs. @default true */
  readonly otelTraces?: boolean | undefined
  /** Also emits the metrics of the GenAI semantic conventions. @default 'off' */
  readonly otelGenaiMetrics?: 'off' | 'v1.41' | 'latest' | undefined
  /**
   * Metric attribute for the user id, e.g. user_id. Each user is then a time series of its own.
   * @default null
   */
  readonly otelUserAttribute?: string | null | undefined
  /**
   * Keys of the metadata that go on metrics and spans as attributes: `team,project`, at most ten. Each value is a time series
   * of its own.
   * @default []
   */
  readonly otelMetadataAttributes?: readonly string[] | undefined

  /** Writes one JSON line for each event. @default false */
  readonly fileLogging?: boolean | undefined
  /** Where to. Missing folders are made. @default 'token_usage.log' */
  readonly logFile?: string | undefined
  /** Size at which a new file begins. @default '100MB' */
  readonly logRotation?: number | SizeText | undefined
  /** Also begins a new file this often. @default null */
  readonly logRotationInterval?: `${number}${'d' | 'h' | 'm' | 's'}` | null | undefined
  /** Compresses rotated files with gzip. @default false */
  readonly logCompress?: boolean | undefined
  /** Rotated files kept; unset keeps all. @default null */
  readonly logFileMaxFiles?: number | null | undefined

  /** Delivers in batches. With false each event is delivered as soon as its response has ended. @default true */
  readonly asyncLogging?: boolean | undefined
  /** Events that may wait; what comes on top is dropped and counted. @default 10000 */
  readonly queueSize?: number | undefined
  /** Memory that waiting events may take. @default '64MB' */
  readonly queueMaxBytes?: number | SizeText | undefined
  /** Time between two deliveries, in seconds. @default 5 */
  readonly flushInterval?: number | undefined
  /** Time that shutdown() may take to deliver what waits, in seconds. @default 10 */
  readonly shutdownTimeout?: number | undefined
  /**
   * Folder where sanitised events lie until every sink has them, so that they outlive crashes. Processes may share it.
   * @default null
   */
  readonly spoolDir?: string | null | undefined

  /**
   * Replaces e-mail addresses, phone and card numbers, secrets and the like in every free text of an event.
   * @default false
   */
  readonly redactPii?: boolean | undefined
  /** Which kinds; unset means all. @default null */
  readonly redactEntities?: readonly RedactedEntity[] | null | undefined
  /** Values and e-mail domains that stay. @default [] */
  readonly redactAllow?: readonly string[] | undefined
  /** Replaces user, session and conversation ids by keyed pseudonyms. @default false */
  readonly hashUserIds?: boolean | undefined
  /** Key of the pseudonyms, at least 32 bytes. Without one they change at every start. @default null */
  readonly hashKey?: string | null | undefined
  /** File that holds the key. @default null */
  readonly hashKeyFile?: string | null | undefined
  /** The key before; used only to look pseudonyms up. @default null */
  readonly hashKeyPrevious?: string | null | undefined
  /** Request headers that name the user. Set it only where a proxy of yours writes them. @default {} */
  readonly trustedUserHeaders?: UserHeaderNames | string | undefined

  /** Reserved: checked, without effect in this version. @default null */
  readonly databaseUrl?: string | null | undefined
  /** Reserved: checked, without effect in this version. @default 'off' */
  readonly limits?: 'off' | 'track' | 'enforce' | undefined
  /** Reserved: checked, without effect in this version. @default 429 */
  readonly limitStatus?: number | undefined
  /** Reserved: checked, without effect in this version. @default 'allow' */
  readonly limitUnpriced?: 'allow' | 'deny' | undefined
  /** Reserved: checked, without effect in this version. @default 'UTC' */
  readonly limitTimeZone?: string | undefined
  /** Reserved: checked, without effect in this version. @default 1000 */
  readonly creditsPerUsd?: number | undefined
}

export type RedactedEntity =
  | 'EMAIL'
  | 'CREDIT_CARD'
  | 'IBAN'
  | 'SSN'
  | 'IP'
  | 'MAC'
  | 'SECRET'
  | 'URL_CREDENTIALS'
  | 'NATIONAL_ID'
  | 'DATE_OF_BIRTH'
  | 'PHONE'
