import type { Logger } from './logger.ts'

/** A logger whose messages pass `redact` first: errors of hooks, counters and sinks may quote what users wrote. */
export function createRedactingLogger(logger: Logger, redact: (text: string) => string): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, redact(message)),
    info: (fields, message) => logger.info(fields, redact(message)),
    warn: (fields, message) => logger.warn(fields, redact(message)),
    error: (fields, message) => logger.error(fields, redact(message)),
  }
}
