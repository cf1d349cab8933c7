import pino from 'pino'
import { createStandardOutput, type StandardOutput } from './standard-output.ts'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** What this library asks of a logger: pino's shape, so that a host may pass its own. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A pino logger on standard output. */
export function createLogger(level: LogLevel, output: StandardOutput = createStandardOutput()): Logger {
  return pino({ name: 'token-tracker', level }, output)
}

/** A logger whose messages pass `redact` first: errors of hooks, counters and sinks may quote what users wrote. */
export function createRedactingLogger(logger: Logger, redact: (text: string) => string): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, redact(message)),
    info: (fields, message) => logger.info(fields, redact(message)),
    warn: (fields, message) => logger.warn(fields, redact(message)),
    error: (fields, message) => logger.error(fields, redact(message)),
  }
}
