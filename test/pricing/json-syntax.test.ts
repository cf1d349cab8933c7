import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parseJsonText } from '../../src/pricing/book/json-syntax.ts'

describe('parseJsonText', () => {
  it('reads JSON with a byte order mark', () => {
    expect(parseJsonText('\ufeff{"a": [1, -2.5e3, "x\\u00e9", true, null]}')).toEqual({
      a: [1, -2500, 'xé', true, null],
    })
  })

  it.each([
    ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3'],
    ['{"a": 1,}', 'line 1, column 9'],
    ['{"a": [1, 2}', 'line 1, column 12'],
    ['{\n"a": 01}', 'line 2, column 7'],
    ['{"a": "x', 'line 1, column 7'],
    ['{"a": "\\q"}', 'line 1, column 7'],
    ['{"a": 1', 'line 1, column 8'],
    ['{} x', 'line 1, column 4'],
    ["{'a': 1}", 'line 1, column 2'],
    ['', 'line 1, column 1'],
    ['// comment\n{}', 'line 1, column 1'],
    ['{"a": NaN}', 'line 1, column 7'],
  ])('names the place of the fault in %j', (text, place) => {
    expect(() => parseJsonText(text)).toThrow(`not valid JSON at ${place}`)
  })

  it('quotes nothing of the text', () => {
    for (const text of ['nope', '{"key": canary-canary}', '"canary', '["canary" canary]', 'x'.repeat(100) + 'canary']) {
      try {
        parseJsonText(text)
      } catch (error) {
        expect(inspect(error, { depth: 5 }), text).not.toMatch(/canary|nope/)
      }
    }
  })

  it('finds a fault behind a megabyte of text', () => {
    expect(() => parseJsonText(`{"a": "${'x'.repeat(1_000_000)}", b}`)).toThrow('line 1, column 1000011')
  })
})
