import { FIELD_KINDS } from '../core/records/event-fields.ts'
import { isObject } from '../core/json.ts'
import { redactToLength, type Redact } from './redact-to-length.ts'

/** Objects and arrays inside each other; deeper ones read `[nested]`. */
export const MAX_METADATA_DEPTH = 8
export const MAX_METADATA_KEY_LENGTH = 256
export const MAX_METADATA_VALUE_LENGTH = 4 * 1024
export const TRUNCATED_KEY = '_truncated'

/** Brackets, comma and colon: every value takes something, so that a wide or shared structure ends as well. */
const COST_OF_VALUE = 4
/** Numbers of fewer digits identify nobody. */
const MIN_PERSONAL_NUMBER = 1_000_000

export interface MetadataRedactor {
  readonly key: Redact
  /** `name` is the key that the value stands under, which may tell what it is. */
  value(name: string, text: string): string | null
}

type Copy = (value: unknown, name: string, depth: number) => unknown

/**
 * A bounded copy that any sink can serialise; what comes behind 16,384 characters of keys and values is left out, and
 * `_truncated: true` says so in a record, `[truncated]` in an array: bigints as text, dates as ISO, functions and symbols left out, binary
 * data, cycles and what throws when read as a word in brackets. `__proto__` keys are dropped.
 */
export function toSafeMetadata(metadata: unknown, redactor: MetadataRedactor | null): Record<string, unknown> {
  if (isEmptyRecord(metadata)) return {}
  const copied = createCopy(redactor)(metadata, '', 0)
  return typeof copied === 'object' && copied !== null && !Array.isArray(copied)
    ? (copied as Record<string, unknown>)
    : {}
}

/** What most events have. */
function isEmptyRecord(metadata: unknown): boolean {
  if (!isObject(metadata) || Object.getPrototypeOf(metadata) !== Object.prototype) return false
  return Object.keys(metadata).length === 0
}

function createCopy(redactor: MetadataRedactor | null): Copy {
  const ancestors: object[] = []
  let left: number = FIELD_KINDS.metadata.maxLength

  function word(text: string): string {
    left -= text.length
    return text
  }

  function copyText(name: string, text: string): string | null {
    const redact = redactor && ((raw: string) => redactor.value(name, raw))
    const copied = redactToLength(text, Math.min(left, MAX_METADATA_VALUE_LENGTH), redact)
    left -= copied?.length ?? 0
    return copied
  }

  function copyKey(key: string): string | null {
    const copied = redactToLength(key, MAX_METADATA_KEY_LENGTH, redactor && redactor.key)
    left -= copied?.length ?? 0
    return copied
  }

  function copyNumber(name: string, value: number): unknown {
    if (!Number.isFinite(value)) return null
    if (!redactor || Math.abs(value) < MIN_PERSONAL_NUMBER) return value
    const text = String(value)
    const redacted = redactor.value(name, text)
    return redacted === text ? value : redacted
  }

  function copyObject(value: object, name: string, depth: number): unknown {
    if (ancestors.includes(value)) return word('[circular]')
    if (depth >= MAX_METADATA_DEPTH) return word('[nested]')
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return word('[binary]')
    const json = toJson(value, name)
    if (json !== value) return copy(json, name, depth + 1)
    ancestors.push(value)
    try {
      return Array.isArray(value) ? copyArray(value, name, depth) : copyRecord(value, depth)
    } finally {
      ancestors.pop()
    }
  }

  function copyArray(value: readonly unknown[], name: string, depth: number): unknown[] {
    const copied: unknown[] = []
    for (let index = 0; index < value.length && left > 0; index++) {
      copied.push(copy(read(value, index), name, depth + 1) ?? null)
    }
    if (copied.length < value.length) copied.push(word('[truncated]'))
    return copied
  }

  function copyRecord(value: object, depth: number): Record<string, unknown> {
    const copied: Record<string, unknown> = {}
    for (const key of Object.keys(value)) {
      if (left <= 0) {
        copied[TRUNCATED_KEY] = true
        break
      }
      if (key === '__proto__') continue
      const entry = copy(read(value, key), key, depth + 1)
      const safeKey = entry === undefined ? null : copyKey(key)
      if (safeKey !== null) copied[toFreeKey(copied, safeKey)] = entry
    }
    return copied
  }

  function copy(value: unknown, name: string, depth: number): unknown {
    left -= COST_OF_VALUE
    switch (typeof value) {
      case 'string':
        return copyText(name, value)
      case 'number':
        return copyNumber(name, value)
      case 'boolean':
        return value
      case 'bigint':
        return copyText(name, toDigits(value))
      case 'object':
        return value === null ? null : readable(() => copyObject(value, name, depth))
      default:
        return undefined
    }
  }

  return copy
}

/** Two keys that were redacted to one word both stay. */
function toFreeKey(record: Record<string, unknown>, key: string): string {
  if (!Object.hasOwn(record, key)) return key
  let number = 2
  while (Object.hasOwn(record, `${key}_${number}`)) number++
  return `${key}_${number}`
}

function read(holder: object, key: string | number): unknown {
  return readable(() => (holder as Record<string | number, unknown>)[key])
}

/** Getters, proxies and `toJSON` are the host's code and may throw. */
function readable(action: () => unknown): unknown {
  try {
    return action()
  } catch {
    return '[unreadable]'
  }
}

function toJson(value: object, name: string): unknown {
  const { toJSON } = value as { toJSON?: unknown }
  return typeof toJSON === 'function' ? (toJSON.call(value, name) as unknown) : value
}

/** Writing out a bigint takes the square of its length. */
function toDigits(value: bigint): string {
  return BigInt.asIntN(1024, value) === value ? value.toString() : '[bigint]'
}
