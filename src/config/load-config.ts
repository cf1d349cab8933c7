import { closest } from 'fastest-levenshtein'
import { quote } from '../core/credentials.ts'
import { ConfigurationError, type ConfigurationIssue } from '../core/errors.ts'
import { getShared } from '../core/registry.ts'
import { PREFIX, settings } from './env-schema.ts'
import { readHostProtocol, readWord } from './host-exporter.ts'
import { findIdleSettings, toWish } from './idle-settings.ts'
import { isUnset, type Setting } from './setting.ts'
import type { TrackerSettings } from './settings.ts'
import type { Environment, GivenPrice, SettingValues, TrackerConfig } from './tracker-config.ts'

export type { Environment, TrackerConfig } from './tracker-config.ts'

const PRICE_PREFIX = `${PREFIX}PRICE_`

/** What came out of `loadConfig`, whichever build of this package did it. */
const loaded = getShared('configs', () => new WeakSet<object>())

/** Whether it is a configuration in force, and no settings to make one of. */
export function isTrackerConfig(value: TrackerConfig | TrackerSettings): value is TrackerConfig {
  return loaded.has(value)
}

/**
 * Reads the configuration from environment variables, and from settings, which win.
 * @param env default `process.env`. A blank variable counts as unset, a blank setting too.
 * @throws ConfigurationError that names every faulty setting and the form it must have
 */
export function loadConfig(env: Environment = process.env, given: TrackerSettings = {}): TrackerConfig {
  const issues: ConfigurationIssue[] = []
  const values: Record<string, unknown> = {}
  const names = new Map<string, string>()
  const hostEnv = readHostExporter(env, given)
  for (const [field, setting] of Object.entries(settings)) {
    const input: unknown = given[field as keyof SettingValues]
    const value = isUnset(input) ? fromEnvironment(setting, env, hostEnv) : { name: field, input }
    names.set(field, value.name)
    values[field] = readSetting(setting, value, issues)
  }
  for (const name of Object.keys(given)) {
    if (!(name in settings)) issues.push({ name, problem: toUnknownProblem(name) })
  }
  const prices = readPrices(env, issues)
  if (issues.length > 0) throw new ConfigurationError(issues)
  const settled = values as unknown as SettingValues
  const config = freezeDeeply({
    ...settled,
    prices,
    otelEnvironment: pick(env, (name) => name.startsWith('OTEL_')),
    warnings: [...findUnknownNames(env), ...findIdleSettings(settled, names), ...findIdlePrices(settled, prices)],
  })
  loaded.add(config)
  return config
}

interface GivenValue {
  readonly name: string
  readonly input: unknown
}

function fromEnvironment(setting: Setting, env: Environment, hostEnv: Environment): GivenValue {
  const name = PREFIX + setting.variable
  if (!isUnset(env[name])) return { name, input: env[name] }
  const { standIn } = setting
  if (standIn !== null && !isUnset(hostEnv[standIn])) return { name: standIn, input: hostEnv[standIn] }
  return { name, input: setting.default }
}

/**
 * The host's OTLP variables stand in for ours only as a whole: its headers hold a key that must not travel to an endpoint
 * of ours, and an endpoint that speaks another protocol is of no use to our exporter.
 */
function readHostExporter(env: Environment, given: TrackerSettings): Environment {
  if (!isUnset(given.otelEndpoint) || !isUnset(env[`${PREFIX}OTEL_ENDPOINT`])) return {}
  const ours = readWord(given.otelProtocol) || readWord(env[`${PREFIX}OTEL_PROTOCOL`]) || null
  const protocol = readHostProtocol(env, ours)
  return protocol === null ? {} : { ...env, OTEL_EXPORTER_OTLP_PROTOCOL: protocol }
}

function readSetting(setting: Setting, { name, input }: GivenValue, issues: ConfigurationIssue[]): unknown {
  const result = setting.schema.safeParse(input)
  if (result.success) return result.data
  const got = setting.secret || setting.isDocument ? 'something else' : quote(input)
  issues.push({ name, problem: `expected ${setting.form}, got ${got}` })
  return undefined
}

function readPrices(env: Environment, issues: ConfigurationIssue[]): GivenPrice[] {
  const prices: GivenPrice[] = []
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

function findIdlePrices({ trackCosts }: SettingValues, prices: readonly GivenPrice[]): string[] {
  if (trackCosts || prices.length === 0) return []
  return [`${PRICE_PREFIX}* has nothing to act on: it needs ${toWish('trackCosts', true)}`]
}

function toUnknownProblem(name: string): string {
  const [field] = Object.entries(settings).find(([, { variable }]) => PREFIX + variable === name) ?? []
  if (field !== undefined) return `is a variable of the environment; the setting is ${field}`
  return `is no setting${didYouMean(name, Object.keys(settings))}`
}

function didYouMean(name: string, known: readonly string[]): string {
  return `; the nearest is ${closest(name, known)}`
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
