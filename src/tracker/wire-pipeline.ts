import type { CapturedExchange } from '../capture/exchange.ts'
import type { TrackerConfig } from '../config/load-config.ts'
import { ConfigurationError, toErrorMessage } from '../core/errors.ts'
import type { SanitisedEvent, UsageEvent } from '../core/records/event.ts'
import type { Guard } from '../core/guard.ts'
import { createRecentKeys } from '../core/recent-keys.ts'
import { isThenable } from '../core/thenable.ts'
import { createEvent, createInterimEvent, type CreateEventOptions } from '../interpret/create-event.ts'
import type { InterpretedExchange } from '../interpret/interpreted-exchange.ts'
import { estimateInterpretedBytes, estimateExchangeBytes } from '../interpret/bodies/exchange-size.ts'
import { interpretExchange, outlineExchange, type InterpretOptions } from '../interpret/interpret-exchange.ts'
import { addIdentified } from '../interpret/request-identity.ts'
import type { StreamDigest } from '../interpret/bodies/response-digest.ts'
import type { EventPlace } from '../delivery/event-job.ts'
import { createPipeline, type Pipeline } from '../delivery/pipeline.ts'
import { createSpool, type Spool } from '../delivery/spool/spool.ts'
import type { Pricing } from '../pricing/pricing.ts'
import { UNPRICED_CALL } from '../pricing/quote.ts'
import { priceLoggedEvent } from '../pricing/reprice.ts'
import type { Sanitiser } from '../privacy/sanitise.ts'
import { createTurns } from '../stream/turns.ts'
import type { TokenEstimator } from '../tokens/token-estimator.ts'
import type { ExchangeLog } from './exchange-log.ts'
import type { EventTotals } from './tracker-stats.ts'

/** What a tracker is made of. */
export interface TrackerParts {
  readonly config: TrackerConfig
  readonly guard: Guard
  readonly pricing: Pricing
  readonly estimator: TokenEstimator
  readonly sanitiser: Sanitiser
  readonly totals: EventTotals
  readonly log: ExchangeLog
}

/** A pipeline, with the two kinds of work that a tracker knows. */
export interface TrackerPipeline extends Pipeline {
  acceptExchange(exchange: CapturedExchange<StreamDigest>): boolean
  acceptInterpreted(exchange: InterpretedExchange): boolean
}

/** The way of an exchange from its end to the sinks, with everything it needs on it. */
export function wirePipeline(parts: TrackerParts): TrackerPipeline {
  const { config, guard, sanitiser, totals, log } = parts
  const interpretation = toInterpretOptions(parts)
  const eventOptions = toEventOptions(parts)
  const pipeline = createPipeline({
    queueSize: config.queueSize,
    queueMaxBytes: config.queueMaxBytes,
    flushIntervalMs: config.flushInterval * 1000,
    batched: config.asyncLogging,
    guard,
    spool: config.spoolDir === null ? null : openSpool(config.spoolDir, guard),
    complete: (interim) => priceInterim(interim, parts),
    onEvent: totals.add,
  })

  const sanitise = (event: UsageEvent, { identity }: InterpretedExchange) => sanitiser.sanitise(event, identity)
  const toInterim = (read: InterpretedExchange) => sanitise(createInterimEvent(read, eventOptions), read)

  function finish(read: InterpretedExchange, place: EventPlace) {
    const event = createEvent(read, eventOptions, pipeline.pressure === 'high')
    if (!isThenable(event)) return sanitise(event, read)
    // For a count or a price list, and nobody knows for how long: others may go on, and the disk has what is known.
    wait(read, place)
    place.keep(() => toInterim(read))
    return event.then((created) => sanitise(created, read))
  }

  function identify(read: InterpretedExchange | null, identity: CapturedExchange['identity'], place: EventPlace) {
    if (!read || !isThenable(identity)) return read && finish(read, place)
    wait(read, place)
    place.keepSoon(() => toInterim(read))
    return identity.then((identified) =>
      finish(identified ? { ...read, identity: addIdentified(read.identity, identified) } : read, place),
    )
  }

  function noteUnknown(
    read: InterpretedExchange | null,
    { method, path }: CapturedExchange,
  ): InterpretedExchange | null {
    if (read?.format === 'unknown') log.onUnknownFormat(method, path)
    return read
  }

  function readAndFinish(exchange: CapturedExchange<StreamDigest>, place: EventPlace) {
    const { identity } = exchange
    const read = interpretExchange(exchange, interpretation)
    if (!isThenable(read)) return identify(noteUnknown(read, exchange), identity, place)
    place.keepSoon(() => {
      const outline = outlineExchange(exchange, interpretation)
      return outline && toInterim(outline)
    })
    return read.then((interpreted) => identify(noteUnknown(interpreted, exchange), identity, place))
  }

  return Object.assign(pipeline, {
    acceptExchange: (exchange: CapturedExchange<StreamDigest>) =>
      pipeline.accept({
        bytes: estimateExchangeBytes(exchange),
        isSmall: false,
        run: (place) => readAndFinish(exchange, place),
      }),
    acceptInterpreted: (exchange: InterpretedExchange) =>
      pipeline.accept({
        bytes: estimateInterpretedBytes(exchange),
        isSmall: true,
        run: (place) => finish(exchange, place),
      }),
  })
}

/** Others may go on meanwhile; what is held by now are texts, no bodies. */
function wait(read: InterpretedExchange, place: EventPlace): void {
  place.leave()
  place.hold(estimateInterpretedBytes(read))
}

/** The price that an event still lacked when its process ended, as far as its counts were known. */
async function priceInterim(interim: SanitisedEvent, { config, pricing }: TrackerParts): Promise<SanitisedEvent> {
  const event: Readonly<UsageEvent> = interim
  const { price, otherPrices } = config.trackCosts ? await priceLoggedEvent({ ...event }, pricing) : UNPRICED_CALL
  if (!price) return interim
  const { promptCost, completionCost, totalCost, currency, pricedBy } = price
  const costs = { prompt_cost: promptCost, completion_cost: completionCost, total_cost: totalCost }
  const other_models = event.other_models.map((other, at) => {
    const part = otherPrices[at]
    return part ? { ...other, total_cost: part.totalCost, priced_by: part.pricedBy } : other
  })
  // What is added comes from the price list and from names that are sanitised already.
  return { ...event, ...costs, currency, priced_by: pricedBy, other_models } as SanitisedEvent
}

/** What comes by a second time comes soon. */
const MAX_COUNTED_KEYS = 10_000

function toInterpretOptions({ config, estimator, totals, log }: TrackerParts): InterpretOptions {
  return {
    inflations: createTurns(),
    maxBodySize: config.maxBodySize,
    wantText: config.storeSamples,
    onParseFailures: totals.addParseFailures,
    onIgnored: log.onIgnored,
    isCalibrationDue: estimator.isCalibrationDue,
    countedOnce: {
      messages: createRecentKeys(MAX_COUNTED_KEYS),
      answers: createRecentKeys(MAX_COUNTED_KEYS),
    },
    trustedUserHeaders: config.trustedUserHeaders,
    clientId: config.clientId,
  }
}

function toEventOptions({ config, estimator, pricing, sanitiser }: TrackerParts): CreateEventOptions {
  return {
    estimator,
    pricing,
    providerAliases: config.providerAliases,
    estimateTokens: config.estimateTokens,
    trackCosts: config.trackCosts,
    trackPerformance: config.trackPerformance,
    sampleLength: config.storeSamples ? config.sampleLength : null,
    toLabel: sanitiser.redactIdentifier,
  }
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
