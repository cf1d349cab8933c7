import { ConfigurationError } from '../../core/errors.ts'
import { MAX_MODEL_LENGTH } from '../matching/model-names.ts'
import type { PriceMatch, PriceMatcher } from '../matching/price-matcher.ts'
import { createPriceMatcher } from '../matching/price-matcher.ts'
import type { PriceRule } from './price-rule.ts'
import { overlayRule } from './price-rule.ts'
import type { PriceEntry, PriceTableReading } from './price-table.ts'
import { EMPTY_TABLE, mergeTables, readPriceTable } from './price-table.ts'
import type { PriceVariable } from './price-variables.ts'
import { applyVariables } from './price-variables.ts'

export interface PriceBookSources {
  readonly file: { readonly path: string; readonly json: unknown } | null
  readonly json: unknown
  readonly variables: readonly PriceVariable[]
}

export interface ResolvedPrice {
  readonly rule: PriceRule
  /** Source and rule, e.g. `file:openai/gpt-4`. */
  readonly pricedBy: string
  /** The match that gave the rule; what partial entries added shows in `pricedBy`. */
  readonly match: PriceMatch
}

/** Everything the operator configured, merged and indexed. Immutable: a changed file makes a new book. */
export interface PriceBook {
  readonly currency: string
  readonly matcher: PriceMatcher
  /** Places of fields that are not read. */
  readonly ignored: readonly string[]
  resolve(provider: string | null, models: readonly string[], timestamp: number): ResolvedPrice | null
}

const DEFAULT_CURRENCY = 'USD'
const MAX_CACHED = 2_000

/** @throws ConfigurationError with the place of every fault. */
export function createPriceBook(sources: PriceBookSources): PriceBook {
  const file = readSource(sources.file?.json, 'file', `TOKEN_TRACKER_PRICING_FILE ${sources.file?.path ?? ''}`)
  const json = readSource(sources.json, 'json', 'TOKEN_TRACKER_PRICING_JSON')
  const { table, issues } = applyVariables(mergeTables(file.table, json.table), sources.variables)
  const all = [...file.issues, ...json.issues, ...issues]
  if (file.table.currency !== null && json.table.currency !== null && file.table.currency !== json.table.currency) {
    const problem = `expected the file's currency ${file.table.currency}, got ${json.table.currency}: prices of both are merged`
    all.push({ name: 'TOKEN_TRACKER_PRICING_JSON at _meta.currency', problem })
  }
  if (all.length > 0) throw new ConfigurationError(all)
  const matcher = createPriceMatcher(table)
  return {
    currency: table.currency ?? DEFAULT_CURRENCY,
    matcher,
    ignored: [...file.ignored, ...json.ignored],
    resolve: createResolver(matcher),
  }
}

function readSource(json: unknown, source: 'file' | 'json', name: string): PriceTableReading {
  if (json === null || json === undefined) return { table: EMPTY_TABLE, issues: [], ignored: [] }
  return readPriceTable(json, source, name)
}

/** Remembers the matches of each model, at most `MAX_CACHED` of them: past that the oldest is looked up again. */
function createResolver(matcher: PriceMatcher): PriceBook['resolve'] {
  const cache = new Map<string, CachedMatches>()
  return (provider, models, timestamp) => {
    const known = models.filter((model) => model.length <= MAX_MODEL_LENGTH)
    const id = `${provider ?? ''}\n${known.join('\n')}`
    let cached = cache.get(id)
    if (!cached) {
      const matches = findDecisive(matcher, provider, known)
      // Without periods the answer is the same at any time.
      const isSettled = matches.every(({ entry }) => !isDated(entry))
      cached = { matches, settled: isSettled ? pickPrice(matches, timestamp) : undefined }
      if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value!)
      cache.set(id, cached)
    }
    return cached.settled === undefined ? pickPrice(cached.matches, timestamp) : cached.settled
  }
}

interface CachedMatches {
  readonly matches: readonly PriceMatch[]
  readonly settled: ResolvedPrice | null | undefined
}

/** The matches up to the first that applies at any time and leaves nothing open. */
function findDecisive(matcher: PriceMatcher, provider: string | null, models: readonly string[]): PriceMatch[] {
  const matches: PriceMatch[] = []
  for (const match of matcher.find(provider, models)) {
    matches.push(match)
    if (!match.entry.partial && match.entry.rules().length > 0 && !isDated(match.entry)) break
  }
  return matches
}

function pickPrice(matches: readonly PriceMatch[], timestamp: number): ResolvedPrice | null {
  let picked: ResolvedPrice | null = null
  for (const match of matches) {
    const rule = ruleInForce(match.entry, timestamp)
    if (!rule) continue
    const pricedBy = `${match.entry.sources.join('+')}:${match.entry.provider}/${match.entry.key}`
    picked = picked
      ? { rule: overlayRule(rule, picked.rule), pricedBy: `${picked.pricedBy} over ${pricedBy}`, match }
      : { rule, pricedBy, match }
    if (!match.entry.partial) break
  }
  return picked
}

export function ruleInForce(entry: PriceEntry, timestamp: number): PriceRule | null {
  return entry.rules().find(({ from, until }) => from <= timestamp && timestamp < until) ?? null
}

function isDated(entry: PriceEntry): boolean {
  return entry.rules().some(({ from, until }) => from !== -Infinity || until !== Infinity)
}
