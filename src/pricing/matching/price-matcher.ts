import type { PriceEntry, PriceTable } from '../book/price-table.ts'
import { isRegexKey } from '../book/price-table.ts'
import { guessProvider } from '../../providers/guess-provider.ts'
import { canonicalProvider, knownProvider, servedProviders } from '../../providers/provider-names.ts'
import { MAX_MODEL_LENGTH, namesFor, normaliseName, stripDate } from './model-names.ts'

/** How an entry was found, strongest first. */
export type MatchKind = 'exact' | 'normalised' | 'date stripped' | 'glob' | 'regex' | 'provider default'

export interface PriceMatch {
  readonly entry: PriceEntry
  readonly kind: MatchKind
  /** The name that matched. */
  readonly name: string
  /** Why a provider other than the asked one was looked at, `null` for the asked one. */
  readonly via: string | null
}

export interface PriceMatcher {
  /**
   * Every entry that applies, strongest first. `models` are the names of one model, the surest first; where the
   * provider is unknown, the first of them tells it if it can.
   */
  find(provider: string | null, models: readonly string[]): Generator<PriceMatch>
  /** Names that are `model`'s or close to it, of any provider: what a person would have expected to match. */
  findNear(model: string): PriceEntry[]
}

const CATCH_ALL = '*'
const MAX_NEAR = 10

export function createPriceMatcher(table: PriceTable): PriceMatcher {
  const blocks = new Map<string, Block>()
  for (const [provider, entries] of table.providers)
    blocks.set(provider, createBlock(entries, table.stripDates ?? true))

  function* findIn(provider: string, models: readonly string[], via: string | null): Generator<PriceMatch> {
    const block = blocks.get(provider)
    if (!block) return
    for (const model of models) for (const match of block.find(model)) yield { ...match, via }
    if (block.fallback) yield { entry: block.fallback, kind: 'provider default', name: models[0] ?? '', via }
  }

  function* find(provider: string | null, models: readonly string[]): Generator<PriceMatch> {
    const own = provider ? canonicalProvider(provider) : guessByModel(models[0] ?? null)
    const names = models.flatMap((model) => namesFor(model, own))
    if (names.length === 0) return
    if (own !== null) yield* findIn(own, names, null)
    for (const other of servedProviders(own ?? '')) yield* findIn(other, names, `${own} serves models of ${other}`)
    for (const model of models) {
      const vendor = splitVendor(model)
      if (vendor && vendor.provider !== own)
        yield* findIn(vendor.provider, [vendor.model], `the name says ${vendor.provider}`)
    }
    yield* findElsewhere(names, own)
    if (own !== CATCH_ALL) yield* findIn(CATCH_ALL, names, 'catch-all')
  }

  function findEverywhere(name: string): PriceEntry[] {
    const found: PriceEntry[] = []
    for (const [provider, { names }] of blocks) if (provider !== CATCH_ALL) found.push(...(names.get(name) ?? []))
    return found
  }

  /** Another provider's entry counts only when it is the only one of that name. */
  function* findElsewhere(names: readonly string[], own: string | null): Generator<PriceMatch> {
    for (const name of names) {
      const entries = findEverywhere(normaliseName(name))
      const [entry] = entries
      const isUnique = entry && entries.every(({ provider }) => provider === entry.provider) && entry.provider !== own
      if (!isUnique) continue
      const exact = entries.find(({ key }) => key === name)
      yield { entry: exact ?? entry, kind: exact ? 'exact' : 'normalised', name, via: `only ${entry.provider} has it` }
      return
    }
  }

  function findNear(model: string): PriceEntry[] {
    const name = normaliseName(model.slice(0, MAX_MODEL_LENGTH))
    const near: PriceEntry[] = []
    for (const { names } of blocks.values()) {
      for (const [key, entries] of names) {
        if (near.length >= MAX_NEAR) return near.slice(0, MAX_NEAR)
        if (key.length > 2 && (name.startsWith(key) || key.startsWith(name))) near.push(...entries)
      }
    }
    return near
  }

  return { find, findNear }
}

interface Block {
  find(model: string): Generator<Omit<PriceMatch, 'via'>>
  readonly fallback: PriceEntry | undefined
  /** Entries without a pattern by normalised name. */
  readonly names: ReadonlyMap<string, readonly PriceEntry[]>
}

function createBlock(entries: ReadonlyMap<string, PriceEntry>, stripDates: boolean): Block {
  const names = indexNames(entries.values())
  const patterns = [...entries.values()].filter(({ key, pattern }) => pattern && key !== CATCH_ALL)
  const regexes = createPatternIndex(patterns.filter(({ key }) => isRegexKey(key)))
  const globs = createPatternIndex(bySpecificity(patterns.filter(({ key }) => !isRegexKey(key))))

  function* findName(name: string): Generator<PriceEntry> {
    const exact = entries.get(name)
    if (exact && !exact.pattern) yield exact
    for (const entry of names.get(normaliseName(name)) ?? []) if (entry !== exact) yield entry
  }

  function* find(model: string): Generator<Omit<PriceMatch, 'via'>> {
    for (const entry of findName(model))
      yield { entry, kind: entry.key === model ? 'exact' : 'normalised', name: model }
    const dateless = stripDates ? stripDate(model) : null
    if (dateless !== null)
      for (const entry of findName(dateless)) yield { entry, kind: 'date stripped', name: dateless }
    for (const entry of globs.find(model.toLowerCase())) yield { entry, kind: 'glob', name: model }
    for (const entry of regexes.find(model.toLowerCase())) yield { entry, kind: 'regex', name: model }
  }

  return { find, fallback: entries.get(CATCH_ALL), names }
}

/** Patterns by the text they start with, so that a name runs only those that can match it. Keeps the order given. */
function createPatternIndex(entries: readonly PriceEntry[]) {
  const byPrefix = new Map<string, { readonly entry: PriceEntry; readonly order: number }[]>()
  for (const [order, entry] of entries.entries()) {
    const prefix = entry.pattern?.prefix ?? ''
    const indexed = byPrefix.get(prefix)
    if (indexed) indexed.push({ entry, order })
    else byPrefix.set(prefix, [{ entry, order }])
  }
  const lengths = [...new Set([...byPrefix.keys()].map((prefix) => prefix.length))]

  function find(name: string): PriceEntry[] {
    const found: { readonly entry: PriceEntry; readonly order: number }[] = []
    for (const length of lengths) {
      if (length > name.length) continue
      for (const candidate of byPrefix.get(name.slice(0, length)) ?? []) {
        if (candidate.entry.pattern?.matches(name)) found.push(candidate)
      }
    }
    return found.toSorted((a, b) => a.order - b.order).map(({ entry }) => entry)
  }
  return { find }
}

function indexNames(entries: Iterable<PriceEntry>): Map<string, PriceEntry[]> {
  const index = new Map<string, PriceEntry[]>()
  for (const entry of entries) {
    if (entry.pattern) continue
    const name = normaliseName(entry.key)
    const known = index.get(name)
    if (known) known.push(entry)
    else index.set(name, [entry])
  }
  return index
}

/** More literal text first, then fewer stars, then file order. */
function bySpecificity(globs: readonly PriceEntry[]): PriceEntry[] {
  return globs
    .map((entry) => ({ entry, stars: entry.key.split('*').length - 1 }))
    .toSorted((a, b) => b.entry.key.length - b.stars - (a.entry.key.length - a.stars) || a.stars - b.stars)
    .map(({ entry }) => entry)
}

function guessByModel(model: string | null): string | null {
  return guessProvider({ option: null, host: null, path: null, format: null, model })
}

/** `openai/gpt-4o` as provider and model, where the first part is a provider. */
function splitVendor(model: string): { provider: string; model: string } | null {
  const slash = model.indexOf('/')
  const provider = slash > 0 && model.length <= MAX_MODEL_LENGTH ? knownProvider(model.slice(0, slash)) : null
  return provider === null ? null : { provider, model: model.slice(slash + 1) }
}
