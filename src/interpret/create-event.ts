import type { UsageEvent } from '../core/records/event.ts'
import { isThenable } from '../core/thenable.ts'
import { andThen, type MaybePromise } from './maybe-promise.ts'
import type { Pricing } from '../pricing/pricing.ts'
import { UNPRICED_CALL } from '../pricing/quote.ts'
import { guessProvider } from '../providers/guess-provider.ts'
import type { KnownIdentity } from '../privacy/sanitise.ts'
import type { CountContext } from '../tokens/side-counter.ts'
import type { TokenEstimator } from '../tokens/token-estimator.ts'
import type { InterpretedExchange } from './interpreted-exchange.ts'
import { priceExchange } from './price-exchange.ts'
import { toUsageEvent, type CountedSide, type UsageEventOptions } from './usage-event.ts'

export interface CreateEventOptions extends UsageEventOptions {
  readonly estimator: TokenEstimator
  readonly pricing: Pricing
  readonly providerAliases: Readonly<Record<string, string>>
  readonly estimateTokens: boolean
  readonly trackCosts: boolean
  /** Writes the name of a model for log lines, metrics and counters. */
  readonly toLabel: (model: string, known: KnownIdentity) => string
}

const UNKNOWN_SIDE: CountedSide = { tokens: null, source: null }

/**
 * Fills in what the provider did not say (estimated counts, price) and writes the event. `coarse` estimates long texts from
 * samples, and says so.
 */
export function createEvent(
  exchange: InterpretedExchange,
  options: CreateEventOptions,
  coarse = false,
): MaybePromise<UsageEvent> {
  const provider = guessProvider(toProviderHints(exchange), options.providerAliases)
  const context = { model: exchange.model, provider, format: exchange.format, coarse }
  const input = countInput(exchange, context, options)
  const output = countOutput(exchange, context, options)
  if (isThenable(input) || isThenable(output)) {
    return Promise.all([input, output]).then((sides) => priceEvent(exchange, provider, ...sides, options))
  }
  return priceEvent(exchange, provider, input, output, options)
}

/** The event without what must be waited for: reported counts, no price. For a process that ends before it knows more. */
export function createInterimEvent(exchange: InterpretedExchange, options: CreateEventOptions): UsageEvent {
  const provider = guessProvider(toProviderHints(exchange), options.providerAliases)
  const { usage } = exchange
  const figures = {
    provider,
    input: toReported(usage.input),
    output: toReported(usage.output),
    counts: usage,
    ...UNPRICED_CALL,
  }
  return toUsageEvent(exchange, figures, options)
}

function toReported(tokens: number | null): CountedSide {
  return tokens === null ? UNKNOWN_SIDE : { tokens, source: 'api' }
}

function priceEvent(
  exchange: InterpretedExchange,
  provider: string | null,
  input: CountedSide,
  output: CountedSide,
  options: CreateEventOptions,
): MaybePromise<UsageEvent> {
  const { usage } = exchange
  const isReported = usage.input === input.tokens && usage.output === output.tokens
  const counts = isReported ? usage : { ...usage, input: input.tokens, output: output.tokens }
  const toLabel = (model: string) => options.toLabel(model, exchange.identity)
  if (exchange.isCalibration) calibrate(exchange, provider, options.estimator, toLabel)
  const price = options.trackCosts ? priceExchange(exchange, counts, provider, options.pricing, toLabel) : UNPRICED_CALL
  return andThen(price, (known) => toUsageEvent(exchange, { provider, input, output, counts, ...known }, options))
}

function toProviderHints({ provider, vendor, host, endpoint, format, model }: InterpretedExchange) {
  return { option: provider, host, path: endpoint, vendor, format, model }
}

function countInput(
  exchange: InterpretedExchange,
  context: CountContext,
  { estimateTokens, estimator }: CreateEventOptions,
): MaybePromise<CountedSide> {
  const { prompt, usage } = exchange
  if (usage.input !== null) return toReported(usage.input)
  if (!estimateTokens || !prompt || (prompt.messages.length === 0 && prompt.tokenIds === 0)) return UNKNOWN_SIDE
  return estimator.countPrompt(prompt, context)
}

function countOutput(
  exchange: InterpretedExchange,
  context: CountContext,
  { estimateTokens, estimator }: CreateEventOptions,
): MaybePromise<CountedSide> {
  const { completion, usage } = exchange
  if (usage.output !== null) return toReported(usage.output)
  if (!estimateTokens || !completion) return UNKNOWN_SIDE
  return estimator.countCompletion(completion, context)
}

/** Not awaited: the event does not wait for a comparison. Never rejects. */
function calibrate(
  { prompt, completion, usage, model, format, status }: InterpretedExchange,
  provider: string | null,
  estimator: TokenEstimator,
  toLabel: (model: string) => string,
): void {
  if (status !== 'success' || !prompt || !completion || (usage.input ?? usage.output) === null) return
  // `getStats()` shows by model how good estimates are: names that must not be shown stay out.
  if (model !== null && toLabel(model) !== model) return
  void estimator.calibrate({ prompt, completion, counts: usage, context: { model, provider, format } })
}
