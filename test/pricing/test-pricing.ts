import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TokenCounts } from '../../src/core/records/usage.ts'
import { UNKNOWN_COUNTS } from '../../src/core/records/usage.ts'
import type { PriceQuery, Pricing, PricingOptions } from '../../src/pricing/pricing.ts'
import { createPricing } from '../../src/pricing/pricing.ts'

export interface Fault {
  readonly name: string
  readonly message: string
}

/** Pricing without a data set, and the faults that it reports. */
export function createTestPricing(options: Partial<PricingOptions> = {}): Pricing & { readonly faults: Fault[] } {
  const faults: Fault[] = []
  const onFault = (name: string, error: unknown) => void faults.push({ name, message: String(error) })
  const onWarning = (message: string) => void faults.push({ name: 'warning', message })
  const pricing = createPricing({
    file: null,
    json: null,
    variables: [],
    dataset: 'off',
    onFault,
    onWarning,
    ...options,
  })
  return { ...pricing, faults }
}

export function countsOf(counts: Partial<TokenCounts>): TokenCounts {
  return { ...UNKNOWN_COUNTS, ...counts }
}

export function queryFor(model: string | null, query: Partial<PriceQuery> = {}): PriceQuery {
  const unknown = { requestModel: null, provider: null, serviceTier: null, providerCost: null }
  return { ...unknown, timestamp: Date.UTC(2026, 8, 15), ...query, model }
}

export function writeTestFile(content: string | Uint8Array, name = 'pricing.json'): string {
  const path = join(mkdtempSync(join(tmpdir(), 'token-tracker-pricing-')), name)
  writeFileSync(path, content)
  return path
}

/** Rule that priced one prompt and one completion token of `model`, `null` when none did. */
export async function pricedBy(
  pricing: Pricing,
  model: string,
  query: Partial<PriceQuery> = {},
): Promise<string | null> {
  const price = await pricing.price(countsOf({ input: 1, output: 1 }), queryFor(model, query))
  return price?.pricedBy ?? null
}
