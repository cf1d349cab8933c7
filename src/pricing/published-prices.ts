import type { PriceDataset } from './dataset.ts'

/** The data set stays unloaded until a model needs it; without it the chain ends at the provider's own figure. */
export function createPublishedPrices(
  dataset: 'genai-prices' | 'off',
  onFault: (name: string, error: unknown) => void,
) {
  let loaded: PriceDataset | null = null
  let loading: Promise<PriceDataset | null> | null = null

  async function load(): Promise<PriceDataset | null> {
    if (dataset === 'off') return null
    try {
      const { loadPriceDataset } = await import('./dataset.ts')
      loaded = await loadPriceDataset()
    } catch (error) {
      onFault('pricing.dataset', error)
    }
    return loaded
  }

  return {
    get loaded() {
      return loaded
    },
    load: () => (loading ??= load()),
  }
}
