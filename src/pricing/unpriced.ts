import { cutText } from '../core/bounded-text.ts'

/** Counts exchanges without a price by model, and warns of each model once. */
export interface UnpricedModels {
  readonly counts: ReadonlyMap<string, number>
  add(model: string | null, provider: string | null): void
}

/** Model names come from requests, so anybody can mint new ones. */
const MAX_MODELS = 1_000
const MAX_NAME_LENGTH = 100
/** Stands for every model past the cap. */
export const OTHER_MODELS = '(other)'
const UNNAMED = '(none)'

export function createUnpricedModels(onWarning: (message: string) => void): UnpricedModels {
  const counts = new Map<string, number>()
  return {
    counts,
    add(model, provider) {
      const name = cutText(model ?? UNNAMED, MAX_NAME_LENGTH)
      const isKnown = counts.has(name)
      const key = isKnown || counts.size < MAX_MODELS ? name : OTHER_MODELS
      counts.set(key, (counts.get(key) ?? 0) + 1)
      if (isKnown || key === OTHER_MODELS) return
      onWarning(
        `no price for model "${name}" of provider "${provider ?? 'unknown'}": its costs stay unknown. ` +
          'Add it to TOKEN_TRACKER_PRICING_FILE, or set a catch-all "*"',
      )
    },
  }
}
