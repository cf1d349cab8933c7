import * as z from 'zod/mini'
import type { SettingValues } from './tracker-config.ts'

/** One environment variable: how it is read, and what it acts on. */
export interface Setting<Schema extends z.ZodMiniType = z.ZodMiniType> {
  /** Name without the prefix `TOKEN_TRACKER_`. */
  readonly variable: string
  readonly schema: Schema
  /** What an unset variable stands for, in the form one would write it. */
  readonly default: string | null
  /** The accepted form, as it stands in errors and in the documentation. */
  readonly form: string
  /** A variable outside our prefix that is asked when ours is unset. */
  readonly standIn: string | null
  /** Values that must not be shown at all. */
  readonly secret: boolean
  /** Too much to be quoted in an error, and may hold anything. */
  readonly isDocument: boolean
  /** The setting without which this one has nothing to act on. */
  readonly needs: keyof SettingValues | typeof RESERVED | null
  /** The setting that this one gives way to. */
  readonly yieldsTo: keyof SettingValues | null
}

/** Needed by variables that are read and checked, but do nothing in this version. */
export const RESERVED = 'a later version'

interface Form<Schema extends z.ZodMiniType> {
  readonly schema: Schema
  readonly form: string
}

type Traits = Partial<Pick<Setting, 'standIn' | 'secret' | 'isDocument' | 'needs' | 'yieldsTo'>>

const NO_TRAITS = { standIn: null, secret: false, isDocument: false, needs: null, yieldsTo: null }

/** A setting that always has a value. */
export function setting<Schema extends z.ZodMiniType>(
  variable: string,
  { schema, form }: Form<Schema>,
  defaultValue: string,
  traits: Traits = {},
): Setting<Schema> {
  return { variable, schema, form, default: defaultValue, ...NO_TRAITS, ...traits }
}

/** A setting that is `null` when unset. */
export function optionalSetting<Schema extends z.ZodMiniType>(
  variable: string,
  { schema, form }: Form<Schema>,
  traits: Traits = {},
): Setting<z.ZodMiniNullable<Schema>> {
  return { variable, schema: z.nullable(schema), form, default: null, ...NO_TRAITS, ...traits }
}

/** Blank texts, and lists of nothing else, count as unset wherever they come from. */
export function isUnset(input: unknown): boolean {
  if (Array.isArray(input)) return input.length > 0 && input.every(isBlank)
  return input === undefined || isBlank(input)
}

function isBlank(input: unknown): boolean {
  return typeof input === 'string' && input.trim() === ''
}
