import type { ConfigurationIssue } from '../../core/errors.ts'
import { toAmount } from '../amount.ts'
import { normaliseName } from '../matching/model-names.ts'
import { EMPTY_RULE } from './price-rule.ts'
import type { PriceRule } from './price-rule.ts'
import { PIECES, RATE_FIELD_BY_NAME, UNITS } from './price-fields.ts'
import type { PriceEntry, PriceTable } from './price-table.ts'
import { mergeEntries } from './price-table.ts'
import { canonicalProvider, knownProvider } from '../../providers/provider-names.ts'

/** One `TOKEN_TRACKER_PRICE_<PROVIDER>_<MODEL>_<FIELD>` variable: a price per 1,000 tokens (`REQUEST`: per request; `IMAGE`, `PAGE`, ...: of one). */
export interface PriceVariable {
  /** Full variable name. */
  readonly name: string
  /** The part after `TOKEN_TRACKER_PRICE_`, e.g. `OPENAI_GPT4_PROMPT`. */
  readonly path: string
  /** Finite and not negative. */
  readonly value: number
}

/** Field by the suffix that names it, longest first: `AUDIO_PROMPT` is not the `PROMPT` of a model `..._AUDIO`. */
const FIELD_SUFFIXES: readonly (readonly [suffix: string, field: string])[] = [
  ...RATE_FIELD_BY_NAME,
  ...['', '_5m', '_30m', '_1h', '_12h', '_24h'].map(
    (lifetime) => [`cache_write${lifetime}`, `cache_write${lifetime}`] as const,
  ),
  ['request', 'request'] as const,
  ...PIECES.map((piece) => [piece, piece] as const),
]
  .map(([name, field]) => [`_${name.toUpperCase()}`, field] as const)
  .toSorted(([a], [b]) => b.length - a.length)

interface VariablePath {
  readonly provider: string
  /** Normalised: a variable cannot hold the punctuation of a name. */
  readonly model: string
  readonly field: string
}

/**
 * Lays the variables over the table. A variable for a model that the table names changes that entry; for any other
 * it makes a partial entry, which takes the rest from whatever matches the model without it.
 */
export function applyVariables(
  table: PriceTable,
  variables: readonly PriceVariable[],
): { table: PriceTable; issues: ConfigurationIssue[] } {
  const issues: ConfigurationIssue[] = []
  const partials = new Map<string, PriceEntry>()
  for (const variable of variables) {
    const path = readPath(variable.path, table)
    if (path === null) issues.push({ name: variable.name, problem: EXPECTED_FORM })
    else {
      const id = `${path.provider} ${path.model}`
      partials.set(id, mergeEntries(partials.get(id), toEntry(path, variable.value)))
    }
  }
  const providers = new Map(table.providers)
  for (const partial of partials.values()) {
    providers.set(partial.provider, withPartial(providers.get(partial.provider) ?? new Map(), partial))
  }
  return { table: { ...table, providers }, issues }
}

const EXPECTED_FORM =
  'expected TOKEN_TRACKER_PRICE_<PROVIDER>_<MODEL>_<FIELD> with a field like PROMPT, COMPLETION, CACHED or CACHE_WRITE,' +
  ' e.g. TOKEN_TRACKER_PRICE_OPENAI_GPT4_PROMPT'

function readPath(path: string, table: PriceTable): VariablePath | null {
  const upper = path.toUpperCase()
  const suffix = FIELD_SUFFIXES.find(([candidate]) => upper.endsWith(candidate))
  if (!suffix) return null
  const words = upper.slice(0, -suffix[0].length).split('_')
  const known = new Set([...table.providers.keys()].map(normaliseName))
  // The longest known name wins: AZURE_OPENAI_GPT4 is Azure's gpt4, not a model "openai gpt4".
  for (let count = words.length - 1; count >= 1; count--) {
    const name = words.slice(0, count).join('-')
    if (count > 1 && knownProvider(name) === null && !known.has(normaliseName(name))) continue
    const model = normaliseName(words.slice(count).join(''))
    return model === '' ? null : { provider: findProvider(name, table), model, field: suffix[1] }
  }
  return null
}

function findProvider(name: string, table: PriceTable): string {
  const normalised = normaliseName(name)
  const written = [...table.providers.keys()].find((provider) => normaliseName(provider) === normalised)
  return written ?? canonicalProvider(name)
}

function toEntry({ provider, model, field }: VariablePath, value: number): PriceEntry {
  const rule = toRule(field, value)
  return { provider, key: model, pattern: null, sources: ['variables'], periods: 1, rules: () => [rule], partial: true }
}

function toRule(field: string, value: number): PriceRule {
  if (field === 'request') return { ...EMPTY_RULE, request: toAmount(value) }
  if (PIECES.some((piece) => piece === field)) return { ...EMPTY_RULE, pieces: new Map([[field, toAmount(value)]]) }
  return { ...EMPTY_RULE, rates: { [field]: toAmount(value, -UNITS['1k']) } }
}

function withPartial(entries: ReadonlyMap<string, PriceEntry>, partial: PriceEntry): Map<string, PriceEntry> {
  const changed = new Map(entries)
  const named = [...entries.values()].filter(({ key, pattern }) => !pattern && normaliseName(key) === partial.key)
  for (const entry of named) changed.set(entry.key, mergeEntries(entry, partial))
  if (named.length === 0) changed.set(partial.key, partial)
  return changed
}
