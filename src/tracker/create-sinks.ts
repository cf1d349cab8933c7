import type { TrackerConfig } from '../config/load-config.ts'
import type { Guard } from '../core/guard.ts'
import type { Logger } from '../core/logger.ts'
import type { StandardOutput } from '../core/standard-output.ts'
import type { Sink } from '../delivery/sink.ts'
import { createConsoleSink } from '../sinks/console-sink.ts'
import { createFileSink } from '../sinks/file/file-sink.ts'
import type { HealthPoint } from '../sinks/otel/metrics/health-instruments.ts'
import { createOpenTelemetrySink } from '../sinks/otel/open-telemetry-sink.ts'

/**
 * The sinks that the configuration asks for.
 * @param output where the log goes, `null` for a logger of the host's
 */
export function createSinks(
  config: TrackerConfig,
  logger: Logger,
  output: StandardOutput | null,
  guard: Guard,
  readHealth: () => readonly HealthPoint[],
): Sink<unknown>[] {
  const sinks: Sink<unknown>[] = [createTelemetrySink(config, guard, readHealth)]
  if (PRINTS_EVENTS.includes(config.logLevel)) sinks.push(createConsole(config, logger, output))
  if (config.fileLogging) {
    sinks.push(
      createFileSink({
        file: config.logFile,
        maxBytes: config.logRotation,
        interval: config.logRotationInterval,
        maxFiles: config.logFileMaxFiles,
        compress: config.logCompress,
        onFault: guard.report,
      }),
    )
  }
  return sinks
}

function createConsole({ fileLogging, logFile }: TrackerConfig, logger: Logger, output: StandardOutput | null): Sink {
  // Of use to who runs a server by hand, and has no file yet.
  const hint = `TOKEN_TRACKER_FILE_LOGGING=true writes each event in full to ${logFile}, TOKEN_TRACKER_LOG_LEVEL=WARN prints none`
  return createConsoleSink({ logger, output, isTerminal: process.stdout.isTTY, hint: fileLogging ? null : hint })
}

const PRINTS_EVENTS: readonly string[] = ['trace', 'debug', 'info']

/** Always there: the host may register its SDK after us. Loads nothing until there is somewhere to send to. */
function createTelemetrySink(config: TrackerConfig, guard: Guard, readHealth: () => readonly HealthPoint[]): Sink {
  return createOpenTelemetrySink({
    endpoint: config.otelEndpoint,
    protocol: config.otelProtocol,
    serviceName: config.otelServiceName,
    headers: config.otelHeaders,
    insecure: config.otelInsecure,
    exportIntervalMs: config.otelExportInterval * 1000,
    traces: config.otelTraces,
    genAiMetrics: config.otelGenaiMetrics,
    userAttribute: config.otelUserAttribute,
    metadataAttributes: config.otelMetadataAttributes,
    includeSamples: config.storeSamples,
    hashedUserIds: config.hashUserIds,
    clientId: config.clientId,
    environment: config.otelEnvironment,
    shutdownTimeoutMs: config.shutdownTimeout * 1000,
    readHealth,
    onFault: guard.report,
  })
}
