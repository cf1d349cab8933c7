import type { CompletedExchange } from '../capture/exchange.ts'
import type { TrackerConfig } from '../config/load-config.ts'
import { ConfigurationError, toErrorMessage } from '../core/errors.ts'
import type { SanitisedEvent, UsageEvent } from '../core/event.ts'
import type { Guard } from '../core/guard.ts'
import { isThenable } from '../core/thenable.ts'
import { completeEvent, toInterimEvent } from '../interpret/complete-event.ts'
import { createCountedMessages } from '../interpret/counted-messages.ts'
import type { ExchangeDraft } from '../interpret/exchange-draft.ts'
import { estimateDraftBytes, estimateExchangeBytes } from '../interpret/exchange-size.ts'
import { interpretExchange, type InterpretOptions } from '../interpret/interpret-exchange.ts'
import type { EventPlace } from '../delivery/event-job.ts'
import { createPipeline, type Pipeline } from '../delivery/pipeline.ts'
import { createSpool, type Spool } from '../delivery/spool/spool.ts'
import type { Pricing } from '../pricing/pricing.ts'
import type { KnownIdentity, Sanitiser } from '../privacy/sanitise.ts'
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

/** A pipeline, with the two kinds of work that a tracker knows. */
export interface TrackerPipeline extends Pipeline {
  acceptExchange(exchange: CompletedExchange): boolean
  acceptDraft(draft: ExchangeDraft): boolean
}

/** The way of an exchange from its end to the sinks, with everything it needs on it. */
export function wirePipeline(parts: TrackerParts): TrackerPipeline {
  const { config, guard, sanitiser, totals } = parts
  const interpretation = toInterpretOptions(parts)
  const completion = { ...toCompletionOptions(parts), isUnderPressure: () => pipeline.pressure === 'high' }
  const pipeline = createPipeline({
    queueSize: config.queueSize,
    queueMaxBytes: config.queueMaxBytes,
    flushIntervalMs: config.flushInterval * 1000,
    batched: config.asyncLogging,
    guard,
    spool: config.spoolDir === null ? null : openSpool(config.spoolDir, guard),
  })

  function sanitise(event: UsageEvent, known: KnownIdentity): SanitisedEvent {
    const sanitised = sanitiser.sanitise(event, known)
    totals.add(sanitised)
    return sanitised
  }

  function complete(draft: ExchangeDraft | null, place: EventPlace) {
    if (!draft) return null
    const event = completeEvent(draft, completion)
    if (!isThenable(event)) return sanitise(event, draft.identity)
    // For a count or a price list, and nobody knows for how long: others may go on, and the disk has what is known.
    place.leave()
    place.keep(() => sanitiser.sanitise(toInterimEvent(draft, completion), draft.identity))
    return event.then((completed) => sanitise(completed, draft.identity))
  }

  function readExchange(exchange: CompletedExchange, place: EventPlace) {
    const draft = interpretExchange(exchange, interpretation)
    return isThenable(draft) ? draft.then((read) => complete(read, place)) : complete(draft, place)
  }

  return Object.assign(pipeline, {
    acceptExchange: (exchange: CompletedExchange) =>
      pipeline.accept({
        bytes: estimateExchangeBytes(exchange),
        isSmall: false,
        run: (place) => readExchange(exchange, place),
      }),
    acceptDraft: (draft: ExchangeDraft) =>
      pipeline.accept({ bytes: estimateDraftBytes(draft), isSmall: true, run: (place) => complete(draft, place) }),
  })
}

function toInterpretOptions({ config, totals }: TrackerParts): InterpretOptions {
  return {
    maxBodySize: config.maxBodySize,
    wantText: config.storeSamples,
    onParseFailures: totals.addParseFailures,
    isCalibrationDue: createEveryNth(config.estimateCalibration === 'off' ? Infinity : CALIBRATION_INTERVAL),
    countedMessages: createCountedMessages(),
    trustedUserHeaders: config.trustedUserHeaders,
    clientId: config.clientId,
  }
}

function toCompletionOptions({ config, estimator, pricing, sanitiser, redactText }: TrackerParts) {
  return {
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
