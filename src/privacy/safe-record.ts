import { FIELD_KINDS } from '../core/records/event-fields.ts'
import { isObject } from '../core/json.ts'
import { redactToLength, type Redact } from './redact-to-length.ts'

/** No provider charges for more kinds of things, or asks more models, in one call. */
const MAX_NAMES = 64
const MAX_RECORDS = 64
/** `other_models` hold details, and those hold counts by name. */
const MAX_DEPTH = 3

/** A bounded copy of a record that holds numbers, names and further such records; anything else reads `null`. */
export function toSafeRecord<Value extends object>(value: Value, redactName: Redact | null): Value {
  return copyRecord(value, redactName, 0) as Value
}

export function toSafeRecords<Value extends object>(values: readonly Value[], redactName: Redact | null): Value[] {
  return values
    .slice(0, MAX_RECORDS)
    .filter(isObject)
    .map((value) => toSafeRecord(value, redactName))
}

function copyRecord(record: object, redactName: Redact | null, depth: number): Record<string, unknown> {
  const copied: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(record).slice(0, MAX_NAMES)) {
    const safeName = redactToLength(name, FIELD_KINDS.details.maxLength, redactName)
    if (safeName !== null && safeName !== '__proto__') copied[safeName] = copyValue(value, redactName, depth)
  }
  return copied
}

function copyValue(value: unknown, redactName: Redact | null, depth: number): unknown {
  if (typeof value === 'number') return value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : null
  if (typeof value === 'string') return redactToLength(value, FIELD_KINDS.identifier.maxLength, redactName)
  return isObject(value) && depth < MAX_DEPTH ? copyRecord(value, redactName, depth + 1) : null
}
