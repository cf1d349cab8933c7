import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createRecordMaker } from '../../src/sinks/otel/spans/record-maker.ts'

const names = Array.from({ length: 70 }, (_, index) => `attribute.number_${index}`)
const toValues = (isKnown: (index: number) => boolean) => names.map((name, index) => (isKnown(index) ? name : null))

describe('a maker of records', () => {
  it.each<[string, (index: number) => boolean]>([
    ['all', () => true],
    ['none', () => false],
    ['the first', (index) => index === 0],
    ['the last', (index) => index === names.length - 1],
    ['every third', (index) => index % 3 === 0],
    ['those at the borders of a word', (index) => index === 29 || index === 30 || index === 31 || index === 60],
  ])('gives what is known, in order, when that is: %s', (_, isKnown) => {
    const toRecord = createRecordMaker(names)
    const others = toValues((index) => index % 2 === 0)
    for (let round = 0; round < 2; round++) {
      toRecord(others)
      const expected = names.filter((_name, index) => isKnown(index)).map((name) => [name, name])
      expect(Object.entries(toRecord(toValues(isKnown)))).toEqual(expected)
    }
  })

  it('keeps false, zero and the empty text, which are known', () => {
    const toRecord = createRecordMaker(['a', 'b', 'c', 'd'])
    expect(toRecord([false, 0, '', null])).toEqual({ a: false, b: 0, c: '' })
  })

  it('makes records, where an object that grows name by name is a hash table', () => {
    setFlagsFromString('--allow-natives-syntax')
    const isRecord = runInThisContext('(value) => %HasFastProperties(value)') as (value: object) => boolean
    const grown: Record<string, string> = {}
    for (const name of names) grown[`grown.${name}`] = name
    expect(isRecord(grown)).toBe(false)
    const toRecord = createRecordMaker(names)
    expect([40, 55, 70].map((count) => isRecord(toRecord(toValues((index) => index < count))))).toEqual([
      true,
      true,
      true,
    ])
  })
})
