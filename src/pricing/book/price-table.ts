import type { ConfigurationIssue } from '../../core/errors.ts'
import { toErrorMessage } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { z } from 'zod'
import type { LinearPattern } from '../matching/linear-pattern.ts'
import { compileGlob, compileRegex } from '../matching/linear-pattern.ts'
import type { PriceRule } from './price-rule.ts'
import { isEmptyRule, overlayRule, toPriceRule } from './price-rule.ts'
import type { PriceFields, Unit } from './price-fields.ts'
import { getPriceSchema, ignoredFields, isReserved } from './price-schema.ts'
import { canonicalProvider } from '../../providers/provider-names.ts'

export type PriceSource = 'variables' | 'json' | 'file'

/** What one place in the configuration says of one model, or of all that its pattern matches. */
export interface PriceEntry {
  readonly provider: string
  /** Model name, `*` pattern or `regex:` pattern, as written. */
  readonly key: string
  /** `null` for a name. */
  readonly pattern: LinearPattern | null
  /** Strongest first. */
  readonly sources: readonly PriceSource[]
  /** Number of periods that the prices were given for. */
  readonly periods: number
  /** One for each period that names a price. Made on first use: of a long price list, most are never asked for. */
  readonly rules: () => readonly PriceRule[]
  /** Says only what differs: the rest comes from the entry that would match without it. */
  readonly partial: boolean
}

export interface PriceTable {
  /** By provider, then by key, in file order. */
  readonly providers: ReadonlyMap<string, ReadonlyMap<string, PriceEntry>>
  readonly currency: string | null
  /** `null` where not said. */
  readonly stripDates: boolean | null
}

export interface PriceTableReading {
  readonly table: PriceTable
  /** Faults that forbid its use. */
  readonly issues: readonly ConfigurationIssue[]
  /** Places of fields that are not read. */
  readonly ignored: readonly string[]
}

export const EMPTY_TABLE: PriceTable = Object.freeze({ providers: new Map(), currency: null, stripDates: null })

const REGEX_PREFIX = 'regex:'
const MAX_ISSUES = 20
const MAX_IGNORED = 20

/** Reads the untrusted content of a file or variable; `name` is put before the place of each fault. */
export function readPriceTable(json: unknown, source: PriceSource, name: string): PriceTableReading {
  const parsed = getPriceSchema().file.safeParse(withoutComments(json))
  if (!parsed.success) {
    const issues = parsed.error.issues.flatMap((issue) => toIssues(issue, [], name)).slice(0, MAX_ISSUES)
    return { table: EMPTY_TABLE, issues, ignored: [] }
  }
  const { _meta: meta, ...blocks } = parsed.data
  const issues: ConfigurationIssue[] = []
  const ignored: string[] = []
  const providers = new Map<string, Map<string, PriceEntry>>()
  for (const [providerName, block] of Object.entries(blocks)) {
    const provider = canonicalProvider(providerName)
    const entries = providers.get(provider) ?? new Map<string, PriceEntry>()
    for (const [key, value] of Object.entries(block)) {
      const place = `${providerName}.${key}`
      const { pattern, problem } = readKey(key)
      if (problem !== null && issues.length < MAX_ISSUES) issues.push({ name: `${name} at ${place}`, problem })
      const versions = Array.isArray(value) ? value : [value]
      for (const field of versions.flatMap(ignoredFields))
        if (ignored.length < MAX_IGNORED) ignored.push(`${place}.${field}`)
      if (versions.every((fields) => Object.keys(fields).length === 0)) continue
      const rules = once(() => toRules(versions, meta?.unit ?? '1k'))
      const entry = { provider, key, pattern, sources: [source], periods: versions.length, rules, partial: false }
      entries.set(key, mergeEntries(entries.get(key), entry))
    }
    providers.set(provider, entries)
  }
  const table = { providers, currency: meta?.currency ?? null, stripDates: meta?.strip_dates ?? null }
  return { table, issues, ignored }
}

/** `over` on top of `base`, entry by entry and field by field. */
export function mergeTables(base: PriceTable, over: PriceTable): PriceTable {
  if (base === EMPTY_TABLE) return over
  const providers = new Map<string, ReadonlyMap<string, PriceEntry>>(base.providers)
  for (const [provider, entries] of over.providers) {
    const merged = new Map(providers.get(provider))
    for (const [key, entry] of entries) merged.set(key, mergeEntries(merged.get(key), entry))
    providers.set(provider, merged)
  }
  return { providers, currency: over.currency ?? base.currency, stripDates: over.stripDates ?? base.stripDates }
}

/** Several periods cannot be laid over others, so they replace them. What a variable says holds in every period. */
export function mergeEntries(base: PriceEntry | undefined, over: PriceEntry): PriceEntry {
  const canMerge = base && over.periods === 1 && (over.partial || base.periods === 1)
  if (!canMerge) return over
  return {
    ...base,
    sources: [...new Set([...over.sources, ...base.sources])],
    rules: once(() => mergeRules(base.rules(), over.rules())),
    partial: base.partial && over.partial,
  }
}

function mergeRules(base: readonly PriceRule[], [over]: readonly PriceRule[]): readonly PriceRule[] {
  if (!over) return base
  return base.length === 0 ? [over] : base.map((rule) => overlayRule(rule, over))
}

/** Without those that name no price, which are as good as absent. */
function toRules(versions: readonly PriceFields[], unit: Unit): PriceRule[] {
  return versions.map((fields) => toPriceRule(fields, unit)).filter((rule) => !isEmptyRule(rule))
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

export function isRegexKey(key: string): boolean {
  return key.startsWith(REGEX_PREFIX)
}

function readKey(key: string): { pattern: LinearPattern | null; problem: string | null } {
  if (!isRegexKey(key)) return { pattern: key.includes('*') ? compileGlob(key) : null, problem: null }
  try {
    return { pattern: compileRegex(key.slice(REGEX_PREFIX.length)), problem: null }
  } catch (error) {
    return { pattern: null, problem: `the regular expression cannot be used: ${toErrorMessage(error)}` }
  }
}

/** Without `_` and `$` keys, but for `_meta`. */
function withoutComments(json: unknown): unknown {
  if (!isObject(json)) return json
  return Object.fromEntries(
    Object.entries(json)
      .filter(([key]) => key === '_meta' || !isReserved(key))
      .map(([key, block]) => [key, key === '_meta' ? block : withoutReservedKeys(block)]),
  )
}

function withoutReservedKeys(block: unknown): unknown {
  if (!isObject(block) || !Object.keys(block).some(isReserved)) return block
  return Object.fromEntries(Object.entries(block).filter(([key]) => !isReserved(key)))
}

/** A union's own message says nothing; the branch that came furthest tells what was meant, and all that is wrong with it. */
function toIssues(issue: z.core.$ZodIssue, path: readonly PropertyKey[], name: string): ConfigurationIssue[] {
  const place = [...path, ...issue.path]
  if (issue.code === 'invalid_union') {
    const furthest = issue.errors.toSorted((a, b) => deepest(b) - deepest(a))[0]
    if (furthest && deepest(furthest) > 0) return furthest.flatMap((nested) => toIssues(nested, place, name))
  }
  const problem = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
  const at = place.length > 0 ? ` at ${place.map(String).join('.')}` : ''
  return [{ name: `${name}${at}`, problem }]
}

function deepest(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map(depthOf))
}

function depthOf(issue: z.core.$ZodIssue): number {
  const nested = issue.code === 'invalid_union' ? Math.max(0, ...issue.errors.flat().map(depthOf)) : 0
  return issue.path.length + nested
}
