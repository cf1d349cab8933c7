import { describe, expect, it } from 'vitest'
import { createJsonArrayScanner } from '../../src/stream/scanners/json-array.ts'
import { OVERSIZE_TAIL_BYTES } from '../../src/stream/scanners/scanner.ts'
import { collect, cut } from './collect.ts'

describe('the scanner of streamed JSON arrays', () => {
  const elements = ['{"a":"]}\\\\","b":[1,{"c":"\\"{"}]}', '{\n  "d": "Grüße 🌍"\n}', '{}']

  it('finds the objects of an array in chunks of any size', () => {
    for (const body of [`[${elements.join('\n,\r\n')}]`, ` \n[ ${elements.join(' , ')} ]\n`]) {
      for (const size of [1, 2, 3, 11, 1000]) {
        expect(collect(createJsonArrayScanner, cut(body, size)).messages.map(([text]) => text)).toEqual(elements)
      }
    }
  })

  it('hands on an element before the array has ended', () => {
    expect(collect(createJsonArrayScanner, ['[{"a":1},{"b":']).messages).toEqual([['{"a":1}', '']])
  })

  it('passes over elements that are no objects', () => {
    expect(collect(createJsonArrayScanner, ['[1,"{",[{"x":1}],null,{"a":1}]']).messages).toEqual([['{"a":1}', '']])
  })

  it('hands on the tail of an element that outgrows the limit and goes on behind it', () => {
    const large = `{"image":"${'z'.repeat(200_000)}","usage":1}`
    for (const size of [777, 1_000_000]) {
      const { messages, oversize } = collect(createJsonArrayScanner, cut(`[${large},{"a":1}]`, size), 70_000)
      expect(messages).toEqual([['{"a":1}', '']])
      expect(oversize).toEqual([large.slice(-OVERSIZE_TAIL_BYTES)])
    }
  })

  it('survives more closing brackets than opening ones', () => {
    expect(collect(createJsonArrayScanner, [']]}}[{"a":1}]']).messages).toEqual([['{"a":1}', '']])
  })
})
