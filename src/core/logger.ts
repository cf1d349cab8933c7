import { hostname } from 'node:os'
import process from 'node:process'
import { createStandardOutput, type StandardOutput } from './standard-output.ts'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** What this library asks of a logger: pino's shape, so that a host may pass its own. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** pino's numbers for the levels, which tools that read its lines know. */
const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: Infinity } as const

/**
 * Writes the lines that pino would write, without what loading pino costs every server at its start; on a terminal, lines
 * for people.
 */
export function createLogger(least: LogLevel, output: StandardOutput = createStandardOutput()): Logger {
  const origin = { pid: process.pid, hostname: hostname(), name: 'token-tracker' }
  const toText = (name: string, msg: string) => `token-tracker  ${name}  ${msg}`
  const toJson = (level: number, fields: object, msg: string) =>
    JSON.stringify({ level, time: Date.now(), ...origin, ...fields, msg })
  const write = (name: LogLevel) => (fields: object, msg: string) => {
    const level = LEVELS[name]
    if (level >= LEVELS[least])
      output.write(`${process.stdout.isTTY ? toText(name, msg) : toJson(level, fields, msg)}\n`)
  }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
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
