import { PREFIX, settings } from '../config/env-schema.ts'
import type { Environment, TrackerConfig } from '../config/load-config.ts'
import { loadConfig } from '../config/load-config.ts'
import type { ConfigurationIssue } from '../core/errors.ts'
import { ConfigurationError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { readEntities } from '../privacy/entities.ts'
import { readOtlpConnection } from '../sinks/otel/connection/otlp-connection.ts'
import { createPrivacy } from '../tracker/create-privacy.ts'
import { createConfiguredPricing } from './pricing/command-pricing.ts'
import { readCurrentKey, readPreviousKey } from '../tracker/hash-keys.ts'

/**
 * Loads the configuration and checks what a tracker checks when it starts: variables, price file, keys, entities,
 * collector address. A tracker stops at the first of these that fails; here all of them are tried.
 * @throws ConfigurationError with the faults of all parts
 */
export function loadCheckedConfig(env: Environment, onWarning: (message: string) => void): TrackerConfig {
  const { config, issues } = readWithoutFaults(env)
  for (const warning of config.warnings) onWarning(warning)
  const checks = [
    () => createConfiguredPricing(config, onWarning).shutdown(),
    () => checkCollector(config),
    () => readEntities(config.redactEntities),
    () => readCurrentKey(config),
    () => readPreviousKey(config),
  ]
  const all = [...issues, ...checks.flatMap(issuesOf)]
  if (all.length > 0) throw new ConfigurationError(all)
  warnOfPrivacy(config, onWarning)
  return config
}

interface Reading {
  readonly config: TrackerConfig
  readonly issues: readonly ConfigurationIssue[]
}

/** Puts defaults in the place of faulty variables, so that the rest can be checked. */
function readWithoutFaults(env: Environment): Reading {
  try {
    return { config: loadConfig(env), issues: [] }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const repaired = error.issues.map(({ name }) => [name, defaults.get(name)] as const)
    return { config: loadConfig({ ...env, ...Object.fromEntries(repaired) }), issues: error.issues }
  }
}

const defaults = new Map(
  Object.values(settings).map(({ variable, default: value }) => [PREFIX + variable, value ?? undefined] as const),
)

function warnOfPrivacy(config: TrackerConfig, onWarning: (message: string) => void): void {
  const logger: Logger = {
    debug() {},
    info() {},
    warn: (_fields, message) => onWarning(message),
    error: (_fields, message) => onWarning(message),
  }
  createPrivacy(config, logger, undefined)
}

function checkCollector({ otelEndpoint, otelInsecure, otelHeaders }: TrackerConfig): void {
  if (otelEndpoint !== null) readOtlpConnection(otelEndpoint, otelInsecure, otelHeaders)
}

function issuesOf(check: () => unknown): readonly ConfigurationIssue[] {
  try {
    check()
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.issues
    throw error
  }
}
