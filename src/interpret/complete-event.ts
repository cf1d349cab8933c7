import type { UsageEvent } from '../core/event.ts'
import { andThen, isPromise, type MaybePromise } from '../core/maybe-promise.ts'
import type { Pricing } from '../pricing/pricing.ts'
import { guessProvider } from '../pricing/provider-guess.ts'
import type { KnownIdentity } from '../privacy/sanitise.ts'
import type { TokenEstimator } from '../tokens/token-estimator.ts'
import type { ExchangeDraft } from './exchange-draft.ts'
import { priceExchange } from './price-exchange.ts'
import { toUsageEvent, type CountedSide, type UsageEventOptions } from './usage-event.ts'

export interface CompleteEventOptions extends UsageEventOptions {
  readonly estimator: TokenEstimator
  readonly pricing: Pricing
  readonly providerAliases: Readonly<Record<string, string>>
  readonly estimateTokens: boolean
  readonly trackCosts: boolean
  /** Estimates get coarser then, before anything is dropped. */
  isUnderPressure(): boolean
  /** Writes the name of a model for log lines, metrics and counters. */
  readonly toLabel: (model: string, known: KnownIdentity) => string
}

/** What is known before counts and price are: all that is left of an event when its process is killed meanwhile. */
export function toInterimEvent(draft: ExchangeDraft, options: CompleteEventOptions): UsageEvent {
  const provider = guessProvider(toProviderHints(draft), options.providerAliases)
  const input = reportedSide(draft.usage.input) ?? UNKNOWN_SIDE
  const output = reportedSide(draft.usage.output) ?? UNKNOWN_SIDE
  return toUsageEvent(draft, { provider, input, output, price: null, counts: draft.usage }, options)
}

function reportedSide(tokens: number | null): CountedSide | null {
  return tokens === null ? null : { tokens, source: 'api' }
}

const UNKNOWN_SIDE: CountedSide = { tokens: null, source: null }

/** Fills in what the provider did not say (estimated counts, price) and writes the event. */
export function completeEvent(draft: ExchangeDraft, options: CompleteEventOptions): MaybePromise<UsageEvent> {
  const provider = guessProvider(toProviderHints(draft), options.providerAliases)
  const input = countInput(draft, provider, options)
  const output = countOutput(draft, provider, options)
  if (isPromise(input) || isPromise(output)) {
    return Promise.all([input, output]).then((sides) => priceEvent(draft, provider, ...sides, options))
  }
  return priceEvent(draft, provider, input, output, options)
}

function priceEvent(
  draft: ExchangeDraft,
  provider: string | null,
  input: CountedSide,
  output: CountedSide,
  options: CompleteEventOptions,
): MaybePromise<UsageEvent> {
  const counts = { ...draft.usage, input: input.tokens, output: output.tokens }
  const toLabel = (model: string) => options.toLabel(model, draft.identity)
  // `getStats()` shows by model how good estimates are: names that must not be shown stay out.
  if (draft.isCalibration && isUnchanged(draft.model, toLabel)) calibrate(draft, provider, options.estimator)
  const price = options.trackCosts ? priceExchange(draft, counts, provider, options.pricing, toLabel) : null
  return andThen(price, (known) => toUsageEvent(draft, { provider, input, output, price: known, counts }, options))
}

function isUnchanged(model: string | null, toLabel: (model: string) => string): boolean {
  return model === null || toLabel(model) === model
}

function toProviderHints({ provider, host, endpoint, format, model }: ExchangeDraft) {
  return { option: provider, host, path: endpoint, format, model }
}

function countInput(
  draft: ExchangeDraft,
  provider: string | null,
  { estimateTokens, estimator, isUnderPressure }: CompleteEventOptions,
): MaybePromise<CountedSide> {
  const { prompt, usage } = draft
  const reported = reportedSide(usage.input)
  if (reported) return reported
  if (!estimateTokens || !prompt || (prompt.messages.length === 0 && prompt.tokenIds === 0)) return UNKNOWN_SIDE
  const context = { model: draft.model, provider, coarse: isUnderPressure() }
  return estimator.countPrompt(prompt, context)
}

function countOutput(
  draft: ExchangeDraft,
  provider: string | null,
  { estimateTokens, estimator, isUnderPressure }: CompleteEventOptions,
): MaybePromise<CountedSide> {
  const { completion, usage } = draft
  const reported = reportedSide(usage.output)
  if (reported) return reported
  if (!estimateTokens || !completion) return UNKNOWN_SIDE
  const context = { model: draft.model, provider, coarse: isUnderPressure() }
  return estimator.countCompletion(completion, context)
}

/** Not awaited: the event does not wait for a comparison. Never rejects. */
function calibrate(draft: ExchangeDraft, provider: string | null, estimator: TokenEstimator): void {
  const { prompt, completion, usage } = draft
  if (draft.status !== 'success' || !prompt || !completion || (usage.input ?? usage.output) === null) return
  void estimator.calibrate({ prompt, completion, counts: usage, context: { model: draft.model, provider } })
}
