import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { ModelInfo, ModelPrice, PriceCalculation, PriceCalculationResult } from '@pydantic/genai-prices'
import { createBoundedMap } from '../../core/bounded-map.ts'
import { readObject, readString } from '../../core/json.ts'
import type { PriceRule } from '../book/price-rule.ts'
import { MAX_MODEL_LENGTH, namesFor } from '../matching/model-names.ts'
import { canonicalProvider, toDatasetId } from '../../providers/provider-names.ts'
import { priceInForce, toPublishedRule } from './published-rule.ts'

/** Published prices, in USD: the last resort of a model that nobody configured. */
export interface PublishedPrices {
  find(provider: string | null, models: readonly string[], timestamp: number): PublishedPrice | null
}

export interface PublishedPrice {
  readonly rule: PriceRule
  /** e.g. `genai-prices@0.1.8:openai/gpt-4o`. */
  readonly pricedBy: string
}

/** The published prices, which stay unloaded until a model needs them. */
export interface PublishedSource {
  /** `null` where there are none, none could be loaded, or they are not loaded yet. */
  readonly prices: PublishedPrices | null
  /** True also where there is nothing to load. */
  readonly isLoaded: boolean
  /** Never rejects. */
  load(): Promise<void>
}

export function createPublishedSource(
  dataset: 'genai-prices' | 'off',
  onFault: (name: string, error: unknown) => void,
): PublishedSource {
  let prices: PublishedPrices | null = null
  let isLoaded = dataset === 'off'
  let loading: Promise<void> | null = null

  async function load(): Promise<void> {
    try {
      prices = await loadPublishedPrices()
    } catch (error) {
      onFault('pricing.dataset', error)
    }
    isLoaded = true
  }

  return {
    get prices() {
      return prices
    },
    get isLoaded() {
      return isLoaded
    },
    load: () => (loading ??= load()),
  }
}

const PACKAGE = '@pydantic/genai-prices'
const MAX_CACHED = 2_000

/** Imports the data (about 50 ms and 20 MB, once). @throws when the package is absent. */
export async function loadPublishedPrices(): Promise<PublishedPrices> {
  const { calcPrice } = await import('@pydantic/genai-prices')
  const source = `genai-prices${await readVersion()}`
  const byName = createBoundedMap<string, readonly PublishedModel[]>(MAX_CACHED)
  const rules = new WeakMap<ModelPrice, PriceRule>()

  /** The data set looks through its models one by one (40-110 us), so what it answers is kept. */
  function findModels(provider: string | null, name: string): readonly PublishedModel[] {
    const own = provider ? canonicalProvider(provider) : null
    return namesFor(name, own).flatMap((candidate) => {
      const found = callDataset(own, candidate)
      return found && isSameModel(candidate, found.model) ? [toPublishedModel(found, source)] : []
    })
  }

  /** Asked without usage, which it would refuse when inconsistent: costs are computed here, exactly. */
  function callDataset(provider: string | null, name: string): PriceCalculationResult {
    try {
      return calcPrice({}, name, provider === null ? {} : { providerId: toDatasetId(provider) })
    } catch {
      // It throws for a row whose prices contradict each other: a price that cannot be trusted is none.
      return null
    }
  }

  function toRule(price: ModelPrice, { model, providerId }: PublishedModel): PriceRule | null {
    const known = rules.get(price)
    if (known) return known
    const rule = toPublishedRule(price, model, providerId)
    if (rule) rules.set(price, rule)
    return rule
  }

  return {
    find(provider, names, timestamp) {
      for (const name of names) {
        if (name.length > MAX_MODEL_LENGTH) continue
        const models = byName.getOrMake(`${provider ?? ''}\n${name}`, () => findModels(provider, name))
        for (const found of models) {
          const rule = toRule(priceInForce(found.model, timestamp), found)
          if (rule) return { rule, pricedBy: found.pricedBy }
        }
      }
      return null
    },
  }
}

interface PublishedModel {
  readonly model: ModelInfo
  readonly providerId: string
  readonly pricedBy: string
}

function toPublishedModel({ model, provider }: PriceCalculation, source: string): PublishedModel {
  return { model, providerId: provider.id, pricedBy: `${source}:${provider.id}/${model.id}` }
}

/**
 * Some rows match by the beginning of a name: the price of v1 is not that of v2, nor that of 5 the one of 5.5, nor that of a
 * model the one of its free, fast or picture-making variant or of another cloud's government region.
 */
function isSameModel(name: string, { id, match }: ModelInfo): boolean {
  const [asked, listed] = [toDashed(name), toDashed(id)]
  const version = VERSION.exec(asked)?.[1]
  const listedVersion = VERSION.exec(listed)?.[1]
  if (version !== undefined && listedVersion !== undefined && version !== listedVersion) return false
  const variant = VARIANT.exec(asked)?.[0]
  if (variant !== undefined && !listed.includes(variant)) return false
  const at = asked.indexOf(listed)
  const rest = at === -1 ? null : OTHER_VERSION.exec(asked.slice(at + listed.length))
  // Unless the row says that it means this one.
  return rest === null || toDashed(JSON.stringify(match)).includes(listed + rest[0])
}

/** Providers write the same version with a dot and with a dash. */
function toDashed(name: string): string {
  return name.toLowerCase().replaceAll('.', '-')
}

const VERSION = /-v(\d+)(?!\d)/
const VARIANT = /[-:](?:free|fast)$|-image(?![a-z])|us-gov-/
/** Dates, `latest`, `preview` and the like belong to the model, a further number does not. */
const OTHER_VERSION = /^-\d{1,2}(?![\d-])/

/** `@0.1.8`, or nothing where the package cannot be looked into (a bundle). */
async function readVersion(): Promise<string> {
  try {
    const entry = createRequire(import.meta.url).resolve(PACKAGE)
    const manifest: unknown = JSON.parse(await readFile(join(entry, '../../package.json'), 'utf8'))
    const version = readString(readObject(manifest)['version'])
    return version === null ? '' : `@${version}`
  } catch {
    return ''
  }
}
