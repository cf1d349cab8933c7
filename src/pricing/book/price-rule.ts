import type { Amount } from '../amount.ts'
import { multiply, toAmount } from '../amount.ts'
import type { PriceFields, RateFields, Unit } from './price-fields.ts'
import { RATE_FIELD_BY_NAME, UNITS } from './price-fields.ts'

/** Price of one token by field: `prompt`, `cached`, `cache_write`, `cache_write_1h`, ... */
export type Rates = Readonly<Record<string, Amount>>

export interface PriceTier {
  /** Holds for the whole request when it has more input tokens than this. */
  readonly above: number
  readonly rates: Rates
}

export interface ServiceTier {
  readonly multiplier: Amount | null
  readonly rates: Rates
  readonly tiers: readonly PriceTier[]
  /** Input tokens past which nobody names a price; `null` for none. */
  readonly maxInput: number | null
}

/** What one model costs during one period, per token whatever the unit in the file. */
export interface PriceRule {
  readonly rates: Rates
  readonly request: Amount | null
  /** Price of one call, by the name of the tool. */
  readonly tools: ReadonlyMap<string, Amount>
  /** Price of one image, second, character or page, by the names of `PIECES`. */
  readonly pieces: ReadonlyMap<string, Amount>
  /** In rising order of `above`. */
  readonly tiers: readonly PriceTier[]
  /** By name in lower case. */
  readonly serviceTiers: ReadonlyMap<string, ServiceTier>
  /** What scales every token price of a call that was run there, by name in lower case. */
  readonly inferenceRegions: ReadonlyMap<string, Amount>
  /** Epoch milliseconds: holds from `from` on and until before `until`. */
  readonly from: number
  readonly until: number
}

export const EMPTY_RULE: PriceRule = Object.freeze({
  rates: Object.freeze({}),
  request: null,
  tools: new Map(),
  pieces: new Map(),
  tiers: Object.freeze([]),
  serviceTiers: new Map(),
  inferenceRegions: new Map(),
  from: -Infinity,
  until: Infinity,
})

export function toPriceRule(fields: PriceFields, defaultUnit: Unit): PriceRule {
  const shift = -UNITS[fields.unit ?? defaultUnit]
  return {
    rates: toRates(fields, shift),
    request: typeof fields.request === 'number' ? toAmount(fields.request) : null,
    tools: fields.tools ? toAmounts(fields.tools) : EMPTY_RULE.tools,
    pieces: fields.per ? toAmounts(fields.per) : EMPTY_RULE.pieces,
    tiers: toTiers(fields.tiers, shift),
    serviceTiers: toServiceTiers(fields, shift),
    inferenceRegions: toRegions(fields.inference_regions ?? fields.inferenceRegions),
    from: fields.from ? Date.parse(fields.from) : -Infinity,
    until: fields.until ? Date.parse(fields.until) : Infinity,
  }
}

export function isEmptyRule(rule: PriceRule): boolean {
  const { tools, pieces, serviceTiers, inferenceRegions } = rule
  const named = tools.size + pieces.size + serviceTiers.size + inferenceRegions.size
  return named + Object.keys(rule.rates).length + rule.tiers.length === 0 && rule.request === null
}

/** `over` on top of `base`, field by field. */
export function overlayRule(base: PriceRule, over: PriceRule): PriceRule {
  const serviceTiers = new Map(base.serviceTiers)
  for (const [name, tier] of over.serviceTiers) {
    const below = base.serviceTiers.get(name)
    serviceTiers.set(name, below ? overlayServiceTier(below, tier) : tier)
  }
  return {
    rates: overlayRates(base.rates, over.rates),
    request: over.request ?? base.request,
    tools: new Map([...base.tools, ...over.tools]),
    pieces: new Map([...base.pieces, ...over.pieces]),
    tiers: over.tiers.length > 0 ? over.tiers : base.tiers,
    serviceTiers,
    inferenceRegions: new Map([...base.inferenceRegions, ...over.inferenceRegions]),
    from: over.from === -Infinity ? base.from : over.from,
    until: over.until === Infinity ? base.until : over.until,
  }
}

function overlayServiceTier(base: ServiceTier, over: ServiceTier): ServiceTier {
  return {
    multiplier: over.multiplier ?? base.multiplier,
    rates: overlayRates(base.rates, over.rates),
    tiers: over.tiers.length > 0 ? over.tiers : base.tiers,
    maxInput: over.maxInput ?? base.maxInput,
  }
}

/** A new price for every cache write replaces the prices by lifetime beneath it. */
function overlayRates(base: Rates, over: Rates): Rates {
  if (over['cache_write'] === undefined) return { ...base, ...over }
  const kept = Object.entries(base).filter(([field]) => !field.startsWith('cache_write_'))
  return { ...Object.fromEntries(kept), ...over }
}

/** What an answer states of itself that changes its price. */
export interface PriceModifiers {
  readonly serviceTier: string | null
  readonly inferenceRegion: string | null
}

/**
 * The prices in force for one request. A tier holds for the whole request; a service tier scales what it finds, and
 * its own prices win over both; a region scales what comes out.
 */
export function ratesFor(rule: PriceRule, inputTokens: number | null, modifiers: PriceModifiers): Rates {
  const standard = applyTier(rule.rates, rule.tiers, inputTokens)
  const service = findNamed(rule.serviceTiers, modifiers.serviceTier)
  const served = service ? applyServiceTier(standard, service, inputTokens) : standard
  return scale(served, findRegion(rule.inferenceRegions, modifiers.inferenceRegion))
}

function applyServiceTier(rates: Rates, service: ServiceTier, inputTokens: number | null): Rates {
  return applyTier(overlayRates(scale(rates, service.multiplier), service.rates), service.tiers, inputTokens)
}

/** Stands for every region that is not named. */
export const ANYWHERE_ELSE = '*'

function findRegion(regions: PriceRule['inferenceRegions'], region: string | null): Amount | null {
  if (!region || regions.size === 0) return null
  return findNamed(regions, region) ?? regions.get(ANYWHERE_ELSE) ?? null
}

/** False where a rule says nothing of the tier that an answer was served at. */
export function knowsTier({ serviceTiers }: PriceRule, serviceTier: string, inputTokens: number | null): boolean {
  const tier = findNamed(serviceTiers, serviceTier.trim())
  return tier !== undefined && (tier.maxInput === null || (inputTokens ?? 0) <= tier.maxInput)
}

function findNamed<Value>(named: ReadonlyMap<string, Value>, name: string | null): Value | undefined {
  return name ? named.get(name.toLowerCase()) : undefined
}

function applyTier(rates: Rates, tiers: readonly PriceTier[], inputTokens: number | null): Rates {
  if (tiers.length === 0 || inputTokens === null) return rates
  const tier = tiers.findLast(({ above }) => inputTokens > above)
  return tier ? overlayRates(rates, tier.rates) : rates
}

function scale(rates: Rates, multiplier: Amount | null): Rates {
  if (multiplier === null) return rates
  return Object.fromEntries(Object.entries(rates).map(([field, rate]) => [field, multiply(rate, multiplier)]))
}

function toRates(fields: RateFields, shift: number): Rates {
  const rates: Record<string, Amount> = {}
  for (const [name, value] of Object.entries(fields)) {
    const field = RATE_FIELD_BY_NAME.get(name)
    // The first spelling holds; a second one is reported as ignored.
    if (field !== undefined && typeof value === 'number') rates[field] ??= toAmount(value, shift)
  }
  const writes = fields.cache_write ?? fields.cacheWrite
  if (typeof writes === 'number') rates['cache_write'] = toAmount(writes, shift)
  else
    for (const [lifetime, value] of Object.entries(writes ?? {})) {
      if (typeof value === 'number')
        rates[lifetime === 'default' ? 'cache_write' : `cache_write_${lifetime}`] = toAmount(value, shift)
    }
  return rates
}

function toTiers(tiers: PriceFields['tiers'], shift: number): PriceTier[] {
  return (tiers ?? [])
    .map((tier) => ({ above: tier.above, rates: toRates(tier, shift) }))
    .toSorted((a, b) => a.above - b.above)
}

function toServiceTiers(fields: PriceFields, shift: number): Map<string, ServiceTier> {
  const named = Object.entries(fields.service_tiers ?? fields.serviceTiers ?? {})
  return new Map(
    named.map(([name, tier]) => [
      name.toLowerCase(),
      {
        multiplier: tier.multiplier === undefined ? null : toAmount(tier.multiplier),
        rates: toRates(tier, shift),
        tiers: toTiers(tier.tiers, shift),
        maxInput: null,
      },
    ]),
  )
}

function toRegions(multipliers: PriceFields['inference_regions']): ReadonlyMap<string, Amount> {
  const named = Object.entries(multipliers ?? {}).map(([name, value]) => [name.toLowerCase(), value])
  return named.length === 0 ? EMPTY_RULE.inferenceRegions : toAmounts(Object.fromEntries(named))
}

function toAmounts(prices: Readonly<Record<string, number | null | undefined>>): Map<string, Amount> {
  const amounts = new Map<string, Amount>()
  for (const [name, value] of Object.entries(prices)) if (typeof value === 'number') amounts.set(name, toAmount(value))
  return amounts
}
