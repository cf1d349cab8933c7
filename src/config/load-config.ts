import { inspect } from 'node:util'
import { closest } from 'fastest-levenshtein'
import type { z } from 'zod'
import { ConfigurationError, type ConfigurationIssue } from '../core/errors.ts'
import { PREFIX, settings, type SettingValues } from './env-schema.ts'
import { hostSpeaksGrpc } from './host-exporter.ts'
import { isUnset, type Setting } from './setting.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** One `TOKEN_TRACKER_PRICE_<PROVIDER>_<MODEL>_<FIELD>` variable, its value checked. */
export interface PriceVariable {
  readonly name: string
  /** What follows `TOKEN_TRACKER_PRICE_`. */
  readonly path: string
  /** USD per 1,000 tokens (per call for request prices). */
  readonly value: number
}

/** Everything there is to configure, parsed, checked and frozen to the last list. */
export interface TrackerConfig extends SettingValues {
  readonly prices: readonly PriceVariable[]
  /** The host's `OTEL_*` variables. */
  readonly otelEnvironment: Environment
  /** Things worth saying once at start: unknown variable names. */
  readonly warnings: readonly string[]
}

/** Settings in code, by field name; a value may be native (`true`, `500`) or in its textual form. */
export type ConfigFields = { readonly [Field in keyof SettingValues]?: SettingValues[Field] | string | undefined }

const PRICE_PREFIX = `${PREFIX}PRICE_`

/**
 * Reads the configuration from environment variables, and from `fields`, which win.
 * @param env default `process.env`. A blank variable counts as unset, a blank field too.
 * @throws ConfigurationError that names every faulty setting and the form it must have
 */
export function loadConfig(env: Environment = process.env, fields: ConfigFields = {}): TrackerConfig {
  const issues: ConfigurationIssue[] = []
  const values: Record<string, unknown> = {}
  const isHostExporter = usesHostExporter(env, fields)
  for (const [field, setting] of Object.entries(settings)) {
    const given = fields[field as keyof SettingValues]
    const value = isUnset(given) ? fromEnvironment(setting, env, isHostExporter) : { name: field, input: given }
    values[field] = readSetting(setting, value, issues)
  }
  for (const field of Object.keys(fields)) {
    if (!(field in settings))
      issues.push({ name: field, problem: `is no setting${didYouMean(field, Object.keys(settings))}` })
  }
  const prices = readPrices(env, issues)
  if (issues.length > 0) throw new ConfigurationError(issues)
  return freezeDeeply({
    ...(values as unknown as SettingValues),
    prices,
    otelEnvironment: pick(env, (name) => name.startsWith('OTEL_')),
    warnings: findUnknownNames(env),
  })
}

interface GivenValue {
  readonly name: string
  readonly input: unknown
}

function fromEnvironment(setting: Setting, env: Environment, isHostExporter: boolean): GivenValue {
  const name = PREFIX + setting.variable
  for (const candidate of [name, isHostExporter ? setting.standIn : null]) {
    const input = candidate === null ? undefined : env[candidate]
    if (candidate !== null && !isUnset(input)) return { name: candidate, input }
  }
  return { name, input: setting.default }
}

/**
 * The host's OTLP variables stand in for ours only as a whole: its headers hold a key that must not travel to an endpoint
 * of ours, and an endpoint that speaks OTLP over HTTP is of no use to a gRPC exporter.
 */
function usesHostExporter(env: Environment, fields: ConfigFields): boolean {
  return isUnset(fields.otelEndpoint) && isUnset(env[`${PREFIX}OTEL_ENDPOINT`]) && hostSpeaksGrpc(env)
}

function readSetting(setting: Setting, { name, input }: GivenValue, issues: ConfigurationIssue[]): unknown {
  const result: z.ZodSafeParseResult<unknown> = setting.schema.safeParse(input)
  if (result.success) return result.data
  const got = setting.secret ? 'something else' : quote(input)
  issues.push({ name, problem: `expected ${setting.form}, got ${got}` })
  return undefined
}

function readPrices(env: Environment, issues: ConfigurationIssue[]): PriceVariable[] {
  const prices: PriceVariable[] = []
  for (const [name, input] of Object.entries(env)) {
    if (!name.startsWith(PRICE_PREFIX) || input === undefined || isUnset(input)) continue
    const value = /^\s*\d+(?:\.\d+)?(?:e-?\d+)?\s*$/i.test(input) ? Number(input) : Number.NaN
    if (Number.isFinite(value)) prices.push({ name, path: name.slice(PRICE_PREFIX.length), value })
    else issues.push({ name, problem: `expected a price, a number from 0 up, got ${quote(input)}` })
  }
  return prices
}

function findUnknownNames(env: Environment): string[] {
  const known = Object.values(settings).map((setting) => PREFIX + setting.variable)
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !name.startsWith(PRICE_PREFIX) && !known.includes(name))
    .map((name) => `${name} is no setting${didYouMean(name, known)}`)
}

function didYouMean(name: string, known: readonly string[]): string {
  return `; the nearest is ${closest(name, known)}`
}

function quote(input: unknown): string {
  const text = toText(input)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function toText(input: unknown): string {
  try {
    return JSON.stringify(input) ?? inspect(input)
  } catch {
    return inspect(input)
  }
}

function pick(env: Environment, wanted: (name: string) => boolean): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => wanted(name)))
}

/** With a list of its own in the place of recursion: settings in JSON nest as deeply as they like. */
function freezeDeeply<Value>(root: Value): Value {
  const waiting: unknown[] = [root]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) continue
    for (const part of Object.values(Object.freeze(value))) waiting.push(part)
  }
  return root
}
