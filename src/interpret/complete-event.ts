import type { UsageEvent } from '../core/event.ts'
import { andThen, isPromise, type MaybePromise } from '../core/maybe-promise.ts'
import type { Pricing } from '../pricing/pricing.ts'
import { guessProvider } from '../providers/guess-provider.ts'
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
  /** Writes the name of a model for log lines, metrics and counters. */
  readonly toLabel: (model: string, known: KnownIdentity) => string
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
  if (draft.isCalibration) calibrate(draft, provider, options.estimator, toLabel)
  const price = options.trackCosts ? priceExchange(draft, counts, provider, options.pricing, toLabel) : null
  return andThen(price, (known) => toUsageEvent(draft, { provider, input, output, price: known, counts }, options))
}

function toProviderHints({ provider, host, endpoint, format, model }: ExchangeDraft) {
  return { option: provider, host, path: endpoint, format, model }
}

function countInput(
  draft: ExchangeDraft,
  provider: string | null,
  { estimateTokens, estimator }: CompleteEventOptions,
): MaybePromise<CountedSide> {
  const { prompt, usage } = draft
  if (usage.input !== null) return { tokens: usage.input, source: 'api' }
  if (!estimateTokens || !prompt || (prompt.messages.length === 0 && prompt.tokenIds === 0)) return UNKNOWN_SIDE
  return estimator.countPrompt(prompt, { model: draft.model, provider })
}

function countOutput(
  draft: ExchangeDraft,
  provider: string | null,
  { estimateTokens, estimator }: CompleteEventOptions,
): MaybePromise<CountedSide> {
  const { completion, usage } = draft
  if (usage.output !== null) return { tokens: usage.output, source: 'api' }
  if (!estimateTokens || !completion) return UNKNOWN_SIDE
  return estimator.countCompletion(completion, { model: draft.model, provider })
}

/** Not awaited: the event does not wait for a comparison. Never rejects. */
function calibrate(
  { prompt, completion, usage, model, status }: ExchangeDraft,
  provider: string | null,
  estimator: TokenEstimator,
  toLabel: (model: string) => string,
): void {
  if (status !== 'success' || !prompt || !completion || (usage.input ?? usage.output) === null) return
  // `getStats()` shows by model how good estimates are: names that must not be shown stay out.
  if (model !== null && toLabel(model) !== model) return
  void estimator.calibrate({ prompt, completion, counts: usage, context: { model, provider } })
}
