import { describe, expect, it } from 'vitest'
import { isJsonText, nestsTooDeep } from '../../src/stream/json-text.ts'

function isParsed(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The same numbers in every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const TEXTS = [
  '{}',
  '[]',
  '[[],{}]',
  '{"a":{"b":[1,-0.5e+3,true,false,null,"x"]},"":0}',
  ' \t\r\n{ "a" : [ 1 , 2 ] } \n',
  '"\\u00e9\\n\\"\\\\"',
  '"\u2028\ud800é"',
  '0',
  '-1.25E-7',
]
const BROKEN = [
  '',
  ' ',
  '{',
  '}',
  '{a}',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{"a":1 "b":2}',
  '{,}',
  '{"a":1]',
  '[1,]',
  '[,1]',
  '[1 2]',
  '01',
  '-',
  '1.',
  '.5',
  '1e',
  '+1',
  'tru',
  'NaN',
  '"\\x"',
  '"\\u12g4"',
  '"\\',
  '"a\nb"',
  '"a',
  '{}{}',
  '{} x',
  '\u00a0{}',
  '\ufeff{}',
  "{'a':1}",
  '{"a":1}//',
]

describe('the check of a JSON text', () => {
  it.each([...TEXTS, ...BROKEN])('says of %j what the parser says', (text) => {
    expect(isJsonText(text)).toBe(isParsed(text))
  })

  it('says what the parser says of texts that were changed at random', () => {
    const random = createRandom(7)
    const letters = '{}[]",:\\/bu0e1-+. \n\ttruefalsnx'
    let valid = 0
    for (let round = 0; round < 50_000; round++) {
      let text = TEXTS[random(TEXTS.length)] ?? ''
      for (let change = random(3); change >= 0; change--) {
        const at = random(text.length + 1)
        const kept = random(2)
        text = text.slice(0, at) + letters.charAt(random(letters.length)) + text.slice(at + kept)
      }
      const expected = isParsed(text)
      if (expected) valid++
      if (isJsonText(text) !== expected) expect(`${text} is ${!expected}`).toBe(`${text} is ${expected}`)
    }
    expect(valid).toBeGreaterThan(1_000)
  })

  it('holds out against a million brackets, quotes and backslashes', () => {
    for (const unit of ['[', '{"a":', '"', '\\', '[1,', ' ', '9'])
      expect(isJsonText(unit.repeat(1_000_001).slice(0, 1_000_001))).toBe(unit === '9')
  })
})

describe('the depth of a JSON text', () => {
  it('is too deep only where brackets are open, not where they are text or closed again', () => {
    expect(nestsTooDeep(`{"a":${'['.repeat(100_000)}`)).toBe(true)
    expect(nestsTooDeep(`{"a":"${'['.repeat(100_000)}"}`)).toBe(false)
    expect(nestsTooDeep(`{"a":"${'\\"[{'.repeat(100_000)}"}`)).toBe(false)
    expect(nestsTooDeep(`{"a":[${'[{}],'.repeat(100_000)}1]}`)).toBe(false)
    expect(nestsTooDeep('['.repeat(10_000))).toBe(false)
  })
})
