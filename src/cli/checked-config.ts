import type { Environment, TrackerConfig } from '../config/load-config.ts'
import { loadConfig } from '../config/load-config.ts'
import { systemClock } from '../core/clock.ts'
import type { ConfigurationIssue } from '../core/errors.ts'
import { ConfigurationError } from '../core/errors.ts'
import { createGuard } from '../core/guard.ts'
import type { Logger } from '../core/logger.ts'
import { createPricing } from '../pricing/pricing.ts'
import { readEntities } from '../privacy/entities.ts'
import { readOtlpConnection } from '../sinks/otel/otlp-connection.ts'
import { createPrivacy } from '../tracker/create-privacy.ts'
import { readCurrentKey, readPreviousKey } from './hash-keys.ts'

/**
 * Loads the configuration and checks what a tracker checks when it starts: variables, price file, keys, entities,
 * collector address. A tracker stops at the first of these that fails; here all of them are tried.
 * @throws ConfigurationError with the faults of all parts
 */
export function loadCheckedConfig(env: Environment, onWarning: (message: string) => void): TrackerConfig {
  const { config, issues } = loadWithoutFaults(env, [])
  for (const warning of config.warnings) onWarning(warning)
  const checks = [
    () => checkPricing(config, onWarning),
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

/** Faulty variables are set aside, so that the rest can be checked. A second round is needed where one stood in. */
function loadWithoutFaults(
  env: Environment,
  issues: readonly ConfigurationIssue[],
): { config: TrackerConfig; issues: readonly ConfigurationIssue[] } {
  try {
    return { config: loadConfig(env), issues }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const faulty = new Set(error.issues.map(({ name }) => name))
    const rest = Object.entries(env).filter(([name]) => !faulty.has(name))
    if (rest.length === Object.keys(env).length) throw error
    return loadWithoutFaults(Object.fromEntries(rest), [...issues, ...error.issues])
  }
}

function checkPricing(config: TrackerConfig, onWarning: (message: string) => void): void {
  createPricing({
    file: config.pricingFile,
    json: config.pricingJson,
    variables: config.prices,
    dataset: config.pricingDataset,
    onFault() {},
    onWarning,
  }).shutdown()
}

function warnOfPrivacy(config: TrackerConfig, onWarning: (message: string) => void): void {
  const logger: Logger = {
    debug() {},
    info() {},
    warn: (_fields, message) => onWarning(message),
    error: (_fields, message) => onWarning(message),
  }
  createPrivacy(config, logger, createGuard(logger, systemClock))
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
