import { findEdgeIssues, findEdgeRuntime } from '../config/edge-runtime.ts'
import { isTrackerConfig, loadConfig } from '../config/load-config.ts'
import type { TrackerSettings } from '../config/settings.ts'
import type { Environment, TrackerConfig } from '../config/tracker-config.ts'
import { systemClock } from '../core/clock.ts'
import { ConfigurationError } from '../core/errors.ts'
import { createGuard } from '../core/guard.ts'
import { createLogger, createRedactingLogger } from '../core/logger.ts'
import { createStandardOutput } from '../core/standard-output.ts'
import { createPricing } from '../pricing/pricing.ts'
import { createTokenEstimator } from '../tokens/token-estimator.ts'
import { createPrivacy } from './create-privacy.ts'
import { createSinks } from './create-sinks.ts'
import { createExchangeLog } from './exchange-log.ts'
import { drainAtExit } from './exit-drain.ts'
import { createTokenLogger } from './token-logger.ts'
import type { TokenTracker, TrackerOptions } from './tracker.ts'
import { setTrackerEntries } from './tracker-entries.ts'
import { toHealth } from './tracker-health.ts'
import { createEventTotals, type TrackerStats } from './tracker-stats.ts'
import { wireCapture } from './wire-capture.ts'
import { wirePipeline, type TrackerParts, type TrackerPipeline } from './wire-pipeline.ts'

/**
 * Makes a tracker of its own.
 * @param settings by name, over the environment; or a configuration that `loadConfig` made, as it is
 * @param options what cannot be said in a variable
 * @throws ConfigurationError that names every faulty setting and the form it must have, and what an edge runtime lacks for it
 */
export function createTokenTracker(
  settings: TrackerSettings | TrackerConfig = {},
  options: TrackerOptions = {},
): TokenTracker {
  const config = toConfig(settings, options.env)
  const edge = findEdgeRuntime()
  const issues = edge === null ? [] : findEdgeIssues(config, edge)
  if (issues.length > 0) throw new ConfigurationError(issues)
  const output = options.logger ? null : createStandardOutput()
  const plainLogger = options.logger ?? createLogger(config.logLevel, output ?? undefined)
  const sanitiser = createPrivacy(config, plainLogger, options.redactor)
  const logger = isRedacting(config, options) ? createRedactingLogger(plainLogger, sanitiser.redactText) : plainLogger
  const guard = createGuard(logger, systemClock)
  const parts: TrackerParts = {
    config,
    guard,
    pricing: createPricing({
      file: config.pricingFile,
      json: config.pricingJson,
      variables: config.prices,
      dataset: config.pricingDataset,
      onFault: guard.report,
      onWarning: (message) => logger.warn({}, message),
      toLabel: sanitiser.redactIdentifier,
    }),
    estimator: createTokenEstimator({
      deadlineMs: config.estimateDeadlineMs,
      ...(config.estimateCalibration === 'off' && { calibrationInterval: 0 }),
      applyLearned: config.estimateCalibration === 'apply',
      onFault: guard.report,
      ...(options.counterWorker !== undefined && { workers: options.counterWorker }),
      // It has no threads either: tokens are counted in slices between requests.
      ...(edge !== null && { workers: false }),
    }),
    sanitiser,
    totals: createEventTotals(),
    log: createExchangeLog({
      ...config,
      logger,
      isHostLogger: options.logger !== undefined,
      hasWatched: () => pipeline.stats.accepted > 0,
    }),
  }
  const pipeline = wirePipeline(parts)
  const getStats = createStatsReader(parts, pipeline)
  const sinks = createSinks(config, logger, output, guard, () => toHealth(getStats()))
  for (const sink of sinks) pipeline.addSink(sink)
  for (const warning of config.warnings) logger.warn({}, warning)
  if (options.counterWorker === false) logger.info({}, NO_WORKER)
  return assemble(parts, pipeline, getStats)
}

const NO_WORKER = 'counterWorker is false: token estimates are counted on the event loop, a few milliseconds at a time'

function isRedacting(config: TrackerConfig, options: TrackerOptions): boolean {
  return config.redactPii || options.redactor !== undefined
}

/** Whole and checked. */
export function toConfig(given: TrackerSettings | TrackerConfig, env?: Environment): TrackerConfig {
  return isTrackerConfig(given) ? given : loadConfig(env, given)
}

function assemble(parts: TrackerParts, pipeline: TrackerPipeline, getStats: () => TrackerStats): TokenTracker {
  const { config, guard, pricing, estimator } = parts
  const timeoutMs = config.shutdownTimeout * 1000
  const forgetAtExit = drainAtExit({
    get accepted() {
      return pipeline.stats.accepted
    },
    timeoutMs,
    drain: () => pipeline.drain(timeoutMs),
    release: pipeline.release,
  })

  let ending: Promise<void> | null = null
  async function end(): Promise<void> {
    await pipeline.shutdown(timeoutMs)
    forgetAtExit()
    pricing.shutdown()
    await estimator.shutdown()
  }
  const shutdown = () => (ending ??= end())

  const { middleware, ...entries } = wireCapture(config, guard, parts.log, pipeline.acceptExchange)
  const tracker: TokenTracker = {
    config,
    logger: createTokenLogger({
      enabled: config.enabled,
      clientId: config.clientId,
      clock: systemClock,
      guard,
      pipeline,
      flush: pipeline.flush,
      shutdown,
      getStats,
    }),
    counters: { register: estimator.register },
    pricing,
    middleware,
    addSink: pipeline.addSink,
    flush: pipeline.flush,
    shutdown,
    getStats,
  }
  setTrackerEntries(tracker, entries)
  return tracker
}

function createStatsReader(
  { guard, pricing, estimator, sanitiser, totals, log }: TrackerParts,
  pipeline: TrackerPipeline,
): () => TrackerStats {
  const startedAt = systemClock.now()
  return () => ({
    ...pipeline.stats,
    ...totals.totals,
    ...log.stats,
    startedAt: new Date(startedAt).toISOString(),
    uptimeSeconds: (systemClock.now() - startedAt) / 1000,
    faults: guard.faults,
    redactionFailures: sanitiser.dropped,
    unpriced: Object.fromEntries(pricing.unpriced),
    estimation: estimator.stats(),
  })
}
