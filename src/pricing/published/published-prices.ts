import type { MaybePromise } from '../../core/maybe-promise.ts'
import type { PriceDataset } from './dataset.ts'

/** The data set stays unloaded until a model needs it; without it the chain ends at the provider's own figure. */
export function createPublishedPrices(
  dataset: 'genai-prices' | 'off',
  onFault: (name: string, error: unknown) => void,
) {
  /** `null` where there is none, or none could be loaded. */
  let loaded: MaybePromise<PriceDataset | null> | undefined = dataset === 'off' ? null : undefined

  async function load(): Promise<PriceDataset | null> {
    let found: PriceDataset | null = null
    try {
      const { loadPriceDataset } = await import('./dataset.ts')
      found = await loadPriceDataset()
    } catch (error) {
      onFault('pricing.dataset', error)
    }
    loaded = found
    return found
  }

  return { dataset: () => (loaded === undefined ? (loaded = load()) : loaded) }
}
