import { isDeepStrictEqual } from 'node:util'
import { PREFIX, settings } from './env-schema.ts'
import { RESERVED, type Setting } from './setting.ts'
import type { SettingValues } from './tracker-config.ts'

/**
 * What is wrong with settings that have nothing to act on.
 * @param names what each setting was given by. One that says no more than its default asks for nothing, and none is named.
 */
export function findIdleSettings(values: SettingValues, names: ReadonlyMap<string, string>): string[] {
  return Object.entries(settings).flatMap(([field, setting]) => {
    const name = names.get(field)
    // Not a variable of the host's, which is not meant for us alone.
    if (name === undefined || name === setting.standIn || isDefault(setting, values[field as keyof SettingValues]))
      return []
    const isVariable = name !== field
    const reason = toReason(setting, values, isVariable)
    return reason === null ? [] : [`${name} has nothing to act on: ${reason}`]
  })
}

function toReason({ needs, yieldsTo }: Setting, values: SettingValues, isVariable: boolean): string | null {
  if (needs === RESERVED) return 'it is reserved, and a tracker of this version does nothing with it'
  if (needs !== null && !isOn(values[needs])) return `it needs ${toWish(needs, isVariable)}`
  if (yieldsTo !== null && isOn(values[yieldsTo])) return `${toName(yieldsTo, isVariable)} wins`
  return null
}

/** How to say what would make it act, in the form the other one was given in. */
export function toWish(field: keyof SettingValues, isVariable: boolean): string {
  const isFlag = ['true', 'false'].includes(settings[field].default ?? '')
  return toName(field, isVariable) + (isFlag ? (isVariable ? '=true' : ': true') : '')
}

function toName(field: keyof SettingValues, isVariable: boolean): string {
  return isVariable ? PREFIX + settings[field].variable : field
}

function isOn(value: unknown): boolean {
  return value !== null && value !== false
}

function isDefault(setting: Setting, value: unknown): boolean {
  return isDeepStrictEqual(value, setting.schema.parse(setting.default))
}
