import type * as z from 'zod/mini'
import type { settingSections } from '../../src/config/env-schema.ts'
import type { RedactedEntity, TrackerSettings } from '../../src/config/settings.ts'
import type { SettingValues } from '../../src/config/tracker-config.ts'
import type { Entity } from '../../src/privacy/entities.ts'
import type { Equal, Hold } from './equal.ts'

// The schema, the interface and the configuration name the same settings, and the schema yields what the last one says.

type Sections = typeof settingSections
type SchemaFields = { [Name in keyof Sections]: keyof Sections[Name] }[keyof Sections]

type Section = Sections[keyof Sections]
type OutputOf<Field extends string, Of = Section> =
  Of extends Readonly<Record<Field, { readonly schema: infer Schema extends z.ZodMiniType }>> ? z.output<Schema> : never

type Mutable<Value> = Value extends readonly (infer Item)[]
  ? Item[]
  : Value extends object
    ? { -readonly [Key in keyof Value]: Value[Key] }
    : Value

/** Fields whose parsed value differs from what the configuration says. */
type Differing = {
  [Field in keyof SettingValues]: Equal<Mutable<OutputOf<Field>>, Mutable<SettingValues[Field]>> extends true
    ? never
    : Field
}[keyof SettingValues]

/** Fields that take no value of the form in which the configuration holds it. */
type NotTaken = {
  [Field in keyof SettingValues]: SettingValues[Field] extends TrackerSettings[Field] ? never : Field
}[keyof SettingValues]

export type Claims = Hold<
  [
    Equal<SchemaFields, keyof TrackerSettings>,
    Equal<SchemaFields, keyof SettingValues>,
    Equal<Differing, never>,
    // Texts of a certain form, which the schema checks.
    Equal<NotTaken, 'logRotationInterval' | 'redactEntities'>,
    Equal<RedactedEntity, Entity>,
  ]
>
