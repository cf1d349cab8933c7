import { cutText } from '../core/bounded-text.ts'

/** How a name that a client chose is written where others read it. */
export type ToLabel = (name: string) => string

/** Counts exchanges without a price by model, and warns of new models: at most one line a minute. */
export interface UnpricedModels {
  /** Keyed by label: at most 500 of them, and `(other)` for the rest. */
  readonly counts: ReadonlyMap<string, number>
  /** `toLabel` makes the label of the model and of its provider. */
  add(model: string | null, provider: string | null, toLabel: ToLabel): void
}

export interface UnpricedModelsOptions {
  onWarning(message: string): void
  /** Epoch milliseconds. */
  now(): number
}

/** Model names come from requests, so anybody can mint new ones. */
export const MAX_UNPRICED_MODELS = 500
const MAX_LABEL_LENGTH = 100
/** Stands for every model past the cap. */
export const OTHER_MODELS = '(other)'
const UNNAMED = '(none)'
const UNKNOWN_PROVIDER = 'unknown'
const WARNING_INTERVAL_MS = 60_000

export function createUnpricedModels({ onWarning, now }: UnpricedModelsOptions): UnpricedModels {
  const counts = new Map<string, number>()
  let untold: string[] = []
  let toldAt = -Infinity

  function count(label: string): boolean {
    const isNew = !counts.has(label) && counts.size < MAX_UNPRICED_MODELS
    const key = isNew || counts.has(label) ? label : OTHER_MODELS
    counts.set(key, (counts.get(key) ?? 0) + 1)
    return isNew
  }

  /** Names the oldest model held back. The distance of times is taken as positive: a wall clock can be set back. */
  function warnWhenDue(): void {
    const [first] = untold
    const time = now()
    if (first === undefined || Math.abs(time - toldAt) < WARNING_INTERVAL_MS) return
    const others = untold.length === 1 ? '' : ` (and ${untold.length - 1} more since)`
    untold = []
    toldAt = time
    onWarning(
      `no price for ${first}: its costs stay unknown${others}. ` +
        'Add it to TOKEN_TRACKER_PRICING_FILE, or set a catch-all "*"',
    )
  }

  return {
    counts,
    add(model, provider, toLabel) {
      const write = (name: string, absent: string) => cutText(toLabel(name), MAX_LABEL_LENGTH) || absent
      const label = model === null ? UNNAMED : write(model, UNNAMED)
      if (count(label)) {
        const of = provider === null ? UNKNOWN_PROVIDER : write(provider, UNKNOWN_PROVIDER)
        untold.push(`model "${label}" of provider "${of}"`)
      }
      warnWhenDue()
    },
  }
}
