import { describe, expect, it } from 'vitest'
import { readJsonFields } from '../../src/stream/json-fields.ts'
import { LINEAR, toCostPerUnit } from '../setup/cpu-time.ts'

describe('fields of a piece of JSON', () => {
  it('are read without the beginning of the text', () => {
    const tail = 'lo world"}]}],"usage":{"input_tokens":7,"details":{"x":[1,2]}},"model":"m-1","done":true}'
    expect(readJsonFields(tail, ['usage', 'model', 'done', 'absent'], 'last')).toEqual({
      usage: { input_tokens: 7, details: { x: [1, 2] } },
      model: 'm-1',
      done: true,
    })
  })

  it('are the first or the last of their name', () => {
    const text = '{"model":"first","x":{"model" : "last"}}'
    expect(readJsonFields(text, ['model'], 'first')).toEqual({ model: 'first' })
    expect(readJsonFields(text, ['model'], 'last')).toEqual({ model: 'last' })
  })

  it('are not taken from inside a text', () => {
    const text = '"usage":{"a":1},"text":"say \\"usage\\":{\\"a\\":99} and the word usage"}'
    expect(readJsonFields(text, ['usage'], 'last')).toEqual({ usage: { a: 1 } })
  })

  it('are left out when they are cut off', () => {
    expect(readJsonFields('"usage":{"a":1},"usage":{"a":2', ['usage'], 'last')).toEqual({})
    expect(readJsonFields('"model":"gpt-', ['model'], 'first')).toEqual({})
  })

  it('are found in linear time in hostile text', () => {
    const find = (times: number) => {
      const text = '\\"usage\\":{'.repeat(times) + '"usage":'.repeat(times)
      readJsonFields(text, ['usage'], 'last')
      readJsonFields(text, ['usage'], 'first')
    }
    expect(toCostPerUnit(find, 20_000)).toBeLessThan(LINEAR * 20)
  })
})
