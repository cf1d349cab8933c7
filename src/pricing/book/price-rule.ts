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
}

/** What one model costs during one period, per token whatever the unit in the file. */
export interface PriceRule {
  readonly rates: Rates
  readonly request: Amount | null
  readonly tools: ReadonlyMap<string, Amount>
  /** In rising order of `above`. */
  readonly tiers: readonly PriceTier[]
  /** By name in lower case. */
  readonly serviceTiers: ReadonlyMap<string, ServiceTier>
  /** Epoch milliseconds: holds from `from` on and until before `until`. */
  readonly from: number
  readonly until: number
}

export const EMPTY_RULE: PriceRule = Object.freeze({
  rates: Object.freeze({}),
  request: null,
  tools: new Map(),
  tiers: Object.freeze([]),
  serviceTiers: new Map(),
  from: -Infinity,
  until: Infinity,
})

export function toPriceRule(fields: PriceFields, defaultUnit: Unit): PriceRule {
  const shift = -UNITS[fields.unit ?? defaultUnit]
  return {
    rates: toRates(fields, shift),
    request: typeof fields.request === 'number' ? toAmount(fields.request) : null,
    tools: fields.tools ? toAmounts(fields.tools) : EMPTY_RULE.tools,
    tiers: toTiers(fields.tiers, shift),
    serviceTiers: toServiceTiers(fields, shift),
    from: fields.from ? Date.parse(fields.from) : -Infinity,
    until: fields.until ? Date.parse(fields.until) : Infinity,
  }
}

export function isEmptyRule(rule: PriceRule): boolean {
  return (
    Object.keys(rule.rates).length + rule.tools.size + rule.tiers.length + rule.serviceTiers.size === 0 &&
    rule.request === null
  )
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
    tiers: over.tiers.length > 0 ? over.tiers : base.tiers,
    serviceTiers,
    from: over.from === -Infinity ? base.from : over.from,
    until: over.until === Infinity ? base.until : over.until,
  }
}

function overlayServiceTier(base: ServiceTier, over: ServiceTier): ServiceTier {
  return {
    multiplier: over.multiplier ?? base.multiplier,
    rates: overlayRates(base.rates, over.rates),
    tiers: over.tiers.length > 0 ? over.tiers : base.tiers,
  }
}

/** A new price for every cache write replaces the prices by lifetime beneath it. */
function overlayRates(base: Rates, over: Rates): Rates {
  if (over['cache_write'] === undefined) return { ...base, ...over }
  const kept = Object.entries(base).filter(([field]) => !field.startsWith('cache_write_'))
  return { ...Object.fromEntries(kept), ...over }
}

/**
 * The prices in force for one request. A tier holds for the whole request; a service tier scales what it finds, and
 * its own prices win over both.
 */
export function ratesFor(rule: PriceRule, inputTokens: number | null, serviceTier: string | null): Rates {
  const standard = applyTier(rule.rates, rule.tiers, inputTokens)
  const service = !serviceTier ? undefined : rule.serviceTiers.get(serviceTier.toLowerCase())
  if (!service) return standard
  const { multiplier } = service
  const scaled = multiplier === null ? standard : mapRates(standard, (rate) => multiply(rate, multiplier))
  return applyTier(overlayRates(scaled, service.rates), service.tiers, inputTokens)
}

function applyTier(rates: Rates, tiers: readonly PriceTier[], inputTokens: number | null): Rates {
  if (tiers.length === 0 || inputTokens === null) return rates
  const tier = tiers.findLast(({ above }) => inputTokens > above)
  return tier ? overlayRates(rates, tier.rates) : rates
}

function mapRates(rates: Rates, change: (rate: Amount) => Amount): Rates {
  return Object.fromEntries(Object.entries(rates).map(([field, rate]) => [field, change(rate)]))
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
      },
    ]),
  )
}

function toAmounts(prices: Readonly<Record<string, number | null | undefined>>): Map<string, Amount> {
  const amounts = new Map<string, Amount>()
  for (const [name, value] of Object.entries(prices)) if (typeof value === 'number') amounts.set(name, toAmount(value))
  return amounts
}
