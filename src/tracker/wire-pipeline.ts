import type { TrackerConfig } from '../config/load-config.ts'
import { ConfigurationError, toErrorMessage } from '../core/errors.ts'
import type { Guard } from '../core/guard.ts'
import { completeEvent } from '../interpret/complete-event.ts'
import { createCountedMessages } from '../interpret/counted-messages.ts'
import { interpretExchange } from '../interpret/interpret-exchange.ts'
import { createPipeline, type Pipeline } from '../delivery/pipeline.ts'
import { createSpool, type Spool } from '../delivery/spool/spool.ts'
import type { Pricing } from '../pricing/pricing.ts'
import type { Sanitiser } from '../privacy/sanitise.ts'
import { createTurns } from '../stream/turns.ts'
import type { TokenEstimator } from '../tokens/token-estimator.ts'
import type { EventTotals } from './tracker-stats.ts'

/** What a tracker is made of. */
export interface TrackerParts {
  readonly config: TrackerConfig
  readonly guard: Guard
  readonly pricing: Pricing
  readonly estimator: TokenEstimator
  readonly sanitiser: Sanitiser
  /** For samples; `null` when nothing is redacted. */
  readonly redactText: Sanitiser['redactText'] | null
  readonly totals: EventTotals
}

/** The way of an exchange from its end to the sinks, with everything it needs on it. */
export function wirePipeline({
  config,
  guard,
  pricing,
  estimator,
  sanitiser,
  redactText,
  totals,
}: TrackerParts): Pipeline {
  const interpretation = {
    inflations: createTurns(),
    maxBodySize: config.maxBodySize,
    wantText: config.storeSamples,
    onParseFailures: totals.addParseFailures,
    isCalibrationDue: createEveryNth(config.estimateCalibration === 'off' ? Infinity : CALIBRATION_INTERVAL),
    countedMessages: createCountedMessages(),
    trustedUserHeaders: config.trustedUserHeaders,
    clientId: config.clientId,
  }
  const completion = {
    estimator,
    pricing,
    providerAliases: config.providerAliases,
    estimateTokens: config.estimateTokens,
    trackCosts: config.trackCosts,
    trackPerformance: config.trackPerformance,
    sampleLength: config.storeSamples ? config.sampleLength : null,
    redactText,
    toLabel: sanitiser.redactIdentifier,
  }
  return createPipeline({
    queueSize: config.queueSize,
    queueMaxBytes: config.queueMaxBytes,
    flushIntervalMs: config.flushInterval * 1000,
    batched: config.asyncLogging,
    guard,
    spool: config.spoolDir === null ? null : openSpool(config.spoolDir, guard),
    interpret: (exchange) => interpretExchange(exchange, interpretation),
    complete: (draft) => completeEvent(draft, completion),
    sanitise(event, known) {
      const sanitised = sanitiser.sanitise(event, known)
      totals.add(sanitised)
      return sanitised
    },
  })
}

/** One in so many exchanges shows how good estimates are. */
const CALIBRATION_INTERVAL = 100

function createEveryNth(interval: number): () => boolean {
  let count = 0
  return () => ++count % interval === 0
}

/** @throws ConfigurationError when the folder cannot be written */
function openSpool(folder: string, guard: Guard): Spool {
  try {
    return createSpool({ folder, guard })
  } catch (error) {
    const problem = `expected a folder that can be written, got ${toErrorMessage(error)}`
    throw new ConfigurationError([{ name: 'TOKEN_TRACKER_SPOOL_DIR', problem }], { cause: error })
  }
}
