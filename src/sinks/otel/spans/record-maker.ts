import type { AttributeValue, Attributes } from '@opentelemetry/api'

import { createBoundedMap } from '../../../core/bounded-map.ts'

/** Sets of known fields that a server is busy with: one or two for each API and model. */
const MAX_SHAPES = 256

/** Bits of a number that V8 keeps without an allocation. */
const WORD = 30

/**
 * Makes objects of those of the `names` whose value is known. One that grows name by name becomes a hash table
 * in V8: ten microseconds for forty names, most of a span's cost. A copy of one with the same names stays a record.
 */
export function createRecordMaker(
  names: readonly string[],
): (values: readonly (AttributeValue | null)[]) => Attributes {
  const shapes = createBoundedMap<string, Attributes>(MAX_SHAPES)

  function makeShape(values: readonly (AttributeValue | null)[]): Attributes {
    const known = names.filter((_, index) => values[index] !== null)
    // Parsed objects are records, whatever their number of names.
    return JSON.parse(JSON.stringify(Object.fromEntries(known.map((name) => [name, ''])))) as Attributes
  }

  return (values) => {
    const record = { ...shapes.getOrMake(toShapeKey(values), () => makeShape(values)) }
    for (let index = 0; index < names.length; index++) {
      const value = values[index]
      if (value !== null && value !== undefined) record[names[index] ?? ''] = value
    }
    return record
  }
}

/** Which values are known. */
function toShapeKey(values: readonly (AttributeValue | null)[]): string {
  let key = ''
  let word = 0
  for (let index = 0; index < values.length; index++) {
    if (values[index] !== null) word |= 1 << (index % WORD)
    if (index % WORD === WORD - 1) {
      key += `${word},`
      word = 0
    }
  }
  return `${key}${word}`
}
