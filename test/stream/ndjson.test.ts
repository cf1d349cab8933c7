import { describe, expect, it } from 'vitest'
import { createNdjsonScanner } from '../../src/stream/scanners/create-scanner.ts'
import { OVERSIZE_TAIL_BYTES } from '../../src/stream/scanners/scanner.ts'
import { LINEAR, toCostPerUnit } from '../setup/cpu-time.ts'
import { collect, cut } from './collect.ts'

describe('the scanner of newline-delimited JSON', () => {
  it('finds every line in chunks of any size, skips blank ones and needs no final line end', () => {
    const body = '\uFEFF{"a":"ä"}\n\n{"b":"🌍"}\r\n{"c":3}'
    for (const size of [1, 2, 5, 100]) {
      expect(collect(createNdjsonScanner, cut(body, size)).messages).toEqual([
        ['{"a":"ä"}', ''],
        ['{"b":"🌍"}', ''],
        ['{"c":3}', ''],
      ])
    }
  })

  it('takes a line of exactly the limit whole and one byte more as oversize', () => {
    const { messages, oversize } = collect(createNdjsonScanner, ['1'.repeat(10), '\n', '2'.repeat(11), '\n3'], 10)
    expect(messages.map(([text]) => text)).toEqual(['1111111111', '3'])
    expect(oversize).toEqual(['22222222222'])
  })

  it('hands on the tail of a line of many megabytes in linear time', () => {
    const chunk = Buffer.alloc(1000, 'y')
    const read = (length: number) =>
      collect(createNdjsonScanner, [...Array.from({ length }, () => chunk), Buffer.from('end\n{"next":1}\n')])
    expect(toCostPerUnit(read, 20_000)).toBeLessThan(LINEAR * 1_000)
    const { messages, oversize } = read(20_000)
    expect(messages).toEqual([['{"next":1}', '']])
    expect(oversize[0]).toHaveLength(OVERSIZE_TAIL_BYTES)
    expect(oversize[0]?.endsWith('yend')).toBe(true)
  })
})
